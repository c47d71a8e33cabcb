package dev.varve.server.datatype.check;

/**
 * The id of a stream's entry; both numbers are unsigned.
 *
 * @param millis the first of them
 * @param sequence the second
 */
record Id(long millis, long sequence) implements Comparable<Id> {
  static final Id ZERO = new Id(0, 0);

  @Override
  public int compareTo(Id other) {
    int order = Long.compareUnsigned(millis, other.millis);
    return order != 0 ? order : Long.compareUnsigned(sequence, other.sequence);
  }

  @Override
  public String toString() {
    return Long.toUnsignedString(millis) + "-" + Long.toUnsignedString(sequence);
  }
}

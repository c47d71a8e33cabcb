package dev.varve.server.datatype.stream;

/**
 * What names an entry of a stream: a time, and a number within it. Both are unsigned. Ordered.
 *
 * @param millis the time in milliseconds, or whatever a client takes for one
 * @param sequence the number
 */
public record StreamId(long millis, long sequence) implements Comparable<StreamId> {
  /** The least one, which no entry has. */
  public static final StreamId ZERO = new StreamId(0, 0);

  /** The greatest one. */
  public static final StreamId MAX = new StreamId(-1, -1);

  @Override
  public int compareTo(StreamId other) {
    int order = Long.compareUnsigned(millis, other.millis);
    return order != 0 ? order : Long.compareUnsigned(sequence, other.sequence);
  }

  /** Whether it is less than another one. */
  public boolean isBefore(StreamId other) {
    return compareTo(other) < 0;
  }

  /** Whether it is the least one. */
  public boolean isZero() {
    return millis == 0 && sequence == 0;
  }

  /** Returns the one after it; after {@link #MAX} comes {@link #ZERO}. */
  public StreamId next() {
    return sequence == -1 ? new StreamId(millis + 1, 0) : new StreamId(millis, sequence + 1);
  }

  /** Returns the one before it; before {@link #ZERO} comes {@link #MAX}. */
  public StreamId previous() {
    return sequence == 0 ? new StreamId(millis - 1, -1) : new StreamId(millis, sequence - 1);
  }

  /** Returns the lesser one of it and another one. */
  StreamId least(StreamId other) {
    return other.isBefore(this) ? other : this;
  }

  /** Returns the greater one of it and another one. */
  StreamId greatest(StreamId other) {
    return isBefore(other) ? other : this;
  }

  /** Returns it as Redis writes it. */
  @Override
  public String toString() {
    return Long.toUnsignedString(millis) + "-" + Long.toUnsignedString(sequence);
  }
}

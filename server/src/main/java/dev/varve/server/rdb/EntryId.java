package dev.varve.server.rdb;

/**
 * The id of a stream's entry: two unsigned numbers.
 *
 * @param millis a time in milliseconds
 * @param sequence the number within it
 */
public record EntryId(long millis, long sequence) {
  /** Reads one whose numbers are written as lengths are. */
  static EntryId ofLengths(RdbInput in) {
    long millis = in.unsigned();
    return new EntryId(millis, in.unsigned());
  }

  /** Reads one of 16 bytes. */
  static EntryId ofBytes(RdbInput in) {
    long millis = in.i64BigEndian();
    return new EntryId(millis, in.i64BigEndian());
  }

  void writeLengths(RdbOutput out) {
    out.length(millis);
    out.length(sequence);
  }

  void writeBytes(RdbOutput out) {
    out.i64BigEndian(millis);
    out.i64BigEndian(sequence);
  }

  /** Whether it is greater than another one. */
  boolean isBehind(EntryId other) {
    int order = Long.compareUnsigned(millis, other.millis);
    return order != 0 ? order > 0 : Long.compareUnsigned(sequence, other.sequence) > 0;
  }
}

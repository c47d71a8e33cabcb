package dev.varve.server.datatype.stream;

/**
 * How short a stream is to become.
 *
 * @param most how many entries are to stay; what it is made of is of no interest where {@code
 *     least} is given
 * @param least the first id that is to stay; null: it is the number that counts
 * @param approximate whether to remove no more than whole nodes
 * @param limit so many entries are removed at most, in whole nodes; 0: any number
 */
public record Trim(long most, StreamId least, boolean approximate, long limit) {
  /** Whether so many entries are few enough. */
  boolean isEnough(long count) {
    return least == null && Long.compareUnsigned(count, most) <= 0;
  }

  /** Whether a node is to go as a whole: its entries, and the last that was added to it. */
  boolean takes(long count, long live, StreamId last) {
    return least == null ? count - live >= most : last.isBefore(least);
  }

  /** Whether an entry is to stay, where so many there are from it on. */
  boolean keeps(long count, StreamId id) {
    return least == null ? count <= most : !id.isBefore(least);
  }
}

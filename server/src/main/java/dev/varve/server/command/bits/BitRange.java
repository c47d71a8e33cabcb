package dev.varve.server.command.bits;

/**
 * Bits of a string from one to another, both included; empty if the last is before the first.
 *
 * @param first the first bit
 * @param last the last bit
 */
record BitRange(long first, long last) {
  /** Makes one of places among all bits; negative ones count from the end, -1 being the last. */
  static BitRange ofBits(long start, long end, long bytes) {
    long total = bytes << 3;
    return new BitRange(place(start, total), Math.min(place(end, total), total - 1));
  }

  /** As {@link #ofBits}, of places among the bytes. */
  static BitRange ofBytes(long start, long end, long bytes) {
    long first = place(start, bytes);
    long last = Math.min(place(end, bytes), bytes - 1);
    // The first may be far beyond the last, where bits can't be counted any more.
    return first > last ? new BitRange(0, -1) : new BitRange(first << 3, (last << 3) + 7);
  }

  private static long place(long given, long total) {
    return Math.max(0, given < 0 ? total + given : given);
  }

  boolean isEmpty() {
    return first > last;
  }
}

package dev.varve.server.datatype.hyperloglog;

/**
 * How the sparse form of a HyperLogLog writes runs of registers that have the same value:
 *
 * <pre>
 * 00nnnnnn           n + 1 zeros
 * 01nnnnnn nnnnnnnn  n + 1 zeros
 * 1vvvvvnn           n + 1 times v + 1
 * </pre>
 */
final class SparseRuns {
  /** The greatest value that can be written. */
  static final int GREATEST_VALUE = 32;

  /** The most registers of a value other than zero in one run. */
  static final int MOST_OF_VALUE = 4;

  private static final int MOST_SHORT_ZEROS = 64;
  private static final int LONG_ZEROS = 0x40;
  private static final int VALUE = 0x80;

  private SparseRuns() {}

  static boolean isValue(byte first) {
    return (first & VALUE) != 0;
  }

  /** Returns how many bytes a run takes. */
  static int size(byte first) {
    return (first & (VALUE | LONG_ZEROS)) == LONG_ZEROS ? 2 : 1;
  }

  /** Returns how many registers a run is of; after {@code at} there is one more byte at least. */
  static int length(byte[] bytes, int at) {
    byte first = bytes[at];
    if (isValue(first)) {
      return (first & 0x3) + 1;
    }
    int low = first & 0x3F;
    return (size(first) == 2 ? low << Byte.SIZE | (bytes[at + 1] & 0xFF) : low) + 1;
  }

  /** Returns the value of a run's registers. */
  static int value(byte first) {
    return isValue(first) ? (first >>> 2 & 0x1F) + 1 : 0;
  }

  /** Writes a run of a value other than zero; returns the place after. */
  static int putValue(byte[] bytes, int at, int value, int length) {
    bytes[at] = (byte) (VALUE | (value - 1) << 2 | (length - 1));
    return at + 1;
  }

  /** Writes a run of zeros, if it is of any; returns the place after. */
  static int putZeros(byte[] bytes, int at, int length) {
    if (length == 0) {
      return at;
    }
    if (length <= MOST_SHORT_ZEROS) {
      bytes[at] = (byte) (length - 1);
      return at + 1;
    }
    bytes[at] = (byte) (LONG_ZEROS | (length - 1) >>> Byte.SIZE);
    bytes[at + 1] = (byte) (length - 1);
    return at + 2;
  }
}

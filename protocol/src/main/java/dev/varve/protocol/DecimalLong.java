package dev.varve.protocol;

/**
 * Decimal numbers of 64 bits exactly as Redis takes and writes them: one spelling for each number.
 * {@code +1}, {@code 01}, {@code -0}, blanks, an empty string and what doesn't fit are refused.
 */
public final class DecimalLong {
  /** Bytes of the longest number, {@code -9223372036854775808}. */
  public static final int MAX_LENGTH = 20;

  private DecimalLong() {}

  /** Returns whether these bytes are a number. */
  public static boolean isLong(byte[] ascii, int offset, int length) {
    int end = offset + length;
    boolean negative = length > 0 && ascii[offset] == '-';
    int first = negative ? offset + 1 : offset;
    int digits = end - first;
    if (digits < 1 || digits > MAX_LENGTH - 1) {
      return false;
    }
    if (ascii[first] == '0') {
      return length == 1;
    }
    for (int i = first; i < end; i++) {
      if (ascii[i] < '0' || ascii[i] > '9') {
        return false;
      }
    }
    // At most 19 digits: only those beyond Long.MAX_VALUE or Long.MIN_VALUE come out positive.
    long magnitude = negativeMagnitude(ascii, first, end);
    return magnitude < 0 && (negative || magnitude != Long.MIN_VALUE);
  }

  /**
   * Returns the number that these bytes spell.
   *
   * @throws NumberFormatException if they are {@linkplain #isLong none}
   */
  public static long parse(byte[] ascii, int offset, int length) {
    if (!isLong(ascii, offset, length)) {
      throw new NumberFormatException("not a decimal number of 64 bits");
    }
    boolean negative = ascii[offset] == '-';
    long magnitude = negativeMagnitude(ascii, negative ? offset + 1 : offset, offset + length);
    return negative ? magnitude : -magnitude;
  }

  /**
   * Writes a number so that its last digit is in front of {@code end}.
   *
   * @return the offset of its first byte
   */
  public static int write(long value, byte[] target, int end) {
    int at = end;
    // Negative numbers reach further than positive ones: Long.MIN_VALUE has no positive.
    long rest = value > 0 ? -value : value;
    do {
      target[--at] = (byte) ('0' - rest % 10);
      rest /= 10;
    } while (rest != 0);
    if (value < 0) {
      target[--at] = '-';
    }
    return at;
  }

  private static long negativeMagnitude(byte[] ascii, int first, int end) {
    long magnitude = 0;
    for (int i = first; i < end; i++) {
      magnitude = magnitude * 10 - (ascii[i] - '0');
    }
    return magnitude;
  }
}

package dev.varve.protocol;

/**
 * Decimal numbers of 64 bits exactly as Redis takes and writes them: one spelling for each number.
 * {@code +1}, {@code 01}, {@code -0}, blanks, an empty string and what doesn't fit are refused.
 */
public final class DecimalLong {
  /** Bytes of the longest number, {@code -9223372036854775808}. */
  public static final int MAX_LENGTH = 20;

  /** No negative magnitude. */
  private static final long NONE = 1;

  private DecimalLong() {}

  /** Returns whether these bytes are a number. */
  public static boolean isLong(byte[] ascii, int offset, int length) {
    boolean negative = isNegative(ascii, offset, length);
    return isNumber(negativeMagnitude(ascii, offset, length, negative), negative);
  }

  /**
   * Returns the number that these bytes spell.
   *
   * @throws NumberFormatException if they are {@linkplain #isLong none}
   */
  public static long parse(byte[] ascii, int offset, int length) {
    boolean negative = isNegative(ascii, offset, length);
    long magnitude = negativeMagnitude(ascii, offset, length, negative);
    if (!isNumber(magnitude, negative)) {
      throw new NumberFormatException("not a decimal number of 64 bits");
    }
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

  private static boolean isNegative(byte[] ascii, int offset, int length) {
    return length > 0 && ascii[offset] == '-';
  }

  private static boolean isNumber(long negativeMagnitude, boolean negative) {
    // There is no -0, and the least number has no positive.
    return negative
        ? negativeMagnitude < 0
        : negativeMagnitude <= 0 && negativeMagnitude != Long.MIN_VALUE;
  }

  /** Minus what the digits spell; of what is no number, what {@link #isNumber} refuses. */
  private static long negativeMagnitude(byte[] ascii, int offset, int length, boolean negative) {
    int end = offset + length;
    int first = negative ? offset + 1 : offset;
    int digits = end - first;
    if (digits < 1 || digits > MAX_LENGTH - 1 || (ascii[first] == '0' && digits > 1)) {
      return NONE;
    }
    // At most 19 digits: only those beyond Long.MIN_VALUE come out positive.
    long magnitude = 0;
    for (int i = first; i < end; i++) {
      int digit = ascii[i] - '0';
      if (digit < 0 || digit > 9) {
        return NONE;
      }
      magnitude = magnitude * 10 - digit;
    }
    return magnitude;
  }
}

package dev.varve.server.config;

import java.util.Locale;

/** Numbers of bytes as Redis spells them: {@code 512mb} is 2^20 a piece, {@code 512m} is 10^6. */
public final class MemorySize {
  private MemorySize() {}

  /** Returns the text that says so many bytes, with the largest unit that leaves a whole number. */
  public static String format(long bytes) {
    if (bytes == 0) {
      return "0";
    }
    String[] units = {"", "kb", "mb", "gb"};
    int unit = Math.min(units.length - 1, Long.numberOfTrailingZeros(bytes) / 10);
    return (bytes >> (10 * unit)) + units[unit];
  }

  /**
   * Returns the bytes that {@code text} says: a whole number and an optional unit out of b, k, kb,
   * m, mb, g, gb in any case.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static long parse(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    int digits = 0;
    while (digits < lower.length() && lower.charAt(digits) >= '0' && lower.charAt(digits) <= '9') {
      digits++;
    }
    long unit =
        switch (lower.substring(digits)) {
          case "", "b" -> 1;
          case "k" -> 1000;
          case "kb" -> 1 << 10;
          case "m" -> 1000 * 1000;
          case "mb" -> 1 << 20;
          case "g" -> 1000 * 1000 * 1000;
          case "gb" -> 1 << 30;
          default -> throw new IllegalArgumentException("argument must be a memory value");
        };
    try {
      return Math.multiplyExact(Long.parseLong(lower.substring(0, digits)), unit);
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException("argument must be a memory value", e);
    }
  }
}

package dev.varve.server.command.support;

/** Reads floating-point numbers of 64 bits from text, as C's {@code strtod} does. */
public final class DoubleText {
  private DoubleText() {}

  /**
   * Returns the number that a text spells, which has nothing else in it; not a number if it spells
   * none, or one that is too large or too small.
   */
  public static double parse(String text) {
    if (text.isEmpty() || isSpace(text.charAt(0))) {
      return Double.NaN;
    }
    double value = spelt(text);
    boolean outOfRange = Double.isInfinite(value) ? hasDigit(text) : value == 0 && !isZero(text);
    return outOfRange ? Double.NaN : value;
  }

  /**
   * As {@link #parse}, of a text as C reads it that asks for no more than that nothing comes after
   * the number: it may begin with blanks, end with what a zero byte cuts off, or be empty, which is
   * 0; what is too large is infinite, and what is too small is 0.
   */
  public static double parseLeniently(String text) {
    int from = 0;
    while (from < text.length() && isSpace(text.charAt(from))) {
      from++;
    }
    int end = text.indexOf('\0');
    if (end == 0 || text.isEmpty()) {
      return 0;
    }
    return spelt(
        text.substring(Math.min(from, end < 0 ? from : end), end < 0 ? text.length() : end));
  }

  private static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  /** The number; not a number if the text is something else. */
  private static double spelt(String text) {
    int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
    String digits = text.substring(sign);
    if (digits.equalsIgnoreCase("inf") || digits.equalsIgnoreCase("infinity")) {
      return text.charAt(0) == '-' ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    boolean hex = digits.regionMatches(true, 0, "0x", 0, 2);
    int first = hex ? 2 : 0;
    int mantissa = mantissaEnd(digits, first, hex);
    if (mantissa < 0) {
      return Double.NaN;
    }
    if (mantissa < digits.length() && !isExponent(digits, mantissa, hex)) {
      return Double.NaN;
    }
    return Double.parseDouble(hex && mantissa == digits.length() ? text + "p0" : text);
  }

  /** Where digits with at most one point among them end; -1 if there is no digit. */
  private static int mantissaEnd(String text, int from, boolean hex) {
    int at = from;
    boolean point = false;
    boolean digit = false;
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '.' && !point) {
        point = true;
      } else if (isDigit(c, hex)) {
        digit = true;
      } else {
        break;
      }
    }
    return digit ? at : -1;
  }

  private static boolean isDigit(char c, boolean hex) {
    return (c >= '0' && c <= '9') || (hex && Character.digit(c, 16) >= 0 && c < 128);
  }

  private static boolean isExponent(String text, int from, boolean hex) {
    char letter = Character.toLowerCase(text.charAt(from));
    int at = from + 1;
    if (letter != (hex ? 'p' : 'e')) {
      return false;
    }
    if (at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-')) {
      at++;
    }
    int first = at;
    while (at < text.length() && isDigit(text.charAt(at), false)) {
      at++;
    }
    return at > first && at == text.length();
  }

  /** Whether a number was spelt with digits, not by a word. */
  private static boolean hasDigit(String text) {
    return text.chars().anyMatch(c -> c >= '0' && c <= '9');
  }

  /** Whether all digits in front of an exponent are 0. */
  private static boolean isZero(String text) {
    boolean hex = text.contains("x") || text.contains("X");
    for (int i = 0; i < text.length(); i++) {
      char c = Character.toLowerCase(text.charAt(i));
      if (c == (hex ? 'p' : 'e')) {
        return true;
      }
      if (c != '0' && isDigit(c, hex)) {
        return false;
      }
    }
    return true;
  }
}

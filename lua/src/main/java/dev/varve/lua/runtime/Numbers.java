package dev.varve.lua.runtime;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Numbers as text, read as C's {@code strtod} does and written as its {@code printf}. */
public final class Numbers {
  private static final Double NAN = Double.longBitsToDouble(0x7ff8_0000_0000_0000L);
  private static final int DIGITS = 14;

  private Numbers() {}

  public static boolean space(int c) {
    return c == ' ' || (c >= 9 && c <= 13);
  }

  /**
   * The number that the whole text is, white space around it apart; null if it isn't one. As for C,
   * the text ends at a zero byte.
   */
  public static Double parse(byte[] text) {
    int i = 0;
    int end = 0;
    while (end < text.length && text[end] != 0) {
      end++;
    }
    while (i < end && space(text[i])) {
      i++;
    }
    while (end > i && space(text[end - 1])) {
      end--;
    }
    if (i == end) {
      return null;
    }
    boolean negative = text[i] == '-';
    if (negative || text[i] == '+') {
      i++;
    }
    int length = end - i;
    if (length == 0) {
      return null;
    }
    if (length <= 15) {
      long v = 0;
      int k = i;
      while (k < end && text[k] >= '0' && text[k] <= '9') {
        v = v * 10 + text[k++] - '0';
      }
      if (k == end) {
        return negative ? -(double) v : (double) v;
      }
    }
    Double d = unsigned(new String(text, i, length, StandardCharsets.ISO_8859_1));
    return d == null || !negative ? d : (Double) (-d);
  }

  private static Double unsigned(String s) {
    char c = s.charAt(0);
    if (c == '0' && s.length() > 1 && (s.charAt(1) | 32) == 'x') {
      return hexadecimal(s);
    }
    if (c != '.' && (c < '0' || c > '9')) {
      String word = s.toLowerCase(Locale.ROOT);
      if (word.equals("inf") || word.equals("infinity")) {
        return Double.POSITIVE_INFINITY;
      }
      return word.equals("nan") || word.matches("nan\\([0-9a-z_]*\\)") ? NAN : null;
    }
    return decimal(s) ? (Double) Double.parseDouble(s) : null;
  }

  private static boolean decimal(String s) {
    int i = digits(s, 0, 10);
    int n = i;
    if (i < s.length() && s.charAt(i) == '.') {
      int e = digits(s, i + 1, 10);
      n += e - i - 1;
      i = e;
    }
    return n > 0 && exponentEnds(s, i, 'e');
  }

  private static boolean exponentEnds(String s, int i, char mark) {
    if (i == s.length()) {
      return true;
    }
    if ((s.charAt(i) | 32) != mark) {
      return false;
    }
    int k = i + 1;
    if (k < s.length() && (s.charAt(k) == '+' || s.charAt(k) == '-')) {
      k++;
    }
    int e = digits(s, k, 10);
    return e > k && e == s.length();
  }

  private static int digits(String s, int i, int base) {
    while (i < s.length() && s.charAt(i) < 128 && Character.digit(s.charAt(i), base) >= 0) {
      i++;
    }
    return i;
  }

  private static Double hexadecimal(String s) {
    int i = digits(s, 2, 16);
    int n = i - 2;
    boolean point = i < s.length() && s.charAt(i) == '.';
    if (point) {
      int e = digits(s, i + 1, 16);
      n += e - i - 1;
      i = e;
    }
    if (n == 0 || !exponentEnds(s, i, 'p')) {
      return null;
    }
    return Double.parseDouble(i == s.length() ? s + "p0" : s);
  }

  /** As {@code tostring} gives it: {@code %.14g}. */
  public static LuaString string(double d) {
    if (d == Math.rint(d) && Math.abs(d) < 1e14 && (d != 0 || 1 / d > 0)) {
      return LuaString.of(Long.toString((long) d));
    }
    return LuaString.of(general(d, DIGITS, false));
  }

  /** C's {@code %.Ng}, or {@code %#.Ng} if zeros at the end stay. */
  public static String general(double d, int precision, boolean zeros) {
    if (Double.isNaN(d) || Double.isInfinite(d)) {
      return special(d);
    }
    int p = Math.max(1, precision);
    if (d == 0) {
      return (1 / d < 0 ? "-0" : "0") + (zeros ? "." + "0".repeat(p - 1) : "");
    }
    BigDecimal x = shortest(d, p);
    String all = x.unscaledValue().abs().toString();
    int exponent = all.length() - 1 - x.scale();
    StringBuilder s = new StringBuilder(all);
    if (zeros) {
      s.append("0".repeat(Math.max(0, p - s.length())));
    } else {
      int end = s.length();
      while (end > 1 && s.charAt(end - 1) == '0') {
        end--;
      }
      s.setLength(end);
    }
    if (exponent < -4 || exponent >= p) {
      if (s.length() > 1 || zeros) {
        s.insert(1, '.');
      }
      exponent(s, exponent, 'e');
    } else if (exponent < 0) {
      s.insert(0, "0." + "0".repeat(-exponent - 1));
    } else {
      s.append("0".repeat(Math.max(0, exponent + 1 - s.length())));
      if (s.length() > exponent + 1 || zeros) {
        s.insert(exponent + 1, '.');
      }
    }
    return d < 0 ? "-" + s : s.toString();
  }

  /**
   * The value to so many digits. What Java's shortest form says in no more digits is it already.
   */
  private static BigDecimal shortest(double d, int precision) {
    if (precision <= 15 && Math.abs(d) >= Double.MIN_NORMAL) {
      BigDecimal x = new BigDecimal(Double.toString(d));
      if (x.precision() <= precision) {
        return x;
      }
    }
    return new BigDecimal(d).round(new MathContext(precision, RoundingMode.HALF_EVEN));
  }

  /** C's {@code %.Ne}. */
  public static String scientific(double d, int precision, boolean point) {
    if (Double.isNaN(d) || Double.isInfinite(d)) {
      return special(d);
    }
    StringBuilder s = new StringBuilder();
    int exponent = 0;
    if (d != 0) {
      BigDecimal x =
          new BigDecimal(d).round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
      s.append(x.unscaledValue().abs());
      exponent = s.length() - 1 - x.scale();
    }
    s.append("0".repeat(Math.max(0, precision + 1 - s.length())));
    s.setLength(precision + 1);
    if (precision > 0 || point) {
      s.insert(1, '.');
    }
    exponent(s, exponent, 'e');
    return d < 0 || (d == 0 && 1 / d < 0) ? "-" + s : s.toString();
  }

  /** C's {@code %.Nf}. */
  public static String fixed(double d, int precision, boolean point) {
    if (Double.isNaN(d) || Double.isInfinite(d)) {
      return special(d);
    }
    String s =
        new BigDecimal(Math.abs(d)).setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
    String sign = d < 0 || (d == 0 && 1 / d < 0) ? "-" : "";
    return sign + s + (point && precision == 0 ? "." : "");
  }

  private static String special(double d) {
    String sign = Double.doubleToRawLongBits(d) < 0 ? "-" : "";
    return sign + (Double.isNaN(d) ? "nan" : "inf");
  }

  private static void exponent(StringBuilder s, int exponent, char mark) {
    s.append(mark).append(exponent < 0 ? '-' : '+');
    if (Math.abs(exponent) < 10) {
      s.append('0');
    }
    s.append(Math.abs(exponent));
  }
}

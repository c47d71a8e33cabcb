package dev.varve.server.command.support;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A floating-point number with 64 bits of precision and 15 of exponent, which INCRBYFLOAT and its
 * kind count with: C's {@code long double} on x86. Every such number is also a decimal fraction, so
 * that is what it is kept as. Immutable.
 */
public final class ExtendedFloat {
  /** Nothing. */
  public static final ExtendedFloat ZERO = new ExtendedFloat(BigDecimal.ZERO);

  /** Texts of this many chars and more are no numbers to Redis. */
  public static final int MAX_TEXT = 5 * 1024;

  private static final ExtendedFloat INFINITY = new ExtendedFloat(null);

  private static final int PRECISION = 64;
  private static final int MAX_EXPONENT = 16383;

  /** Exponent of the lowest bit that a number can have. */
  private static final int MIN_BIT = -16445;

  /** Beyond these decimal exponents, a text of allowed length can only overflow or underflow. */
  private static final int EXPONENT_BOUND = 20_000;

  private static final int FRACTION_DIGITS = 17;

  private static final Pattern DECIMAL =
      Pattern.compile("([+-]?)(?=\\.?[0-9])([0-9]*)(?:\\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?");
  private static final Pattern HEXADECIMAL =
      Pattern.compile(
          "([+-]?)0[xX](?=\\.?[0-9a-fA-F])([0-9a-fA-F]*)(?:\\.([0-9a-fA-F]*))?(?:[pP]([+-]?[0-9]+))?");
  private static final Pattern INFINITE = Pattern.compile("[+-]?(inf|infinity)");

  /** The value; null if it is infinite. */
  private final BigDecimal value;

  private ExtendedFloat(BigDecimal value) {
    this.value = value;
  }

  /** Returns the number that a text spells as C reads it; null if it is none or out of range. */
  public static ExtendedFloat parse(String text) {
    if (text.length() >= MAX_TEXT) {
      return null;
    }
    if (INFINITE.matcher(text.toLowerCase(Locale.ROOT)).matches()) {
      return INFINITY;
    }
    Matcher decimal = DECIMAL.matcher(text);
    if (decimal.matches()) {
      return parse(decimal, 10);
    }
    Matcher hexadecimal = HEXADECIMAL.matcher(text);
    return hexadecimal.matches() ? parse(hexadecimal, 16) : null;
  }

  private static ExtendedFloat parse(Matcher number, int radix) {
    String fraction = number.group(3) == null ? "" : number.group(3);
    BigInteger digits = new BigInteger("0" + number.group(2) + fraction, radix);
    if (digits.signum() == 0) {
      return ZERO;
    }
    int exponent = exponent(number.group(4));
    BigDecimal magnitude;
    if (radix == 10) {
      long scale = (long) fraction.length() - exponent;
      if (digits.toString().length() - scale > EXPONENT_BOUND / 4) {
        return null;
      }
      if (scale > EXPONENT_BOUND) {
        return null;
      }
      magnitude = new BigDecimal(digits, (int) scale);
    } else {
      int shift = exponent - 4 * fraction.length();
      if (shift + digits.bitLength() > MAX_EXPONENT + 2
          || shift + digits.bitLength() < MIN_BIT - 2) {
        return null;
      }
      magnitude = timesPowerOfTwo(new BigDecimal(digits), shift);
    }
    BigDecimal rounded = round(magnitude);
    if (rounded == null || rounded.signum() == 0) {
      return null;
    }
    return new ExtendedFloat(number.group(1).equals("-") ? rounded.negate() : rounded);
  }

  private static int exponent(String text) {
    if (text == null) {
      return 0;
    }
    BigInteger exponent = new BigInteger(text.startsWith("+") ? text.substring(1) : text);
    BigInteger bound = BigInteger.valueOf(100L * EXPONENT_BOUND);
    return exponent.min(bound).max(bound.negate()).intValue();
  }

  /** Returns the sum. */
  public ExtendedFloat plus(ExtendedFloat other) {
    if (!isFinite() || !other.isFinite()) {
      return INFINITY;
    }
    BigDecimal sum = value.add(other.value);
    BigDecimal rounded = round(sum.abs());
    if (rounded == null) {
      return INFINITY;
    }
    return new ExtendedFloat(sum.signum() < 0 ? rounded.negate() : rounded);
  }

  /** Returns whether it is a number. */
  public boolean isFinite() {
    return value != null;
  }

  /**
   * Returns a thousand times it as a whole number, rounded up; {@link Long#MIN_VALUE}, as on x86,
   * if 64 bits don't hold that.
   */
  public long thousandfold() {
    if (!isFinite()) {
      return Long.MIN_VALUE;
    }
    BigDecimal times = round(value.abs().scaleByPowerOfTen(3));
    if (times == null) {
      return Long.MIN_VALUE;
    }
    BigDecimal signed = value.signum() < 0 ? times.negate() : times;
    BigInteger whole = signed.setScale(0, RoundingMode.CEILING).toBigIntegerExact();
    return whole.bitLength() < Long.SIZE ? whole.longValue() : Long.MIN_VALUE;
  }

  /** Writes it as {@code %.17Lf} without zeros at the end. */
  public String toPlainString() {
    BigDecimal rounded = value.setScale(FRACTION_DIGITS, RoundingMode.HALF_EVEN);
    return rounded.signum() == 0 ? "0" : withoutTrailingZeros(rounded.toPlainString());
  }

  private static String withoutTrailingZeros(String text) {
    int end = text.length();
    while (text.charAt(end - 1) == '0') {
      end--;
    }
    return text.substring(0, text.charAt(end - 1) == '.' ? end - 1 : end);
  }

  /** The nearest number of this precision, the even one of two; null if that is infinite. */
  private static BigDecimal round(BigDecimal magnitude) {
    if (magnitude.signum() == 0) {
      return BigDecimal.ZERO;
    }
    int lowestBit = Math.max(MIN_BIT, exponentOf(magnitude) - (PRECISION - 1));
    BigInteger bits =
        timesPowerOfTwo(magnitude, -lowestBit)
            .setScale(0, RoundingMode.HALF_EVEN)
            .toBigIntegerExact();
    if (bits.bitLength() + lowestBit > MAX_EXPONENT + 1) {
      return null;
    }
    return timesPowerOfTwo(new BigDecimal(bits), lowestBit).stripTrailingZeros();
  }

  /** The exponent of a positive number's highest bit. */
  private static int exponentOf(BigDecimal magnitude) {
    // Within one of it by the number of decimal digits, then exactly.
    BigInteger whole = magnitude.toBigInteger();
    if (whole.signum() != 0) {
      return whole.bitLength() - 1;
    }
    int shift = (int) ((magnitude.scale() - magnitude.precision() + 1) * 3.3219281) + 8;
    return timesPowerOfTwo(magnitude, shift).toBigInteger().bitLength() - 1 - shift;
  }

  private static BigDecimal timesPowerOfTwo(BigDecimal number, int exponent) {
    // 2^-n is 5^n / 10^n, so that nothing is lost.
    return exponent >= 0
        ? number.multiply(new BigDecimal(BigInteger.ONE.shiftLeft(exponent)))
        : number.multiply(new BigDecimal(BigInteger.valueOf(5).pow(-exponent), -exponent));
  }
}

package dev.varve.protocol;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Floating-point numbers as C's {@code printf("%.17g")} writes them, which Redis replies with. */
public final class DoubleFormat {
  private static final int DIGITS = 17;
  private static final MathContext ROUNDING = new MathContext(DIGITS, RoundingMode.HALF_EVEN);

  /** Whole numbers below this are exact, and have at most {@link #DIGITS} digits. */
  private static final double EXACT_WHOLE = 1L << 53;

  private DoubleFormat() {}

  /** Returns a number as {@code %.17g} has it. */
  public static String format(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value > 0 ? "0" : "-0";
    }
    if (value == Math.rint(value) && Math.abs(value) < EXACT_WHOLE) {
      return Long.toString((long) value);
    }
    BigDecimal rounded = new BigDecimal(value).round(ROUNDING).stripTrailingZeros();
    int exponent = rounded.precision() - rounded.scale() - 1;
    return exponent < -4 || exponent >= DIGITS
        ? scientific(rounded, exponent)
        : rounded.toPlainString();
  }

  /** As {@code %.17Lf} without zeros at the end; of a finite number. */
  public static String formatPlainly(double value) {
    BigDecimal rounded = new BigDecimal(value).setScale(DIGITS, RoundingMode.HALF_EVEN);
    return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
  }

  private static String scientific(BigDecimal value, int exponent) {
    StringBuilder text = new StringBuilder(value.unscaledValue().toString());
    int firstFraction = value.signum() < 0 ? 2 : 1;
    if (text.length() > firstFraction) {
      text.insert(firstFraction, '.');
    }
    text.append('e').append(exponent < 0 ? '-' : '+');
    int magnitude = Math.abs(exponent);
    if (magnitude < 10) {
      text.append('0');
    }
    return text.append(magnitude).toString();
  }
}

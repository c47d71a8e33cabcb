package dev.varve.benchmarks.engines;

import java.util.SplittableRandom;

/** Keys of 16 decimal digits, put into an array that is used again. */
final class Keys {
  static final int LENGTH = 16;

  private static final int HOT_SHARE = 100;

  private final int count;
  private final SplittableRandom random;

  /** Draws from the numbers below {@code count}, by {@code seed}. */
  Keys(int count, long seed) {
    this.count = count;
    random = new SplittableRandom(seed);
  }

  static byte[] array() {
    return new byte[LENGTH];
  }

  /** Some key. */
  void draw(byte[] into) {
    write(random.nextInt(count), into);
  }

  /** Some key of the first hundredth. */
  void drawHot(byte[] into) {
    write(random.nextInt(Math.max(1, count / HOT_SHARE)), into);
  }

  static void write(int number, byte[] into) {
    int rest = number;
    for (int i = LENGTH - 1; i >= 0; i--) {
      into[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }
}

package dev.varve.benchmarks.engines;

import java.util.Random;

/**
 * Values of which compression leaves about half: by the rule of db_bench, every hundred bytes are
 * fifty random printable ones, twice. They are taken from a buffer of which each begins a little
 * further, so that making them costs a copy.
 */
final class Values {
  private static final int PIECE = 100;
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int FIRST_PRINTABLE = ' ';
  private static final int PRINTABLE = '~' - ' ' + 1;

  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final byte[] value;
  private int position;

  Values(int length, long seed) {
    value = new byte[length];
    Random random = new Random(seed);
    byte[] raw = new byte[PIECE / 2];
    for (int at = 0; at + PIECE <= BUFFER_BYTES; at += PIECE) {
      for (int i = 0; i < raw.length; i++) {
        raw[i] = (byte) (FIRST_PRINTABLE + random.nextInt(PRINTABLE));
      }
      System.arraycopy(raw, 0, buffer, at, raw.length);
      System.arraycopy(raw, 0, buffer, at + raw.length, raw.length);
    }
  }

  /** The next value; the same array each time. */
  byte[] next() {
    if (position + value.length > BUFFER_BYTES / PIECE * PIECE) {
      position = 0;
    }
    System.arraycopy(buffer, position, value, 0, value.length);
    position += value.length;
    return value;
  }
}

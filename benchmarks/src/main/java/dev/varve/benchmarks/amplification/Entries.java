package dev.varve.benchmarks.amplification;

import java.util.SplittableRandom;

/**
 * Keys of 16 decimal digits and values of one length. A value that can be compressed to a share is
 * made as RocksDB's {@code db_bench} makes it: that share of it is random printable bytes, which
 * are repeated. Used by one thread.
 */
final class Entries {
  static final int KEY_BYTES = 16;

  private static final int PRINTABLE = 95;

  final byte[] key = new byte[KEY_BYTES];
  final byte[] value;
  private final int randomBytes;
  private final SplittableRandom random;

  Entries(int valueBytes, double compressTo, long seed) {
    value = new byte[valueBytes];
    randomBytes = Math.max(1, (int) (valueBytes * compressTo));
    random = new SplittableRandom(seed);
  }

  void nameKey(long number) {
    long rest = number;
    for (int i = KEY_BYTES - 1; i >= 0; i--) {
      key[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }

  void makeValue() {
    if (randomBytes == value.length) {
      random.nextBytes(value);
      return;
    }
    for (int i = 0; i < randomBytes; i++) {
      value[i] = (byte) (' ' + random.nextInt(PRINTABLE));
    }
    for (int i = randomBytes; i < value.length; i++) {
      value[i] = value[i - randomBytes];
    }
  }
}

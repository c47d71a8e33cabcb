package dev.varve.server.datatype;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * When keys were used last, as far as it is known in a fixed amount of memory: of all keys that
 * share a place of a table it is the last time that one of them was used. So a key was idle for at
 * least as long as is told, and if few keys are in use, for just as long. Nothing is known of what
 * was before the process began.
 *
 * <p>Safe for use by many threads: where two write at once, one of the times stays, which are the
 * same but for what passes meanwhile.
 */
final class AccessTimes {
  private static final int PLACE_BITS = 16;
  private static final int MILLIS = 1000;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  /** Seconds, by the monotone time; 0: not used. */
  private final int[] seconds = new int[1 << PLACE_BITS];

  /** The second of the first use. */
  private volatile int first;

  /** A key is used now. */
  void note(byte[] bytes, int offset, int length, long nowMillis) {
    int now = second(nowMillis);
    if (first == 0) {
      first = now;
    }
    seconds[place(bytes, offset, length)] = now;
  }

  /** Returns for how many seconds at least a key wasn't used. */
  long idleSeconds(byte[] bytes, int offset, int length, long nowMillis) {
    int used = seconds[place(bytes, offset, length)];
    return (long) second(nowMillis) - (used == 0 ? first : used);
  }

  private static int second(long millis) {
    return (int) (millis / MILLIS);
  }

  private static int place(byte[] bytes, int offset, int length) {
    long hash = length;
    int at = offset;
    for (int end = offset + length - Long.BYTES; at <= end; at += Long.BYTES) {
      hash = mix(hash ^ (long) LONG.get(bytes, at));
    }
    for (int end = offset + length; at < end; at++) {
      hash = mix(hash ^ bytes[at]);
    }
    return (int) (hash >>> (Long.SIZE - PLACE_BITS));
  }

  private static long mix(long value) {
    long product = value * MULTIPLIER;
    return product ^ (product >>> Integer.SIZE);
  }
}

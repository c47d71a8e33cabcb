package dev.varve.storage.cache;

import java.util.concurrent.Semaphore;

/**
 * Memory that the large values take which are being read and that the cache has no room for, all
 * together: who finds it taken waits, first come, first served. A thread takes some only while it
 * holds none, so that all who hold some come to give it back. Safe for use by many threads.
 */
public final class UncachedMemory {
  /** What so many bytes or less take isn't counted. */
  public static final int FREE_BYTES = 64 << 10;

  private static final int UNIT_SHIFT = 10;

  private final int units;
  private final Semaphore left;

  /** Memory of {@code bytes} bytes; 0: as much as it comes to. */
  UncachedMemory(long bytes) {
    units = (int) Math.min(bytes == 0 ? Long.MAX_VALUE : bytes >> UNIT_SHIFT, Integer.MAX_VALUE);
    left = new Semaphore(units, true);
  }

  /**
   * Takes so many bytes, or all that there is if that is less, as soon as they are there.
   *
   * @return what {@link #give} is to be told
   */
  public int take(long bytes) {
    if (bytes <= FREE_BYTES) {
      return 0;
    }
    int taken = Math.clamp((bytes >> UNIT_SHIFT) + 1, 1, units);
    left.acquireUninterruptibly(taken);
    return taken;
  }

  /** Gives back what was taken. */
  public void give(int taken) {
    left.release(taken);
  }
}

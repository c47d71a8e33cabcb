package dev.varve.server.datatype;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Heap that connections have the server keep for them from one command to the next: keys that they
 * watch, channels that they subscribe to; and users with their rules. All together; what doesn't
 * fit is refused. Safe for use by many threads.
 */
public final class KeptMemory {
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  /** Makes one of {@code limit} bytes. */
  public KeptMemory(long limit) {
    this.limit = limit;
  }

  /** Takes so many bytes; false: there is no room for them, and none were taken. */
  public boolean take(long bytes) {
    if (used.addAndGet(bytes) <= limit) {
      return true;
    }
    give(bytes);
    return false;
  }

  /** Takes so many bytes for which {@link #hasRoom} has just been asked. */
  void takeWhatThereWas(long bytes) {
    used.addAndGet(bytes);
  }

  /** Returns whether there is room for so many bytes. */
  public boolean hasRoom(long bytes) {
    return used.get() + bytes <= limit;
  }

  /** Gives back what was taken. */
  public void give(long bytes) {
    used.addAndGet(-bytes);
  }

  /** Returns bytes that are taken. */
  public long used() {
    return used.get();
  }
}

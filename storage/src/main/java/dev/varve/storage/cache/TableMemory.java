package dev.varve.storage.cache;

import java.util.concurrent.atomic.AtomicLong;

/**
 * An account of the memory that indexes and filters of open tables take beside the block cache. An
 * index is let in or not; of filters it only counts: that they keep the limit is seen to by who
 * knows which table's yields. Safe for use by many threads.
 */
public final class TableMemory {
  private final long limit;
  private final long mostIndexBytes;
  private final AtomicLong indexes = new AtomicLong();
  private final AtomicLong filters = new AtomicLong();

  TableMemory(long limit) {
    this.limit = limit;
    // Filters of upper levels spare more reads than the last indexes do that would take their room.
    this.mostIndexBytes = limit - limit / 4;
  }

  /** The most bytes that are to be taken. */
  public long limitBytes() {
    return limit;
  }

  /** Bytes that are taken. */
  public long takenBytes() {
    return indexes.get() + filters.get();
  }

  /**
   * Counts an index that is to stay in memory.
   *
   * @return false, and it is not counted, if indexes would take more than three quarters of the
   *     limit
   */
  public boolean tryAddIndex(long bytes) {
    long now = indexes.get();
    while (bytes <= mostIndexBytes - now) {
      long seen = indexes.compareAndExchange(now, now + bytes);
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
  }

  /** Counts an index no longer. */
  public void removeIndex(long bytes) {
    indexes.addAndGet(-bytes);
  }

  /** Counts memory of a filter or range tombstones that was taken, or, if negative, given back. */
  public void addFilter(long bytes) {
    filters.addAndGet(bytes);
  }
}

package dev.varve.storage.cache;

import java.util.concurrent.atomic.AtomicLong;

/**
 * An account of the memory that filters and indexes of open tables take beside the block cache. It
 * only counts: that the limit is kept is seen to by who knows which table yields. Safe for use by
 * many threads.
 */
public final class TableMemory {
  private final long limit;
  private final AtomicLong taken = new AtomicLong();

  TableMemory(long limit) {
    this.limit = limit;
  }

  /** The most bytes that are to be taken, if filters that yield can see to it. */
  public long limitBytes() {
    return limit;
  }

  /** Bytes that are taken. */
  public long takenBytes() {
    return taken.get();
  }

  /** Counts memory that was taken, or, if negative, given back. */
  public void add(long bytes) {
    taken.addAndGet(bytes);
  }
}

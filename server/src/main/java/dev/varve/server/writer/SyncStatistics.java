package dev.varve.server.writer;

import java.util.function.LongConsumer;

/** Figures of group commit. Written by the storage thread, read by any, a little old perhaps. */
public final class SyncStatistics {
  private volatile long syncs;
  private volatile long syncNanos;
  private volatile long slowestNanos;
  private volatile long averageNanos;
  private volatile long groups;
  private volatile long groupedWrites;
  private volatile long parkedWrites;
  private volatile long rehearsals;
  private volatile long rolesLent;
  private volatile long builds;
  private volatile long buildsUnderWay;
  private volatile long leases;

  private volatile LongConsumer listener = _ -> {};

  /** Has somebody told of each sync, on the thread that writes: how many nanoseconds it took. */
  public void whenSynced(LongConsumer told) {
    listener = told;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void synced(long nanos, long average) {
    listener.accept(nanos);
    syncs++;
    syncNanos += nanos;
    slowestNanos = Math.max(slowestNanos, nanos);
    averageNanos = average;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void group(long writes) {
    groups++;
    groupedWrites += writes;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void parked() {
    parkedWrites++;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void lent() {
    rolesLent++;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void givenUp() {
    rehearsals++;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void buildBegun(long leased) {
    builds++;
    buildsUnderWay++;
    leases = leased;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  void buildEnded(long leased) {
    buildsUnderWay--;
    leases = leased;
  }

  /** Returns how many results have begun to be built aside. */
  public long builds() {
    return builds;
  }

  /** Returns how many results are being built aside. */
  public long buildsUnderWay() {
    return buildsUnderWay;
  }

  /** Returns how many keys, and collections that they lead to, are leased to those. */
  public long leases() {
    return leases;
  }

  /** Returns how many syncs there were. */
  public long syncs() {
    return syncs;
  }

  /** Returns how long all syncs took. */
  public long syncNanos() {
    return syncNanos;
  }

  /** Returns how long the slowest sync took. */
  public long slowestNanos() {
    return slowestNanos;
  }

  /** Returns the moving average of a sync's time. */
  public long averageNanos() {
    return averageNanos;
  }

  /** Returns how many groups were committed. */
  public long groups() {
    return groups;
  }

  /** Returns how many operations they had together. */
  public long groupedWrites() {
    return groupedWrites;
  }

  /** Returns how often a write had to wait for flush, compaction, or the writer's role. */
  public long parkedWrites() {
    return parkedWrites;
  }

  /** Returns how often the writer's role was lent to the read pool. */
  public long rolesLent() {
    return rolesLent;
  }

  /** Returns how often a write was given up to be rehearsed, as memory couldn't answer it. */
  public long rehearsals() {
    return rehearsals;
  }
}

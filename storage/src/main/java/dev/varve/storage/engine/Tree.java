package dev.varve.storage.engine;

import dev.varve.storage.latency.Latencies;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.memtable.Memtable;
import dev.varve.storage.sstable.RowCache;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Holds the current read state and moves it on: the writer freezes memtables, flushes replace them
 * by a version that holds them, compactions replace the version. Each step is a short critical
 * section without I/O. Safe for use by many threads.
 *
 * <p>A flushed memtable stays for lookups as long as there are no more than {@code maxMemtables} in
 * all.
 */
final class Tree {
  private final Object lock = new Object();
  private final int maxMemtables;
  private final Releases releases;
  private final Latencies latencies;
  private final PassedRanges passedRanges;

  /** Null: none are kept. */
  private final RowCache rows;

  private volatile ReadState current;

  Tree(
      Memtable active,
      Version version,
      int maxMemtables,
      Releases releases,
      Latencies latencies,
      PassedRanges passedRanges,
      RowCache rows) {
    this.rows = rows;
    this.maxMemtables = maxMemtables;
    this.releases = releases;
    this.latencies = latencies;
    this.passedRanges = passedRanges;
    if (rows != null) {
      rows.flushing(version.flushedUpTo());
    }
    current = state(active, List.of(), List.of(), version);
    active.release();
  }

  /**
   * The current state without a pin: for the writer, which alone replaces the memtable, and for who
   * looks at figures only.
   */
  ReadState current() {
    return current;
  }

  /** The current state, pinned; the caller releases it. */
  ReadState acquire() {
    while (true) {
      ReadState state = current;
      if (state.tryRetain()) {
        return state;
      }
    }
  }

  /** Writer: freezes the active memtable and puts an empty one in its place. */
  void freezeActive(Supplier<Memtable> next) {
    Memtable fresh = next.get();
    synchronized (lock) {
      ReadState old = current;
      old.active.freeze();
      List<Memtable> frozen = new ArrayList<>(old.frozen.size() + 1);
      frozen.add(old.active);
      frozen.addAll(old.frozen);
      replace(state(fresh, frozen, old.flushed, old.version));
    }
    fresh.release();
  }

  /** Whether {@link #frozenUpTo} would find any. */
  boolean hasFrozenUpTo(long sequence) {
    List<Memtable> newestFirst = current.frozen;
    return !newestFirst.isEmpty() && newestFirst.getLast().lastSequence() <= sequence;
  }

  /** Memory of the memtables that hold anything after {@code sequence}. */
  long bytesBehind(long sequence) {
    ReadState state = current;
    long bytes = state.active.memoryBytes();
    for (Memtable memtable : state.frozen) {
      if (memtable.lastSequence() > sequence) {
        bytes += memtable.memoryBytes();
      }
    }
    return bytes;
  }

  /** Frozen memtables that hold nothing after {@code sequence}, oldest first. */
  List<Memtable> frozenUpTo(long sequence) {
    List<Memtable> newestFirst = current.frozen;
    List<Memtable> oldestFirst = new ArrayList<>(newestFirst.size());
    for (int i = newestFirst.size() - 1; i >= 0; i--) {
      if (newestFirst.get(i).lastSequence() > sequence) {
        break;
      }
      oldestFirst.add(newestFirst.get(i));
    }
    return oldestFirst;
  }

  /**
   * Puts a version in place.
   *
   * @param flushed the memtables that it holds and the one before it didn't, oldest first
   */
  void install(Version version, List<Memtable> flushed) {
    if (rows != null && !flushed.isEmpty()) {
      forgetRows(version, flushed);
    }
    synchronized (lock) {
      ReadState old = current;
      List<Memtable> frozen = new ArrayList<>(old.frozen);
      frozen.removeAll(flushed);
      List<Memtable> newestFirst = new ArrayList<>(flushed.reversed());
      newestFirst.addAll(old.flushed);
      replace(state(old.active, frozen, newestFirst, version));
    }
  }

  /** No row may outlive what comes into the tables above it. */
  private void forgetRows(Version version, List<Memtable> flushed) {
    boolean ranges = flushed.stream().anyMatch(memtable -> !memtable.rangeTombstones().isEmpty());
    if (ranges) {
      rows.clear(version.flushedUpTo());
      return;
    }
    rows.flushing(version.flushedUpTo());
    if (!rows.isEmpty()) {
      for (Memtable memtable : flushed) {
        memtable.forEachKey((key, length) -> rows.forget(RowCache.hash(key, 0, length)));
      }
    }
  }

  /**
   * Puts a version in place that holds what is newer than all flushed memtables, which go: lookups
   * would find in them what it hides. The active memtable is empty, and none is frozen.
   */
  void installAbove(Version version) {
    synchronized (lock) {
      ReadState old = current;
      if (!old.frozen.isEmpty() || old.active.lastSequence() != 0) {
        throw new IllegalStateException("a memtable is not flushed");
      }
      if (rows != null) {
        rows.clear(version.flushedUpTo());
      }
      replace(state(old.active, List.of(), List.of(), version));
    }
  }

  /** Keeps no flushed memtables for lookups: their memory is needed. */
  void forgetFlushed() {
    synchronized (lock) {
      ReadState old = current;
      if (!old.flushed.isEmpty()) {
        replace(state(old.active, old.frozen, List.of(), old.version));
      }
    }
  }

  /** A state that has as many of the flushed memtables as there is room for. */
  private ReadState state(
      Memtable active, List<Memtable> frozen, List<Memtable> flushed, Version version) {
    int room = Math.clamp(maxMemtables - 1L - frozen.size(), 0, flushed.size());
    return new ReadState(
        active,
        frozen,
        flushed.subList(0, room),
        version,
        releases,
        latencies,
        passedRanges.passedIn(version.flushedUpTo()),
        rows);
  }

  private void replace(ReadState next) {
    ReadState old = current;
    current = next;
    old.release();
  }

  /** Lets go of the current state; nothing may be acquired any more. */
  void close() {
    current.release();
  }
}

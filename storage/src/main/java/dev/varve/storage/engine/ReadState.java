package dev.varve.storage.engine;

import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.base.RangeTombstoneIndex;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.memtable.Memtable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * All that a read looks through: the memtable written to, those that wait for their flush (newest
 * first), and the tables of a version. Immutable, and pinned by count: whoever retained it may read
 * from it until the release, whatever flush and compaction do meanwhile.
 */
final class ReadState implements Runnable {
  final Memtable active;
  final List<Memtable> frozen;
  final Version version;
  private final Memtable[] memtables;
  private final Releases releases;
  private final AtomicInteger pins = new AtomicInteger(1);

  /** Pins what it is made of; the maker holds the first pin of the state itself. */
  ReadState(Memtable active, List<Memtable> frozen, Version version, Releases releases) {
    this.releases = releases;
    this.active = active;
    this.frozen = List.copyOf(frozen);
    this.version = version;
    memtables = new Memtable[frozen.size() + 1];
    memtables[0] = active;
    for (int i = 0; i < frozen.size(); i++) {
      memtables[i + 1] = frozen.get(i);
    }
    for (Memtable memtable : memtables) {
      if (!memtable.tryRetain()) {
        throw new IllegalStateException("a memtable was released before its read state was made");
      }
    }
    if (!version.tryRetain()) {
      throw new IllegalStateException("a version was released before its read state was made");
    }
  }

  /** Pins the state; false if its last pin is gone. */
  boolean tryRetain() {
    int now = pins.get();
    while (now > 0) {
      if (pins.compareAndSet(now, now + 1)) {
        return true;
      }
      now = pins.get();
    }
    return false;
  }

  /** Gives a pin back: the form in which an {@link EntryReference} holds one. */
  @Override
  public void run() {
    release();
  }

  /** Gives a pin back. */
  void release() {
    if (pins.decrementAndGet() == 0) {
      for (Memtable memtable : memtables) {
        memtable.release();
      }
      releases.later(version::release);
    }
  }

  /** As {@link dev.varve.storage.ReadView#get}, of what is not newer than {@code sequence}. */
  int get(byte[] key, int offset, int length, long sequence, boolean mayRead, EntryReference out) {
    long deletedBefore = 0;
    for (Memtable memtable : memtables) {
      deletedBefore = Math.max(deletedBefore, coveredUpTo(memtable, key, offset, length, sequence));
      if (memtable.get(key, offset, length, sequence, out) == EntryReference.FOUND) {
        return live(out, deletedBefore);
      }
    }
    return version.get(key, offset, length, sequence, deletedBefore, mayRead, out);
  }

  /** As {@link dev.varve.storage.ReadView#probe}, of the newest. */
  int probe(byte[] key, int offset, int length, EntryReference out) {
    long deletedBefore = 0;
    for (Memtable memtable : memtables) {
      deletedBefore =
          Math.max(deletedBefore, coveredUpTo(memtable, key, offset, length, Long.MAX_VALUE));
      if (memtable.get(key, offset, length, Long.MAX_VALUE, out) == EntryReference.FOUND) {
        return live(out, deletedBefore);
      }
    }
    // A tombstone newer than all tables hides what they hold.
    return deletedBefore > 0 || !version.mayContain(0, key, offset, length)
        ? EntryReference.ABSENT
        : EntryReference.NEEDS_READ;
  }

  private static int live(EntryReference out, long deletedBefore) {
    if (EntryKind.isPut(out.kind()) && out.sequence() > deletedBefore) {
      return EntryReference.FOUND;
    }
    out.release();
    return EntryReference.ABSENT;
  }

  private static long coveredUpTo(
      Memtable memtable, byte[] key, int offset, int length, long sequence) {
    List<RangeTombstone> tombstones = memtable.rangeTombstones();
    long newest = 0;
    for (int i = 0; i < tombstones.size(); i++) {
      RangeTombstone tombstone = tombstones.get(i);
      if (tombstone.sequence() > newest
          && tombstone.sequence() <= sequence
          && tombstone.covers(key, offset, length)) {
        newest = tombstone.sequence();
      }
    }
    return newest;
  }

  /** A cursor of each memtable and of the version, newest first; the caller closes them. */
  List<EntryCursor> cursors(long sequence) {
    List<EntryCursor> cursors = new ArrayList<>(memtables.length + 8);
    for (Memtable memtable : memtables) {
      cursors.add(memtable.cursor(sequence));
    }
    cursors.addAll(version.cursors(true));
    return cursors;
  }

  /** The range tombstones of all memtables and tables. */
  List<RangeTombstoneIndex> rangeTombstones() {
    List<RangeTombstoneIndex> all = new ArrayList<>(memtables.length + 1);
    for (Memtable memtable : memtables) {
      all.add(RangeTombstoneIndex.of(memtable.rangeTombstones()));
    }
    all.add(version.rangeTombstones());
    return all;
  }

  /** The live count of a group, short by what blind entries owe. */
  long liveCount(long group) {
    long count = version.liveCount(group);
    for (int i = memtables.length - 1; i >= 0; i--) {
      count = memtables[i].counts().apply(group, count);
    }
    return count;
  }

  /** Entries whose effect on counts is open. */
  long blindEntries() {
    long blind = version.blindEntries();
    for (Memtable memtable : memtables) {
      blind += memtable.blindEntries();
    }
    return blind;
  }
}

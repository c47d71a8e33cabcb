package dev.varve.storage.engine;

import dev.varve.storage.KeyBatch;
import dev.varve.storage.KeyCount;
import dev.varve.storage.Lookups;
import dev.varve.storage.PartVisitor;
import dev.varve.storage.StorageStatistics.Operation;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.KeySpread;
import dev.varve.storage.base.RangeTombstones;
import dev.varve.storage.base.Warming;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.iterator.PassedEntries;
import dev.varve.storage.latency.Latencies;
import dev.varve.storage.manifest.Depth;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.memtable.KeySlots;
import dev.varve.storage.memtable.Memtable;
import dev.varve.storage.memtable.SettledDebts;
import dev.varve.storage.sstable.RowCache;
import dev.varve.storage.sstable.TableLookups;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/**
 * All that a read looks through: the memtable written to, those that wait for their flush (newest
 * first), and the tables of a version. Immutable, and pinned by count: whoever retained it may read
 * from it until the release, whatever flush and compaction do meanwhile.
 *
 * <p>After these memtables come flushed ones whose memory nobody needs yet. The tables hold what
 * they do, so that only lookups of single keys go through them: they are quicker there.
 */
final class ReadState implements Runnable {
  /** Where fewer than one in this many entries show, it is not worth while to look for one. */
  private static final int MOST_DRAWN = 32;

  /** Null in a state of tables alone. */
  final Memtable active;

  final List<Memtable> frozen;
  final List<Memtable> flushed;
  final Version version;
  final Latencies latencies;
  final PassedEntries passed;

  /** Rows of tables; null: none are kept. */
  private final RowCache rows;

  /** Newest first. No flushed one is missing between others: what is found first is the newest. */
  private final Memtable[] memtables;

  /** How many of these the version doesn't hold. */
  private final int unflushed;

  private final Releases releases;
  private final AtomicInteger pins = new AtomicInteger(1);

  /** Pins what it is made of; the maker holds the first pin of the state itself. */
  ReadState(
      Memtable active,
      List<Memtable> frozen,
      List<Memtable> flushed,
      Version version,
      Releases releases,
      Latencies latencies,
      PassedEntries passed,
      RowCache rows) {
    this.rows = rows;
    this.latencies = latencies;
    this.passed = passed;
    this.releases = releases;
    this.active = active;
    this.frozen = List.copyOf(frozen);
    this.flushed = List.copyOf(flushed);
    this.version = version;
    List<Memtable> all = new ArrayList<>(1 + frozen.size() + flushed.size());
    all.add(active);
    all.addAll(frozen);
    all.addAll(flushed);
    memtables = all.toArray(Memtable[]::new);
    unflushed = 1 + frozen.size();
    retain();
  }

  /** What the tables of another state hold, which is pinned meanwhile. */
  private ReadState(ReadState other) {
    rows = other.rows;
    latencies = other.latencies;
    passed = other.passed;
    releases = other.releases;
    active = null;
    frozen = List.of();
    flushed = List.of();
    version = other.version;
    memtables = new Memtable[0];
    unflushed = 0;
    retain();
  }

  private void retain() {
    for (Memtable memtable : memtables) {
      if (!memtable.tryRetain()) {
        throw new IllegalStateException("a memtable was released before its read state was made");
      }
    }
    if (!version.tryRetain()) {
      throw new IllegalStateException("a version was released before its read state was made");
    }
  }

  /** Returns a state of the tables alone; the caller, who has this one pinned, releases it. */
  ReadState withoutMemtables() {
    return new ReadState(this);
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
    return Latencies.draws()
        ? timedGet(key, offset, length, sequence, mayRead, out)
        : find(key, offset, length, sequence, mayRead, false, out);
  }

  /** As {@link dev.varve.storage.ReadView#head}, of what is not newer than {@code sequence}. */
  int head(byte[] key, int offset, int length, long sequence, boolean mayRead, EntryReference out) {
    return find(key, offset, length, sequence, mayRead, true, out);
  }

  /** As {@link dev.varve.storage.ReadView#readPart}, of what is not newer than {@code sequence}. */
  int readPart(
      byte[] key,
      int offset,
      int length,
      long sequence,
      boolean mayRead,
      int from,
      int count,
      PartVisitor to) {
    EntryReference entry = new EntryReference();
    int answer = locate(key, offset, length, sequence, mayRead, entry);
    if (answer != EntryReference.FOUND) {
      return answer;
    }
    try {
      if (EntryKind.isApart(entry.kind())) {
        return version.readPart(key, offset, length, mayRead, entry, from, count, to);
      }
      to.piece(entry.valueSegment(), entry.valueOffset() + from, count);
      return EntryReference.FOUND;
    } finally {
      entry.release();
    }
  }

  /** Apart, so that the code of lookups that aren't timed stays as it is without. */
  private int timedGet(
      byte[] key, int offset, int length, long sequence, boolean mayRead, EntryReference out) {
    long begin = latencies.begin();
    int answer = find(key, offset, length, sequence, mayRead, false, out);
    latencies.end(Operation.GET, begin);
    return answer;
  }

  private int find(
      byte[] key,
      int offset,
      int length,
      long sequence,
      boolean mayRead,
      boolean headOnly,
      EntryReference out) {
    int answer = locate(key, offset, length, sequence, mayRead, out);
    return answer == EntryReference.FOUND && EntryKind.isApart(out.kind())
        ? version.complete(key, offset, length, mayRead, headOnly, out)
        : answer;
  }

  /** As {@link #get}, but of a value that lies apart the reference is given, not the value. */
  private int locate(
      byte[] key, int offset, int length, long sequence, boolean mayRead, EntryReference out) {
    int hash = hash(key, offset, length);
    for (int i = 0; i < memtables.length; i++) {
      if (memtables[i].get(hash, key, offset, length, sequence, out) == EntryReference.FOUND) {
        return live(i, key, offset, length, sequence, out);
      }
    }
    long deletedBefore = newestTombstone(memtables.length, key, offset, length, sequence, 0);
    long newestTombstone = version.newestTombstone(key, offset, length, sequence, deletedBefore);
    return rows == null
        ? version.find(key, offset, length, sequence, newestTombstone, mayRead, out)
        : locateByRow(key, offset, length, sequence, newestTombstone, mayRead, out);
  }

  /** The hash of a key in each of the memtables: all have the engine's seed. */
  private int hash(byte[] key, int offset, int length) {
    return memtables.length == 0 ? 0 : memtables[0].hash(key, offset, length);
  }

  private int locateByRow(
      byte[] key,
      int offset,
      int length,
      long sequence,
      long newestTombstone,
      boolean mayRead,
      EntryReference out) {
    long hash = RowCache.hash(key, offset, length);
    long upTo = version.flushedUpTo();
    if (findRow(hash, key, offset, length, newestTombstone, upTo, out)) {
      return EntryReference.FOUND;
    }
    int answer = version.find(key, offset, length, sequence, newestTombstone, mayRead, out);
    if (answer == EntryReference.FOUND) {
      rows.offer(hash, key, offset, length, out, upTo);
    }
    return answer;
  }

  private boolean findRow(
      long hash,
      byte[] key,
      int offset,
      int length,
      long newestTombstone,
      long upTo,
      EntryReference out) {
    if (!rows.find(hash, key, offset, length, newestTombstone, upTo, out)) {
      return false;
    }
    if (version.leadsTo(out)) {
      return true;
    }
    out.release();
    return false;
  }

  /**
   * As {@link dev.varve.storage.ReadView#get(KeyBatch, boolean, Lookups)}, or {@link
   * dev.varve.storage.ReadView#heads}.
   */
  void get(KeyBatch keys, long sequence, boolean mayRead, boolean headOnly, Lookups out) {
    long begin = latencies.begin();
    warm(keys);
    out.begin(keys.size());
    boolean whole = false;
    try {
      TableLookups inTables = TableLookups.begin(keys, sequence, mayRead, !headOnly, out);
      for (int i = 0; i < keys.size(); i++) {
        lookInMemtables(i, keys, sequence, out, inTables);
      }
      version.get(keys, inTables);
      version.resolve(keys, mayRead, headOnly, out);
      whole = true;
    } finally {
      if (!whole) {
        out.release();
      }
    }
    latencies.end(Operation.MULTIGET, begin);
  }

  private void lookInMemtables(
      int index, KeyBatch keys, long sequence, Lookups out, TableLookups inTables) {
    byte[] key = keys.bytes();
    int offset = keys.offset(index);
    int length = keys.length(index);
    EntryReference entry = out.entry(index);
    int hash = hash(key, offset, length);
    for (int i = 0; i < memtables.length; i++) {
      if (memtables[i].get(hash, key, offset, length, sequence, entry) == EntryReference.FOUND) {
        out.answer(index, live(i, key, offset, length, sequence, entry));
        return;
      }
    }
    long deletedBefore = newestTombstone(memtables.length, key, offset, length, sequence, 0);
    long newestTombstone = version.newestTombstone(key, offset, length, sequence, deletedBefore);
    if (rows != null) {
      long rowHash = RowCache.hash(key, offset, length);
      long upTo = version.flushedUpTo();
      if (findRow(rowHash, key, offset, length, newestTombstone, upTo, entry)) {
        out.answer(index, EntryReference.FOUND);
        return;
      }
    }
    inTables.add(index, newestTombstone);
  }

  /**
   * As {@link #get}, or {@link #head}; gives the caller's pin to the value if one is found, and
   * back otherwise.
   */
  int getAndRelease(
      byte[] key,
      int offset,
      int length,
      long sequence,
      boolean mayRead,
      boolean headOnly,
      EntryReference out) {
    int answer = EntryReference.ABSENT;
    try {
      answer =
          headOnly
              ? head(key, offset, length, sequence, mayRead, out)
              : get(key, offset, length, sequence, mayRead, out);
    } finally {
      letGo(answer, out);
    }
    return answer;
  }

  /** Gives the caller's pin to the value, if one was found, and back otherwise. */
  void letGo(int answer, EntryReference out) {
    if (answer == EntryReference.FOUND) {
      out.pinSource(this);
    } else {
      release();
    }
  }

  /** As {@link dev.varve.storage.ReadView#probe}, of the newest. */
  int probe(byte[] key, int offset, int length, EntryReference out) {
    long all = Long.MAX_VALUE;
    int hash = hash(key, offset, length);
    for (int i = 0; i < memtables.length; i++) {
      if (memtables[i].get(hash, key, offset, length, all, out) == EntryReference.FOUND) {
        return live(i, key, offset, length, all, out);
      }
    }
    long deletedBefore = newestTombstone(memtables.length, key, offset, length, all, 0);
    // A tombstone newer than all tables hides what they hold.
    return deletedBefore > 0 || !version.mayContain(Depth.TOP, key, offset, length)
        ? EntryReference.ABSENT
        : EntryReference.NEEDS_READ;
  }

  /** As {@link dev.varve.storage.ReadView#warm}. */
  void warm(KeyBatch keys) {
    if (active == null) {
      return;
    }
    Warming warming = keys.warming();
    warming.begin(keys.size());
    active.hash(keys, warming);
    for (int i = 0; i < memtables.length && warming.count() > 0; i++) {
      memtables[i].warm(keys, warming);
    }
    if (rows != null && warming.count() > 0) {
      rows.warm(keys, warming, version);
    }
  }

  /** What was found in a memtable lives unless a newer range tombstone there or above covers it. */
  private int live(
      int memtable, byte[] key, int offset, int length, long sequence, EntryReference out) {
    long found = out.sequence();
    if (EntryKind.isPut(out.kind())
        && newestTombstone(memtable + 1, key, offset, length, sequence, found) <= found) {
      return EntryReference.FOUND;
    }
    out.release();
    return EntryReference.ABSENT;
  }

  /**
   * The newest range tombstone over a key in the first memtables that is newer than {@code least};
   * else that or any older number. Nothing is looked up where all are older.
   */
  private long newestTombstone(
      int count, byte[] key, int offset, int length, long sequence, long least) {
    long newest = least;
    for (int i = 0; i < count; i++) {
      RangeTombstones tombstones = memtables[i].rangeTombstones();
      if (tombstones.newest() > newest) {
        newest = Math.max(newest, tombstones.newestOver(key, offset, length, sequence));
      }
    }
    return newest;
  }

  /**
   * As {@link dev.varve.storage.ReadView#draw}, of what is not newer than {@code sequence}.
   *
   * <p>A live key has one entry that shows. So one of all that memtables have between the bounds is
   * taken at random, until it is such a one: all live keys are equally likely then. Entries of
   * tables have no numbers, so these must have nothing there that memtables don't have as well.
   */
  byte[] draw(
      byte[] lower,
      byte[] upper,
      long sequence,
      RandomGenerator random,
      boolean mayRead,
      EntryReference out) {
    int asked = memtablesWithAll(lower, upper, mayRead);
    if (asked == 0) {
      return null;
    }
    KeySlots[] slots = new KeySlots[asked];
    int[] behind = new int[asked];
    int all = 0;
    for (int i = 0; i < asked; i++) {
      slots[i] = memtables[i].slots(lower, upper, mayRead);
      if (slots[i] == null) {
        return null;
      }
      all += slots[i].count();
      behind[i] = all;
    }
    for (int tried = 0; all > 0 && tried < MOST_DRAWN; tried++) {
      int number = random.nextInt(all);
      int in = 0;
      while (number >= behind[in]) {
        in++;
      }
      byte[] key = slots[in].key(in == 0 ? number : number - behind[in - 1]);
      if (key != null && shows(in, key, sequence, out)) {
        return key;
      }
    }
    return null;
  }

  /** The first so many memtables have all that lives between two bounds; 0: they may not. */
  private int memtablesWithAll(byte[] lower, byte[] upper, boolean mayRead) {
    int last = memtables.length - 1;
    long before = last < unflushed ? version.flushedUpTo() : memtables[last].firstSequence() - 1;
    long nothingUpTo = version.nothingUpTo(lower, upper, before, mayRead);
    if (nothingUpTo < 0) {
      return 0;
    }
    int asked = memtables.length;
    while (asked > unflushed && memtables[asked - 1].lastSequence() <= nothingUpTo) {
      asked--;
    }
    return asked;
  }

  /** Whether a key is live, and by its entry in this very memtable. */
  private boolean shows(int memtable, byte[] key, long sequence, EntryReference out) {
    for (int i = 0; i <= memtable; i++) {
      if (memtables[i].get(key, 0, key.length, sequence, out) == EntryReference.FOUND) {
        if (i == memtable) {
          return live(i, key, 0, key.length, sequence, out) == EntryReference.FOUND;
        }
        out.release();
        return false;
      }
    }
    return false;
  }

  /**
   * A cursor of each memtable that isn't flushed and may hold a key between the bounds, which may
   * be null, and of the version, newest first; the caller closes them.
   */
  List<EntryCursor> cursors(long sequence, byte[] lower, byte[] upper) {
    List<EntryCursor> cursors = new ArrayList<>(unflushed + 8);
    for (int i = 0; i < unflushed; i++) {
      if (memtables[i].mayHoldBetween(lower, upper)) {
        cursors.add(memtables[i].cursor(sequence, lower, upper));
      }
    }
    version.addCursors(lower, upper, cursors);
    return cursors;
  }

  /** As {@link dev.varve.storage.ReadView#spread}. */
  KeySpread spread(byte[] lower, byte[] upper, int most) {
    KeySpread spread = new KeySpread();
    for (int i = 0; i < unflushed; i++) {
      if (memtables[i].mayHoldBetween(lower, upper)) {
        memtables[i].spread(lower, upper, most, spread);
      }
    }
    version.spread(lower, upper, most, spread);
    return spread;
  }

  /** The range tombstones of all memtables that aren't flushed, and of all tables. */
  List<RangeTombstones> rangeTombstones() {
    List<RangeTombstones> all = new ArrayList<>(unflushed + 1);
    for (int i = 0; i < unflushed; i++) {
      all.add(memtables[i].rangeTombstones());
    }
    all.add(version.rangeTombstones());
    return all;
  }

  /**
   * The live count of a group whose keys lie between two bounds.
   *
   * @param appended the operation up to which all is counted, be it published or not
   */
  KeyCount count(long group, byte[] lower, byte[] upper, long appended) {
    long count = version.liveCount(group);
    long open = version.openEntries(lower, upper);
    for (int i = unflushed - 1; i >= 0; i--) {
      SettledDebts paid = memtables[i].settled();
      count = memtables[i].countAfter(group, count, paid);
      open += openEntries(memtables[i], paid, lower, upper);
    }
    return new KeyCount(count, open, appended);
  }

  /**
   * As {@link #count}, of what is published: for who makes sure that nothing is meanwhile.
   *
   * @param visible the operation up to which all is published
   */
  KeyCount publishedCount(long group, byte[] lower, byte[] upper, long visible) {
    long count = version.liveCount(group);
    long open = version.openEntries(lower, upper);
    for (int i = unflushed - 1; i >= 0; i--) {
      SettledDebts paid = memtables[i].publishedSettled();
      count = memtables[i].publishedCountAfter(group, count, paid);
      open += openEntries(memtables[i], paid, lower, upper);
    }
    return new KeyCount(count, open, visible);
  }

  private static long openEntries(
      Memtable memtable, SettledDebts paid, byte[] lower, byte[] upper) {
    return memtable.mayHoldBetween(lower, upper) ? memtable.openEntries(paid) : 0;
  }

  /** Entries whose effect on counts is open. */
  long openEntries() {
    long open = version.openEntries();
    for (int i = 0; i < unflushed; i++) {
      open += memtables[i].openEntries();
    }
    return open;
  }

  /** Keys that a cursor over those between two bounds would have to sort first. */
  long unsortedKeys(byte[] lower, byte[] upper) {
    long unsorted = 0;
    for (int i = 0; i < unflushed; i++) {
      if (memtables[i].mayHoldBetween(lower, upper)) {
        unsorted += memtables[i].unsortedKeys(lower, upper);
      }
    }
    return unsorted;
  }
}

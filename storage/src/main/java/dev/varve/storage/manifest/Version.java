package dev.varve.storage.manifest;

import dev.varve.storage.KeyBatch;
import dev.varve.storage.Lookups;
import dev.varve.storage.PartVisitor;
import dev.varve.storage.StorageException;
import dev.varve.storage.base.AbandonedRanges;
import dev.varve.storage.base.BlobReference;
import dev.varve.storage.base.Cleanup;
import dev.varve.storage.base.CountChanges;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.KeySpread;
import dev.varve.storage.base.RangeTombstoneIndex;
import dev.varve.storage.blob.BlobMeta;
import dev.varve.storage.blob.BlobReader;
import dev.varve.storage.cache.Block;
import dev.varve.storage.iterator.ApartValues;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.iterator.MergingCursor;
import dev.varve.storage.sstable.TableLookups;
import dev.varve.storage.sstable.TableReader;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.function.ToLongFunction;

/**
 * What tables hold at one moment, and how to read it. Immutable; safe for use by many threads.
 *
 * <p>A version is counted: its maker holds the first reference, readers take and give back theirs.
 * As long as there is one, every table and blob file of the version stays open, and on the disk.
 */
public final class Version implements ApartValues {
  /** Larger values that lie apart are read one by one, where many keys are looked up together. */
  private static final int MOST_TOGETHER = 16 << 10;

  /** How many ranges are remembered in which tables have something. */
  private static final int KEPT_RANGES = 64;

  private final Levels levels;

  /** In the order of {@link Levels#tables}. */
  private final TableReader[][] readers;

  /** In the order of {@link BlobFiles#all}. */
  private final BlobReader[] blobs;

  private final TableTombstones rangeTombstones;
  private final GroupCounts counts;
  private final long openEntries;
  private final long flushedUpTo;
  private final long lastTimeMillis;
  private final long nextFileNumber;
  private final boolean countsOpen;
  private final AbandonedSpace abandoned;
  private final long stamp;

  /** Shared with the versions before and after. */
  private final EmptyRanges empty;

  /** Some ranges in which there is something. */
  private final AtomicReferenceArray<TableRange> occupied = new AtomicReferenceArray<>(KEPT_RANGES);

  private final AtomicInteger references = new AtomicInteger(1);

  private Version(
      Levels levels,
      TableReader[][] readers,
      BlobReader[] blobs,
      TableTombstones rangeTombstones,
      GroupCounts counts,
      long flushedUpTo,
      long lastTimeMillis,
      long nextFileNumber,
      boolean countsOpen,
      AbandonedSpace abandoned,
      long stamp,
      EmptyRanges empty) {
    this.empty = empty;
    this.levels = levels;
    this.readers = readers;
    this.blobs = blobs;
    this.rangeTombstones = rangeTombstones;
    this.counts = counts;
    this.flushedUpTo = flushedUpTo;
    this.lastTimeMillis = lastTimeMillis;
    this.nextFileNumber = nextFileNumber;
    this.countsOpen = countsOpen;
    this.abandoned = abandoned;
    this.stamp = stamp;
    long blind = 0;
    for (int level = 0; level < Levels.COUNT; level++) {
      blind += levels.tables(level).stream().mapToLong(TableMeta::openEntries).sum();
    }
    openEntries = blind;
  }

  /** The version of an empty database. */
  static Version empty() {
    return new Version(
        Levels.EMPTY,
        new TableReader[Levels.COUNT][0],
        new BlobReader[0],
        TableTombstones.EMPTY,
        GroupCounts.EMPTY,
        0,
        0,
        1,
        false,
        AbandonedSpace.NONE,
        0,
        new EmptyRanges());
  }

  /** What an edit makes of an empty database. */
  public static Version of(VersionEdit all, TableSource tables) {
    Version empty = empty();
    return empty.apply(all, tables);
  }

  /**
   * The version after an edit; this one stays as it is.
   *
   * @param tables opens the tables that are new
   * @throws IllegalArgumentException if the edit doesn't go with this version
   */
  Version apply(VersionEdit edit, TableSource tables) {
    Levels next = levels.apply(edit);
    TableReader[][] opened = readersOf(next, tables);
    return new Version(
        next,
        opened,
        blobsOf(next, tables, opened),
        new TableTombstones(next, opened),
        counts.apply(edit.counts()),
        changed(edit.flushedUpTo(), flushedUpTo),
        changed(edit.lastTimeMillis(), lastTimeMillis),
        changed(edit.nextFileNumber(), nextFileNumber),
        edit.areCountsOpen(countsOpen),
        abandonedAfter(edit, next, opened),
        changed(edit.stamp(), stamp),
        empty);
  }

  private AbandonedSpace abandonedAfter(VersionEdit edit, Levels next, TableReader[][] opened) {
    boolean same = edit.abandoned().isEmpty() && edit.removed().isEmpty() && edit.added().isEmpty();
    return same
        ? abandoned
        : AbandonedSpace.of(abandoned.ranges().with(edit.abandoned()), next, opened);
  }

  private static long changed(long value, long before) {
    return value == VersionEdit.UNCHANGED ? before : value;
  }

  /** This version's readers and newly opened ones, each retained for the next version. */
  private TableReader[][] readersOf(Levels next, TableSource tables) {
    Map<Long, TableReader> known = new HashMap<>();
    for (int level = 0; level < Levels.COUNT; level++) {
      for (int i = 0; i < readers[level].length; i++) {
        known.put(levels.tables(level).get(i).number(), readers[level][i]);
      }
    }
    List<TableReader> retained = new ArrayList<>();
    TableReader[][] opened = new TableReader[Levels.COUNT][];
    try {
      for (int level = 0; level < Levels.COUNT; level++) {
        List<TableMeta> metas = next.tables(level);
        opened[level] = new TableReader[metas.size()];
        for (int i = 0; i < opened[level].length; i++) {
          TableReader reader = known.get(metas.get(i).number());
          if (reader == null) {
            reader = tables.open(metas.get(i));
          } else if (!reader.tryRetain()) {
            throw new IllegalStateException("a table was let go of by the version that has it");
          }
          retained.add(reader);
          opened[level][i] = reader;
        }
      }
    } catch (RuntimeException | Error e) {
      retained.forEach(reader -> Cleanup.after(e, reader::release));
      throw e;
    }
    return opened;
  }

  /** As {@link #readersOf}, of blob files; what was opened is let go of if that fails. */
  private BlobReader[] blobsOf(Levels next, TableSource tables, TableReader[][] opened) {
    List<BlobReader> retained = new ArrayList<>();
    try {
      for (BlobFiles.BlobFile blob : next.blobs().all()) {
        int at = levels.blobs().indexOf(blob.meta().number());
        if (at >= 0 && !blobs[at].tryRetain()) {
          throw new IllegalStateException("a blob file was let go of by the version that has it");
        }
        retained.add(at >= 0 ? blobs[at] : tables.open(blob.meta()));
      }
      return retained.toArray(BlobReader[]::new);
    } catch (RuntimeException | Error e) {
      retained.forEach(reader -> Cleanup.after(e, reader::release));
      Cleanup.after(e, () -> release(opened));
      throw e;
    }
  }

  private static void release(TableReader[][] readers) {
    for (TableReader[] level : readers) {
      for (TableReader reader : level) {
        reader.release();
      }
    }
  }

  /** Takes a reference; false if the last one is gone. */
  public boolean tryRetain() {
    int now = references.get();
    while (now > 0) {
      if (references.compareAndSet(now, now + 1)) {
        return true;
      }
      now = references.get();
    }
    return false;
  }

  /** Gives a reference back; the last one lets go of tables and blob files. */
  public void release() {
    if (references.decrementAndGet() == 0) {
      release(readers);
      for (BlobReader blob : blobs) {
        blob.release();
      }
    }
  }

  /**
   * Looks a key up in all levels. Of a value that lies apart the reference is given; {@link
   * #complete} puts the value in its place.
   *
   * @param snapshot nothing newer than this sequence number is seen
   * @param newestTombstone of the key, as the method of this name says: what is older counts as
   *     absent
   * @param mayRead whether the disk may be read; if not, the answer may be {@link
   *     EntryReference#NEEDS_READ}
   * @param out set, and to be released by the caller, if the answer is {@link EntryReference#FOUND}
   * @return {@link EntryReference#FOUND} if the key has a value, {@link EntryReference#ABSENT} if
   *     it has none
   */
  public int find(
      byte[] key,
      int offset,
      int length,
      long snapshot,
      long newestTombstone,
      boolean mayRead,
      EntryReference out) {
    TableMeta[] newest = levels.array(0);
    for (int i = 0; i < newest.length; i++) {
      TableMeta table = newest[i];
      if (table.largestSequence() >= newestTombstone && table.spans(key, offset, length)) {
        int answer = readers[0][i].get(key, offset, length, snapshot, mayRead, out);
        if (answer != EntryReference.ABSENT) {
          return answer == EntryReference.FOUND ? live(newestTombstone, out) : answer;
        }
      }
    }
    for (int level = 1; level < Levels.COUNT; level++) {
      TableMeta[] tables = levels.array(level);
      int at = levels.firstEndingBehind(level, key, offset, length);
      if (at == tables.length) {
        continue;
      }
      TableMeta table = tables[at];
      if (table.largestSequence() >= newestTombstone && table.spans(key, offset, length)) {
        int answer = readers[level][at].get(key, offset, length, snapshot, mayRead, out);
        if (answer != EntryReference.ABSENT) {
          return answer == EntryReference.FOUND ? live(newestTombstone, out) : answer;
        }
      }
    }
    return EntryReference.ABSENT;
  }

  /** The newest range tombstone over a key, in the tables or (that is given) in what is newer. */
  public long newestTombstone(
      byte[] key, int offset, int length, long snapshot, long deletedBefore) {
    return rangeTombstones.newest() <= deletedBefore
        ? deletedBefore
        : Math.max(deletedBefore, rangeTombstones.newestOver(key, offset, length, snapshot));
  }

  /**
   * Looks up the keys that are pending, as {@link #find} does; those that are pending still when
   * this returns are absent.
   */
  public void get(KeyBatch keys, TableLookups lookups) {
    TableMeta[] newest = levels.array(0);
    for (int i = 0; i < newest.length; i++) {
      for (int pending = 0; pending < lookups.pending(); pending++) {
        choose(keys, lookups, pending, newest[i], readers[0][i]);
      }
      lookups.run();
    }
    for (int level = 1; level < Levels.COUNT; level++) {
      TableMeta[] tables = levels.array(level);
      if (tables.length == 0) {
        continue;
      }
      for (int pending = 0; pending < lookups.pending(); pending++) {
        int key = lookups.key(pending);
        int at = levels.firstEndingBehind(level, keys.bytes(), keys.offset(key), keys.length(key));
        if (at < tables.length) {
          choose(keys, lookups, pending, tables[at], readers[level][at]);
        }
      }
      lookups.run();
    }
  }

  private static void choose(
      KeyBatch keys, TableLookups lookups, int pending, TableMeta table, TableReader reader) {
    int key = lookups.key(pending);
    if (table.largestSequence() >= lookups.newestTombstone(key)
        && table.spans(keys.bytes(), keys.offset(key), keys.length(key))) {
      lookups.choose(key, reader);
    }
  }

  /** Puts the values of what was found apart, after {@link #get(KeyBatch, TableLookups)}. */
  public void resolve(KeyBatch keys, boolean mayRead, boolean headOnly, Lookups out) {
    for (int i = 0; i < keys.size(); i++) {
      EntryReference entry = out.entry(i);
      if (out.answer(i) != EntryReference.FOUND || isThere(entry, headOnly)) {
        continue;
      }
      if (BlobReference.valueLength(entry.valueSegment(), entry.valueOffset()) > MOST_TOGETHER) {
        entry.release();
        out.answer(i, EntryReference.ALONE);
      } else {
        out.answer(i, resolve(keys.bytes(), keys.offset(i), keys.length(i), mayRead, true, entry));
      }
    }
  }

  private static int live(long newestTombstone, EntryReference out) {
    if (EntryKind.isPut(out.kind()) && out.sequence() >= newestTombstone) {
      return EntryReference.FOUND;
    }
    out.release();
    return EntryReference.ABSENT;
  }

  /**
   * Whether a value that may lie apart can be read by what stands in its place: a reference that
   * was found in an earlier version may be to a file that is gone from this one.
   */
  public boolean leadsTo(EntryReference entry) {
    return !EntryKind.isApart(entry.kind())
        || blobAt(entry.valueSegment(), entry.valueOffset()) >= 0;
  }

  private int blobAt(MemorySegment reference, long at) {
    return levels.blobs().indexOf(BlobReference.blob(reference, at));
  }

  /**
   * Puts the value in the place of a reference to it that {@link #find} gave, or that {@linkplain
   * #leadsTo leads to it}.
   *
   * @param headOnly whether the value's head will do, where there is one
   * @return {@link EntryReference#FOUND}, or {@link EntryReference#NEEDS_READ}
   */
  public int complete(
      byte[] key, int offset, int length, boolean mayRead, boolean headOnly, EntryReference out) {
    return isThere(out, headOnly)
        ? EntryReference.FOUND
        : resolve(key, offset, length, mayRead, true, out);
  }

  @Override
  public long touch(MemorySegment reference, long at) {
    int blob = blobAt(reference, at);
    return blob < 0 ? 0 : blobs[blob].touch(reference, at);
  }

  @Override
  public long touch(MemorySegment reference, long at, int place) {
    int blob = blobAt(reference, at);
    return blob < 0 ? 0 : blobs[blob].touch(reference, at, place);
  }

  /** Whether what is wanted of a value needn't be looked for in a blob file. */
  private static boolean isThere(EntryReference entry, boolean headOnly) {
    return !EntryKind.isApart(entry.kind()) || (headOnly && entry.headLength() > 0);
  }

  /** Reads past the block cache, though what it holds is used: for walks over many values. */
  @Override
  public boolean read(byte[] key, int offset, int length, boolean mayRead, EntryReference entry) {
    return resolve(key, offset, length, mayRead, false, entry) == EntryReference.FOUND;
  }

  /**
   * Hands on a part of a value that lies apart, see {@link dev.varve.storage.ReadView#readPart}.
   *
   * @param entry the reference to it, which stays the caller's
   * @return {@link EntryReference#FOUND}, or {@link EntryReference#NEEDS_READ}
   */
  public int readPart(
      byte[] key,
      int offset,
      int length,
      boolean mayRead,
      EntryReference entry,
      int from,
      int count,
      PartVisitor to) {
    MemorySegment reference = entry.valueSegment();
    long at = entry.valueOffset();
    BlobReader blob = blobs[blobAt(reference, at)];
    Block value = blob.cachedValue(key, offset, length, reference, at, true);
    if (value == null && !mayRead) {
      return EntryReference.NEEDS_READ;
    }
    if (value == null && blob.readPart(key, offset, length, reference, at, from, count, to)) {
      return EntryReference.FOUND;
    }
    if (value == null) {
      value = blob.readValue(key, offset, length, reference, at, true);
    }
    try {
      to.piece(value.memory(), from, count);
    } finally {
      value.unpin();
    }
    return EntryReference.FOUND;
  }

  /** Puts the value in the place of the reference to it, if that may be. */
  private int resolve(
      byte[] key, int offset, int length, boolean mayRead, boolean share, EntryReference out) {
    Block value = null;
    byte kind = out.kind();
    long sequence = out.sequence();
    int valueLength = BlobReference.valueLength(out.valueSegment(), out.valueOffset());
    try {
      MemorySegment reference = out.valueSegment();
      long at = out.valueOffset();
      BlobReader blob = blobs[blobAt(reference, at)];
      value = blob.cachedValue(key, offset, length, reference, at, share);
      if (value == null && mayRead) {
        value = blob.readValue(key, offset, length, reference, at, share);
      }
    } finally {
      out.release();
    }
    if (value == null) {
      return EntryReference.NEEDS_READ;
    }
    out.resolve(kind, sequence, value.memory(), valueLength, value);
    return EntryReference.FOUND;
  }

  /**
   * Whether some table from a depth on may hold an entry of the key. Never wrongly false. Reads
   * memory only: bounds and filters.
   */
  public boolean mayContain(Depth from, byte[] key, int offset, int length) {
    for (int level = from.level(); level < Levels.COUNT; level++) {
      TableMeta[] tables = levels.array(level);
      int first = level == 0 ? from.table() : levels.firstEndingBehind(level, key, offset, length);
      int end = level == 0 ? tables.length : Math.min(first + 1, tables.length);
      for (int at = first; at < end; at++) {
        if (tables[at].spans(key, offset, length)
            && readers[level][at].mayContain(key, offset, length)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Up to which sequence number nothing that lives is in tables between two bounds; negative: there
   * may be something. What was found out is kept, for a few of those that are asked about.
   *
   * @param least a smaller number is of no use; no greater than {@link #flushedUpTo}
   * @param mayRead whether the disk may be read; if not, the answer may be negative for that alone
   */
  public long nothingUpTo(byte[] lower, byte[] upper, long least, boolean mayRead) {
    long known = empty.upTo(lower, upper, flushedUpTo);
    if (known >= least) {
      return known;
    }
    int place = Arrays.hashCode(lower) & (KEPT_RANGES - 1);
    TableRange there = occupied.get(place);
    if (there != null && there.upTo() <= least && there.isBetween(lower, upper)) {
      return -1;
    }
    try (EntryCursor all = new MergingCursor(cursorsOfOlder(lower, upper, least))) {
      all.mayRead(mayRead);
      all.seek(lower, 0, lower.length, Long.MAX_VALUE);
      if (all.needsRead()) {
        return -1;
      }
      if (all.isValid()
          && Arrays.compareUnsigned(all.key(), 0, all.keyLength(), upper, 0, upper.length) < 0) {
        occupied.set(place, new TableRange(lower, upper, least, flushedUpTo));
        return -1;
      }
    }
    empty.add(new TableRange(lower, upper, least, flushedUpTo));
    return least;
  }

  /** A cursor of each table that reaches into a range and isn't newer than a sequence number. */
  private List<EntryCursor> cursorsOfOlder(byte[] lower, byte[] upper, long sequence) {
    List<EntryCursor> cursors = new ArrayList<>();
    for (int level = 0; level < Levels.COUNT; level++) {
      TableMeta[] tables = levels.array(level);
      int first = level == 0 ? 0 : levels.firstEndingBehind(level, lower, 0, lower.length);
      for (int i = first; i < tables.length; i++) {
        if (tables[i].reachesInto(lower, upper)) {
          if (tables[i].smallestSequence() <= sequence) {
            cursors.add(readers[level][i].cursor(true));
          }
        } else if (level > 0) {
          break;
        }
      }
    }
    return cursors;
  }

  /**
   * Cursors over all entries of the tables that may hold a key between two bounds, from the newest
   * source to the oldest: one for each table of level 0 and one for each level below. The version
   * must stay retained until they are closed; closing them is the caller's.
   *
   * @param lower least key wanted, or null
   * @param upper least key after those wanted, or null
   * @param to the cursors are added here; blocks that they read stay in the block cache
   */
  public void addCursors(byte[] lower, byte[] upper, List<EntryCursor> to) {
    for (int level = 0; level < Levels.COUNT; level++) {
      TableReader[] tables = readers[level];
      TableMeta[] metas = levels.array(level);
      int from = 0;
      int end = tables.length;
      if (level > 0) {
        from = lower == null ? 0 : levels.firstEndingBehind(level, lower, 0, lower.length);
        end = from;
        while (end < tables.length && end < from + 2 && metas[end].reachesInto(lower, upper)) {
          end++;
        }
        if (end == from + 2) {
          to.add(new LevelCursor(tables, levels.ends(level), new boolean[tables.length], true));
          continue;
        }
      }
      for (int i = from; i < end; i++) {
        if (metas[i].reachesInto(lower, upper)) {
          to.add(tables[i].cursor(true));
        }
      }
    }
  }

  /**
   * Has tables name keys between two bounds among which their entries lie about evenly. Reads
   * nothing.
   *
   * @param most about how many keys are named at most, but for one of each table
   */
  public void spread(byte[] lower, byte[] upper, int most, KeySpread to) {
    int tables = 0;
    for (int level = 0; level < Levels.COUNT; level++) {
      for (TableMeta table : levels.array(level)) {
        tables += table.reachesInto(lower, upper) ? 1 : 0;
      }
    }
    int each = Math.max(1, most / Math.max(1, tables));
    for (int level = 0; level < Levels.COUNT; level++) {
      TableMeta[] among = levels.array(level);
      for (int i = 0; i < among.length; i++) {
        if (among[i].reachesInto(lower, upper)) {
          readers[level][i].spread(among[i].begin(), lower, upper, each, to);
        }
      }
    }
  }

  /**
   * As {@link #addCursors}, over all of some tables of one level, in the level's order.
   *
   * <p>Those of settled tables show no entry as blind.
   *
   * @param fillCache whether blocks that are read stay in the block cache
   */
  public List<EntryCursor> cursors(int level, List<TableMeta> tables, boolean fillCache) {
    TableReader[] chosen = new TableReader[tables.size()];
    byte[][] chosenEnds = new byte[chosen.length][];
    boolean[] settled = new boolean[chosen.length];
    for (int i = 0; i < chosen.length; i++) {
      int at = position(level, tables.get(i));
      chosen[i] = readers[level][at];
      chosenEnds[i] = tables.get(i).end();
      settled[i] = levels.array(level)[at].settled();
    }
    List<EntryCursor> cursors = new ArrayList<>();
    if (level > 0 && chosen.length > 1) {
      cursors.add(new LevelCursor(chosen, chosenEnds, settled, fillCache));
    } else {
      for (int i = 0; i < chosen.length; i++) {
        cursors.add(chosen[i].cursor(fillCache, settled[i]));
      }
    }
    return cursors;
  }

  /**
   * Lookups of ascending keys in some tables of one level that don't overlap, in the level's order.
   * The version must stay retained until they are closed.
   *
   * @param filtered whether filters are asked first, which pays where most keys are absent
   */
  public LevelLookup lookup(int level, List<TableMeta> tables, boolean filtered) {
    TableReader[] chosen =
        tables.stream().map(table -> reader(level, table)).toArray(TableReader[]::new);
    return new LevelLookup(chosen, tables, filtered);
  }

  private int position(int level, TableMeta table) {
    int at = levels.tables(level).indexOf(table);
    if (at < 0) {
      throw new IllegalArgumentException(
          "table " + table.number() + " is not in level " + level + " of this version");
    }
    return at;
  }

  private TableReader reader(int level, TableMeta table) {
    return readers[level][position(level, table)];
  }

  /** Hands over each table with what the manifest says of it. */
  public void forEachTable(BiConsumer<TableMeta, TableReader> to) {
    for (int level = 0; level < Levels.COUNT; level++) {
      for (int i = 0; i < readers[level].length; i++) {
        to.accept(levels.array(level)[i], readers[level][i]);
      }
    }
  }

  /** Hands over each blob file with what the manifest says of it. */
  public void forEachBlob(BiConsumer<BlobMeta, BlobReader> to) {
    for (int i = 0; i < blobs.length; i++) {
      to.accept(levels.blobs().all().get(i).meta(), blobs[i]);
    }
  }

  /** The range tombstones of all tables. */
  public TableTombstones rangeTombstones() {
    return rangeTombstones;
  }

  /** What merges may leave out, as nothing can reach it. */
  public AbandonedRanges abandoned() {
    return abandoned.ranges();
  }

  /** The stamp of the newest abandoned range, be it forgotten again or not. */
  public long stamp() {
    return stamp;
  }

  /** What is deleted or abandoned at once. */
  public DeletedRanges deleted() {
    return new Deleted();
  }

  private final class Deleted implements DeletedRanges {
    @Override
    public boolean cover(byte[] begin, byte[] end, LongPredicate wanted) {
      return rangeTombstones.covers(begin, end, wanted);
    }

    @Override
    public boolean isAbandoned(TableMeta table) {
      return abandoned.isAll(table);
    }

    @Override
    public boolean isAnyAbandoned(TableMeta table, long upTo) {
      return abandoned.isAny(table, upTo);
    }

    @Override
    public long abandonedBytes(TableMeta table) {
      return abandoned.bytes(table);
    }
  }

  /** The range tombstones of one table. */
  public RangeTombstoneIndex rangeTombstones(int level, TableMeta table) {
    return table.rangeTombstones() == 0
        ? RangeTombstoneIndex.EMPTY
        : reader(level, table).rangeTombstones();
  }

  /**
   * Has {@code unused} called for the file of each table and blob file that {@code next} doesn't
   * have, once it is let go of. Call while a reference is held.
   */
  void whenReleased(Version next, Path directory, Consumer<Path> unused) {
    Set<Long> kept = next.levels.numbers();
    for (TableReader[] level : readers) {
      for (TableReader table : level) {
        if (!kept.contains(table.number())) {
          Path file = FileNames.table(directory, table.number());
          table.whenReleased(() -> unused.accept(file));
        }
      }
    }
    for (BlobReader blob : blobs) {
      long number = blob.meta().number();
      if (next.levels.blobs().indexOf(number) < 0) {
        Path file = FileNames.blob(directory, number);
        blob.whenReleased(() -> unused.accept(file));
      }
    }
  }

  /** The tables of each level. */
  public Levels levels() {
    return levels;
  }

  /** The live count of a group as far as tables tell, short by what blind entries owe. */
  public long liveCount(long group) {
    return counts.of(group);
  }

  /** Whether a repair, or what was ingested, has left the live counts unknown. */
  public boolean areCountsOpen() {
    return countsOpen;
  }

  /** Entries in tables whose debt to a count is open. */
  public long openEntries() {
    return openEntries;
  }

  /** The most by which tables leave the count of keys between two bounds uncertain. */
  public long openEntries(byte[] lower, byte[] upper) {
    long open = 0;
    for (int level = 0; level < Levels.COUNT; level++) {
      for (TableMeta table : levels.array(level)) {
        if (table.reachesInto(lower, upper)) {
          open += countsOpen ? table.entries() : table.openEntries();
        }
      }
    }
    return open;
  }

  /** Every group that has a count, with it. */
  public CountChanges counts() {
    CountChanges all = new CountChanges();
    counts.addTo(all);
    return all;
  }

  /** The sum of a figure of all tables. */
  public long sumOfTables(ToLongFunction<TableReader> figure) {
    long sum = 0;
    for (TableReader[] level : readers) {
      for (TableReader reader : level) {
        sum += figure.applyAsLong(reader);
      }
    }
    return sum;
  }

  /**
   * Has filters in memory as far as they fit beside the indexes: those of the upper levels first,
   * so that those of the last one yield first. They are the largest and each spares the fewest
   * reads. Where a filter isn't in memory, lookups of absent keys read a block. One thread at a
   * time; the version is retained.
   *
   * @param limit bytes for filters and indexes of this version's tables
   * @param readBytes after so many bytes of filters none is read any more
   * @return whether all that fit are there; if not, calling again goes on
   * @throws StorageException if filters that fit can't be read; all others that fit are there
   */
  public boolean fitFilters(long limit, long readBytes) {
    long left =
        limit
            - abandoned.ranges().memoryBytes()
            - sumOfTables(table -> table.memoryBytes() - table.filterBytes());
    List<TableReader> fitting = new ArrayList<>();
    for (TableReader[] level : readers) {
      for (TableReader reader : level) {
        if (reader.fullFilterBytes() <= left) {
          left -= reader.fullFilterBytes();
          fitting.add(reader);
        } else {
          reader.dropFilter();
        }
      }
    }
    return loadFilters(fitting, readBytes);
  }

  private static boolean loadFilters(List<TableReader> tables, long readBytes) {
    StorageException first = null;
    long read = 0;
    for (TableReader table : tables) {
      if (table.filterBytes() == 0) {
        if (read >= readBytes) {
          return false;
        }
        try {
          table.loadFilter();
          read += table.filterBytes();
        } catch (StorageException e) {
          first = first == null ? e : first;
        }
      }
    }
    if (first != null) {
      throw first;
    }
    return true;
  }

  /** Sequence number up to which tables hold everything. */
  public long flushedUpTo() {
    return flushedUpTo;
  }

  /** The writer's time when the last of what is flushed was written, in milliseconds. */
  public long lastTimeMillis() {
    return lastTimeMillis;
  }

  /** No file of this number or a greater one was in use when this version was made. */
  public long nextFileNumber() {
    return nextFileNumber;
  }

  /** All that this version is, as an edit of the empty one. */
  VersionEdit asEdit() {
    VersionEdit edit = new VersionEdit();
    EditSum.addTo(edit, levels, counts);
    if (countsOpen) {
      edit.countsOpen();
    }
    if (stamp > 0) {
      edit.abandon(abandoned.ranges()).stamp(stamp);
    }
    return edit.flushedUpTo(flushedUpTo)
        .lastTimeMillis(lastTimeMillis)
        .nextFileNumber(nextFileNumber);
  }
}

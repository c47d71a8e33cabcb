package dev.varve.storage.compaction;

import static dev.varve.storage.compaction.TreeModel.bytes;
import static dev.varve.storage.compaction.TreeModel.text;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.storage.Cursor;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.base.RangeTombstones;
import dev.varve.storage.base.Snapshots;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.flush.FlushJob;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.iterator.MergingCursor;
import dev.varve.storage.iterator.PassedEntries;
import dev.varve.storage.iterator.VisibleCursor;
import dev.varve.storage.latency.Latencies;
import dev.varve.storage.manifest.FileNumbers;
import dev.varve.storage.manifest.Manifest;
import dev.varve.storage.manifest.TableFiles;
import dev.varve.storage.manifest.TableSource;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.manifest.VersionEdit;
import dev.varve.storage.memtable.Memtable;
import dev.varve.storage.memtable.SlabPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Memtables over a version, as an engine has them, without log and threads. */
final class TestTree implements AutoCloseable {
  final FileSystem fileSystem;
  final Path directory;
  final StorageOptions options;
  final SlabPool slabs;
  final TreeModel model = new TreeModel();
  final List<Long> snapshots = new ArrayList<>();
  final CompactionPicker picker;

  /** From the newest to the oldest; the first is written to. */
  private final List<Memtable> memtables = new ArrayList<>();

  private BlockCache cache = new BlockCache(1 << 20);
  private FileNumbers numbers = new FileNumbers();
  private Manifest manifest;
  long sequence;

  TestTree(FileSystem fileSystem, Path directory, StorageOptions options, SlabPool slabs)
      throws IOException {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.options = options;
    this.slabs = slabs;
    picker = CompactionPicker.of(options);
    fileSystem.createDirectories(directory);
    manifest = openManifest();
    memtables.add(new Memtable(slabs, 7));
  }

  private Manifest openManifest() {
    return Manifest.open(
        fileSystem,
        directory,
        numbers,
        new TableSource(fileSystem, directory, cache),
        this::delete);
  }

  private void delete(Path file) {
    try {
      fileSystem.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Version version() {
    return manifest.current();
  }

  Snapshots liveSnapshots() {
    return new Snapshots(snapshots.stream().mapToLong(Long::longValue).toArray());
  }

  TableFiles files() {
    return new TableFiles(fileSystem, directory, options, numbers);
  }

  // Writes. The writer of a counted key either knows whether it lives, or writes blindly.

  void put(String key, String value, boolean blind) {
    long group = TreeModel.GROUPS.groupOf(bytes(key), 0, key.length());
    if (group >= 0 && !blind && !model.lives(key)) {
      memtables.getFirst().counts().add(group, 1);
    }
    write(group >= 0 && blind ? EntryKind.PUT_BLIND : EntryKind.PUT, key, value);
    model.put(sequence, key, value);
  }

  void delete(String key) {
    long group = TreeModel.GROUPS.groupOf(bytes(key), 0, key.length());
    if (group >= 0 && model.lives(key)) {
      memtables.getFirst().counts().add(group, -1);
    }
    write(EntryKind.DELETE, key, "");
    model.delete(sequence, key);
  }

  private void write(byte kind, String key, String value) {
    memtables
        .getFirst()
        .add(kind, ++sequence, bytes(key + value), 0, key.length(), key.length(), value.length());
  }

  void deleteRange(String begin, String end) {
    memtables.getFirst().addRange(new RangeTombstone(bytes(begin), bytes(end), ++sequence));
    model.deleteRange(sequence, begin, end);
  }

  void forget(long group) {
    memtables.getFirst().forget(group);
    deleteRange(TreeModel.prefix(group), TreeModel.prefix(group + 1));
  }

  // Background work.

  void freeze() {
    if (memtables.getFirst().entries() > 0) {
      memtables.getFirst().freeze();
      memtables.addFirst(new Memtable(slabs, 7));
    }
  }

  int frozen() {
    return memtables.size() - 1;
  }

  /** Flushes the oldest frozen memtables. */
  void flush(int count) {
    List<Memtable> oldestFirst = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      oldestFirst.add(memtables.get(memtables.size() - 1 - i));
    }
    VersionEdit edit =
        new FlushJob(
                oldestFirst,
                version(),
                liveSnapshots(),
                TreeModel.GROUPS,
                files(),
                1_000 + sequence,
                written -> written % 3 == 0)
            .run();
    manifest.commit(edit);
    for (Memtable memtable : oldestFirst) {
      memtables.removeLast();
      memtable.release();
    }
  }

  void flushAll() {
    freeze();
    if (frozen() > 0) {
      flush(frozen());
    }
  }

  CompactionPlan pick() {
    return picker.pick(version().levels(), version().deleted(), liveSnapshots(), List.of());
  }

  void compact(CompactionPlan plan) {
    compact(plan, liveSnapshots());
  }

  void compact(CompactionPlan plan, Snapshots keep) {
    manifest.commit(job(plan, keep, Pacer.NONE, () -> false).run());
  }

  CompactionJob job(
      CompactionPlan plan,
      Snapshots keep,
      Pacer pacer,
      java.util.function.BooleanSupplier cancelled) {
    return new CompactionJob(
        plan, version(), keep, TreeModel.GROUPS, files(), options.tableBytes(), pacer, cancelled);
  }

  void compactAll() {
    ManualCompaction wish = new ManualCompaction(sequence, numbers.peek() - 1);
    CompactionPlan plan = picker.pick(version().levels(), version().deleted(), wish, List.of());
    while (plan != null) {
      compact(plan);
      plan = picker.pick(version().levels(), version().deleted(), wish, List.of());
    }
  }

  /** Closes and opens what is on the disk; memtables stay. */
  void reopen() {
    VersionSummary before = VersionSummary.of(version());
    manifest.close();
    cache.close();
    cache = new BlockCache(1 << 20);
    numbers = new FileNumbers();
    manifest = openManifest();
    assertEquals(before, VersionSummary.of(version()));
  }

  /** What must survive. */
  private record VersionSummary(List<Object> tables, long flushedUpTo, long time, long blind) {
    static VersionSummary of(Version version) {
      List<Object> tables = new ArrayList<>();
      for (int level = 0; level < 7; level++) {
        tables.add(version.levels().tables(level));
      }
      return new VersionSummary(
          tables, version.flushedUpTo(), version.lastTimeMillis(), version.openEntries());
    }
  }

  // Reads.

  List<EntryCursor> cursors(long snapshot) {
    List<EntryCursor> cursors = new ArrayList<>();
    memtables.forEach(memtable -> cursors.add(memtable.cursor(snapshot)));
    version().addCursors(null, null, cursors);
    return cursors;
  }

  List<RangeTombstones> tombstones() {
    List<RangeTombstones> indexes = new ArrayList<>();
    memtables.forEach(memtable -> indexes.add(memtable.rangeTombstones()));
    indexes.add(version().rangeTombstones());
    return indexes;
  }

  NavigableMap<String, String> scan(long snapshot) {
    NavigableMap<String, String> seen = new TreeMap<>();
    try (Cursor cursor =
        new VisibleCursor(
            cursors(snapshot),
            version(),
            tombstones(),
            snapshot,
            null,
            null,
            Latencies.NONE,
            PassedEntries.IGNORED)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        String value = value(cursor.valueSegment(), cursor.valueOffset(), cursor.valueLength());
        seen.put(text(cursor.key(), cursor.keyLength()), value);
      }
    }
    return seen;
  }

  NavigableMap<String, String> scanBackward(long snapshot) {
    NavigableMap<String, String> seen = new TreeMap<>();
    try (Cursor cursor =
        new VisibleCursor(
            cursors(snapshot),
            version(),
            tombstones(),
            snapshot,
            null,
            null,
            Latencies.NONE,
            PassedEntries.IGNORED)) {
      for (cursor.seekToLast(); cursor.isValid(); cursor.previous()) {
        String value = value(cursor.valueSegment(), cursor.valueOffset(), cursor.valueLength());
        seen.put(text(cursor.key(), cursor.keyLength()), value);
      }
    }
    return seen;
  }

  private static String value(MemorySegment segment, long offset, int length) {
    byte[] bytes = new byte[length];
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
    return text(bytes, length);
  }

  String get(String key, long snapshot) {
    EntryReference out = new EntryReference();
    byte[] bytes = bytes(key);
    long deletedBefore = 0;
    for (Memtable memtable : memtables) {
      deletedBefore =
          Math.max(
              deletedBefore,
              memtable.rangeTombstones().newestOver(bytes, 0, bytes.length, snapshot));
      if (memtable.get(bytes, 0, bytes.length, snapshot, out) == EntryReference.FOUND) {
        boolean lives = EntryKind.isPut(out.kind()) && out.sequence() > deletedBefore;
        String value = value(out.valueSegment(), out.valueOffset(), out.valueLength());
        out.release();
        return lives ? value : null;
      }
    }
    long newest = version().newestTombstone(bytes, 0, bytes.length, snapshot, deletedBefore);
    int answer = version().find(bytes, 0, bytes.length, snapshot, newest, true, out);
    if (answer == EntryReference.FOUND) {
      answer = version().complete(bytes, 0, bytes.length, true, false, out);
    }
    if (answer != EntryReference.FOUND) {
      assertEquals(EntryReference.ABSENT, answer);
      return null;
    }
    String value = value(out.valueSegment(), out.valueOffset(), out.valueLength());
    out.release();
    return value;
  }

  /** What counts tell, and what every blind entry owes, found by looking at all entries. */
  Map<Long, Long> countsWithDebts(int groups) {
    Map<Long, Long> counts = new HashMap<>();
    for (long group = 0; group < groups; group++) {
      long count = version().liveCount(group);
      for (int i = memtables.size() - 1; i >= 0; i--) {
        count = memtables.get(i).counts().apply(group, count);
      }
      counts.put(group, count);
    }
    addDebts(counts);
    return counts;
  }

  private void addDebts(Map<Long, Long> counts) {
    List<EntryCursor> all = new ArrayList<>();
    memtables.forEach(memtable -> all.add(memtable.versions()));
    version().addCursors(null, null, all);
    String newerKey = null;
    long newerSequence = 0;
    long owing = -1;
    try (EntryCursor entries = new MergingCursor(all)) {
      for (entries.seekToFirst(); entries.isValid(); entries.next()) {
        String key = text(entries.key(), entries.keyLength());
        if (owing >= 0) {
          boolean livesBeneath =
              key.equals(newerKey)
                  && EntryKind.isPut(entries.kind())
                  && newestOver(key, newerSequence - 1) <= entries.sequence();
          counts.merge(owing, livesBeneath ? 0L : 1L, Long::sum);
        }
        boolean blind =
            EntryKind.isBlind(entries.kind())
                && newestOver(key, Long.MAX_VALUE) <= entries.sequence();
        newerKey = key;
        newerSequence = entries.sequence();
        owing = blind ? TreeModel.GROUPS.groupOf(entries.key(), 0, entries.keyLength()) : -1;
      }
    }
    if (owing >= 0) {
      counts.merge(owing, 1L, Long::sum);
    }
  }

  private long newestOver(String key, long snapshot) {
    byte[] bytes = bytes(key);
    return tombstones().stream()
        .mapToLong(index -> index.newestOver(bytes, 0, bytes.length, snapshot))
        .max()
        .orElse(0);
  }

  long blindEntries() {
    return version().openEntries() + memtables.stream().mapToLong(Memtable::blindEntries).sum();
  }

  @Override
  public void close() {
    manifest.close();
    memtables.forEach(Memtable::release);
    cache.close();
  }
}

package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.varve.storage.Compression;
import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * A database of a few kilobytes with files of every kind: tables in several levels, blob files,
 * point and range tombstones, a log that holds more than the tables do.
 */
final class SmallDatabase {
  static final Path DIRECTORY = Path.of("/db");
  static final int KEYS = 70;

  static final StorageOptions OPTIONS =
      StorageOptions.builder()
          .memtableBytes(4096)
          .memtableEntries(24)
          .maxMemtables(2)
          .logSegmentBytes(32768)
          .blockBytes(256)
          .compression(Compression.NONE)
          .bottomCompression(Compression.LZ4)
          .tableBytes(4096)
          .level0Tables(2)
          .level0Stall(8)
          .levelSizeRatio(2)
          .levelBaseBytes(4096)
          .blobThreshold(64)
          .blockCacheBytes(0)
          .keyGroups((key, offset, length) -> key[offset])
          .build();

  final SimulatedFileSystem files = new SimulatedFileSystem();
  final Map<String, String> expected = new TreeMap<>();

  /** Every value that a key ever had. */
  final Map<String, Set<String>> history = new TreeMap<>();

  private final Random random;
  private SteppedScheduler scheduler;
  StorageEngine engine;

  /** Every seed gives other values under the same keys, in the same steps. */
  SmallDatabase(long seed) {
    random = new Random(seed);
    open();
  }

  void open() {
    scheduler = new SteppedScheduler(new Random(1));
    engine = open(files, scheduler);
  }

  static StorageEngine open(FileSystem files, Scheduler scheduler) {
    return LsmEngine.open(
        DIRECTORY,
        OPTIONS,
        new EngineEnvironment(files, () -> 1_000_000, scheduler, new Random(7)));
  }

  /** Tables in two levels below 0, two in level 0 that may overlap, and a log with more. */
  SmallDatabase fill() {
    putAll("a", 0, KEYS);
    settle();
    ((LsmEngine) engine).requestCompaction();
    scheduler.drain();
    putAll("b", 0, 20);
    deleteRange(5, 9);
    settle();
    putAll("c", 15, 30);
    delete(20);
    deleteRange(40, 43);
    flush();
    putAll("d", 28, 34);
    deleteRange(60, 62);
    return this;
  }

  String putAll(String prefix, int from, int to) {
    for (int i = from; i < to; i++) {
      String large = i % 3 == 0 ? "=".repeat(50 + i) : "";
      put(key(i), prefix + Long.toHexString(random.nextLong()) + "-".repeat(i % 5) + large);
    }
    return prefix;
  }

  static String key(int number) {
    return String.format("k%03d", number);
  }

  private void put(String key, String value) {
    WriteBatch batch = new WriteBatch();
    batch.put(key.getBytes(ISO_8859_1), value.getBytes(ISO_8859_1));
    commit(batch);
    expected.put(key, value);
    history.computeIfAbsent(key, absent -> new HashSet<>()).add(value);
  }

  void delete(int number) {
    WriteBatch batch = new WriteBatch();
    batch.delete(key(number).getBytes(ISO_8859_1));
    commit(batch);
    expected.remove(key(number));
  }

  void deleteRange(int from, int to) {
    WriteBatch batch = new WriteBatch();
    batch.deleteRange(key(from).getBytes(ISO_8859_1), key(to).getBytes(ISO_8859_1));
    commit(batch);
    for (int i = from; i < to; i++) {
      expected.remove(key(i));
    }
  }

  private void commit(WriteBatch batch) {
    while (!engine.isWritable(batch)) {
      scheduler.stepOrWait();
    }
    engine.commit(batch, SyncPolicy.ALWAYS);
  }

  /** Flushes without compacting. */
  void flush() {
    engine.freeze();
    engine.publish(engine.writtenSequence());
    scheduler.drain(Scheduler.Lane.FLUSH);
  }

  /** Flushes and compacts as is due. */
  void settle() {
    engine.freeze();
    scheduler.drain();
  }

  /** Does what is due. */
  void drain() {
    scheduler.drain();
  }

  SmallDatabase close() {
    engine.close();
    return this;
  }

  /** Everything that can be read from the database on some disk, by every way of reading. */
  static Map<String, String> readAll(FileSystem files) {
    try (StorageEngine engine = open(files, new SteppedScheduler(new Random(1)));
        ReadView view = engine.view()) {
      Map<String, String> seen = new TreeMap<>();
      Map<String, String> backward = new TreeMap<>();
      try (Cursor cursor = view.cursor(null, null)) {
        for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
          seen.put(key(cursor), value(cursor));
        }
        for (cursor.seekToLast(); cursor.isValid(); cursor.previous()) {
          backward.put(key(cursor), value(cursor));
        }
      }
      for (int i = 0; i < KEYS + 2; i++) {
        byte[] value = view.get(key(i).getBytes(ISO_8859_1));
        String text = value == null ? null : new String(value, ISO_8859_1);
        if (text == null ? seen.containsKey(key(i)) : !text.equals(seen.get(key(i)))) {
          throw new AssertionError("a walk finds " + seen.get(key(i)) + ", a lookup " + text);
        }
      }
      if (!backward.equals(seen)) {
        throw new AssertionError("forward " + seen + ", backward " + backward);
      }
      return seen;
    }
  }

  private static String key(Cursor cursor) {
    return new String(cursor.key(), 0, cursor.keyLength(), ISO_8859_1);
  }

  private static String value(Cursor cursor) {
    byte[] value = new byte[cursor.valueLength()];
    MemorySegment.copy(
        cursor.valueSegment(), ValueLayout.JAVA_BYTE, cursor.valueOffset(), value, 0, value.length);
    return new String(value, ISO_8859_1);
  }

  static byte[] read(FileSystem files, String name) throws IOException {
    try (ReadableFile file = files.openForRead(DIRECTORY.resolve(name))) {
      byte[] bytes = new byte[(int) file.size()];
      file.read(ByteBuffer.wrap(bytes), 0);
      return bytes;
    }
  }

  static void write(FileSystem files, String name, byte[] bytes) throws IOException {
    Path path = DIRECTORY.resolve(name);
    if (files.exists(path)) {
      files.delete(path);
    }
    try (WritableFile file = files.create(path)) {
      file.write(ByteBuffer.wrap(bytes), 0);
      file.sync();
    }
    files.syncDirectory(DIRECTORY);
  }
}

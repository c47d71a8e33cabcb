package dev.varve.storage.sstable;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Seeds;
import dev.varve.storage.StorageStatistics.Operation;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.latency.Latencies;
import dev.varve.storage.sstable.Tables.Content;
import dev.varve.storage.sstable.Tables.EntryId;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Tables against a sorted map, over key shapes, block sizes, codecs and restart intervals. */
class TableModelTest {
  private static final Path PATH = Path.of("/data/000007.sst");

  private interface Check {
    void run(Random random, NavigableMap<EntryId, Content> model, TableReader table)
        throws Exception;
  }

  private static void withRandomTables(int rounds, Check check) {
    Seeds.forEach(
        rounds,
        random -> {
          FileSystem fileSystem = new SimulatedFileSystem();
          fileSystem.createDirectories(PATH.getParent());
          NavigableMap<EntryId, Content> model = Tables.random(random, 1 + random.nextInt(1500));
          Tables.write(fileSystem, PATH, Tables.randomOptions(random), model);
          long capacity = random.nextInt(3) == 0 ? 0 : 1L << random.nextInt(12, 22);
          // With an index that stays in memory, or pages through a cache that may be too small.
          long tableMemory = random.nextBoolean() ? Long.MAX_VALUE : 0;
          try (BlockCache cache = new BlockCache(capacity, tableMemory)) {
            TableReader table = TableReader.open(fileSystem, PATH, 7, cache);
            if (random.nextBoolean()) {
              table.loadFilter();
            }
            check.run(random, model, table);
            table.release();
            assertEquals(0, cache.tableMemory().takenBytes());
          }
        });
  }

  @Test
  void findsTheNewestVersionThatASnapshotSees() {
    withRandomTables(
        150,
        (random, model, table) -> {
          EntryReference out = new EntryReference();
          List<EntryId> ids = new ArrayList<>(model.keySet());
          for (int i = 0; i < 1000; i++) {
            EntryId id = ids.get(random.nextInt(ids.size()));
            byte[] key = random.nextBoolean() ? id.key() : Tables.key(random, random.nextInt(4));
            long snapshot =
                random.nextInt(3) == 0 ? Long.MAX_VALUE : id.sequence() + random.nextInt(-2, 3);
            boolean mayRead = random.nextInt(4) != 0;
            Map.Entry<EntryId, Content> expected = model.ceilingEntry(new EntryId(key, snapshot));
            boolean exists = expected != null && Arrays.equals(expected.getKey().key(), key);
            int answer = table.get(key, 0, key.length, snapshot, mayRead, out);
            if (answer == EntryReference.NEEDS_READ) {
              assertFalse(mayRead);
              continue;
            }
            assertEquals(exists ? EntryReference.FOUND : EntryReference.ABSENT, answer);
            if (exists) {
              assertTrue(table.mayContain(key, 0, key.length));
              assertEquals(expected.getKey().sequence(), out.sequence());
              assertEquals(expected.getValue().kind(), out.kind());
              assertArrayEquals(
                  expected.getValue().value(),
                  bytes(out.valueSegment(), out.valueOffset(), out.valueLength()));
              out.release();
            }
          }
        });
  }

  @Test
  void walksInBothDirectionsFromAnywhere() {
    withRandomTables(
        150,
        (random, model, table) -> {
          try (EntryCursor cursor = table.cursor(random.nextBoolean())) {
            walkAtRandom(random, model, cursor);
          }
        });
  }

  private static void walkAtRandom(
      Random random, NavigableMap<EntryId, Content> model, EntryCursor cursor) {
    List<EntryId> ids = new ArrayList<>(model.keySet());
    Map.Entry<EntryId, Content> expected = null;
    for (int i = 0; i < 1500; i++) {
      int move = random.nextInt(12);
      if (move < 4 && expected != null) {
        cursor.next();
        expected = model.higherEntry(expected.getKey());
      } else if (move < 8 && expected != null) {
        cursor.previous();
        expected = model.lowerEntry(expected.getKey());
      } else if (move == 8) {
        cursor.seekToFirst();
        expected = model.firstEntry();
      } else if (move == 9) {
        cursor.seekToLast();
        expected = model.lastEntry();
      } else {
        EntryId id = ids.get(random.nextInt(ids.size()));
        byte[] key = random.nextBoolean() ? id.key() : Tables.key(random, random.nextInt(4));
        if (move == 10) {
          long sequence = id.sequence() + random.nextInt(-2, 3);
          cursor.seek(key, 0, key.length, sequence);
          expected = model.ceilingEntry(new EntryId(key, sequence));
        } else {
          cursor.seekBefore(key, 0, key.length);
          expected = model.lowerEntry(new EntryId(key, Long.MAX_VALUE));
        }
      }
      assertAt(expected, cursor);
    }
  }

  private static void assertAt(Map.Entry<EntryId, Content> expected, EntryCursor cursor) {
    assertEquals(expected != null, cursor.isValid());
    if (expected != null) {
      assertArrayEquals(expected.getKey().key(), Arrays.copyOf(cursor.key(), cursor.keyLength()));
      assertEquals(expected.getKey().sequence(), cursor.sequence());
      assertEquals(expected.getValue().kind(), cursor.kind());
      assertArrayEquals(
          expected.getValue().value(),
          bytes(cursor.valueSegment(), cursor.valueOffset(), cursor.valueLength()));
    }
  }

  @Test
  void readsAllForwardAndBackward() {
    withRandomTables(
        60,
        (random, model, table) -> {
          table.verify();
          try (EntryCursor cursor = table.cursor(random.nextBoolean())) {
            cursor.seekToFirst();
            for (Map.Entry<EntryId, Content> expected : model.entrySet()) {
              assertAt(expected, cursor);
              cursor.next();
            }
            assertFalse(cursor.isValid());
            cursor.seekToLast();
            for (Map.Entry<EntryId, Content> expected : model.descendingMap().entrySet()) {
              assertAt(expected, cursor);
              cursor.previous();
            }
            assertFalse(cursor.isValid());
          }
        });
  }

  @Test
  void anIndexThatMayNotStayIsReadThroughTheCache() throws Exception {
    FileSystem fileSystem = new SimulatedFileSystem();
    fileSystem.createDirectories(PATH.getParent());
    NavigableMap<EntryId, Content> model = Tables.random(new Random(1), 500);
    Tables.write(fileSystem, PATH, TableFormatOptions.DEFAULT.withBlockBytes(256), model);
    EntryId first = model.firstKey();
    byte[] key = first.key();
    EntryReference out = new EntryReference();
    long indexBytes;
    try (BlockCache cache = new BlockCache(1 << 20)) {
      TableReader table = TableReader.open(fileSystem, PATH, 7, cache);
      indexBytes = table.memoryBytes();
      table.release();
    }
    // Three quarters of the limit are for indexes: with one byte less it doesn't fit.
    long least = (indexBytes * 4 + 2) / 3;
    Latencies latencies = new Latencies(System::nanoTime);
    try (BlockCache cache = new BlockCache(1 << 20, least, 0, latencies)) {
      TableReader table = TableReader.open(fileSystem, PATH, 7, cache);
      assertEquals(indexBytes, table.memoryBytes());
      TableReader other = TableReader.open(fileSystem, PATH, 8, cache);
      assertEquals(0, other.memoryBytes());
      table.release();
      assertEquals(0, cache.tableMemory().takenBytes());
      assertEquals(
          EntryReference.NEEDS_READ, other.get(key, 0, key.length, first.sequence(), false, out));
      assertEquals(
          EntryReference.FOUND, other.get(key, 0, key.length, first.sequence(), true, out));
      out.release();
      assertEquals(2, cache.misses());
      long hits = cache.hits();
      assertEquals(
          EntryReference.FOUND, other.get(key, 0, key.length, first.sequence(), false, out));
      out.release();
      assertEquals(2, cache.misses());
      assertEquals(hits + 2, cache.hits());
      assertEquals(2, latencies.figures().get(Operation.READ).count());
      other.release();
    }
  }

  @Test
  void saysWhatIsInIt() throws Exception {
    FileSystem fileSystem = new SimulatedFileSystem();
    fileSystem.createDirectories(PATH.getParent());
    NavigableMap<EntryId, Content> model = Tables.random(new Random(1), 500);
    TableWriter writer = new TableWriter(fileSystem, PATH, TableFormatOptions.DEFAULT);
    Tables.addAll(writer, model);
    writer.addRangeTombstone(new RangeTombstone(new byte[] {1}, new byte[] {2, 3}, 1L << 55));
    writer.setCreationTime(1234);
    long estimate = writer.estimatedSize();
    TableProperties written = writer.finish();
    TableReader table = TableReader.open(fileSystem, PATH, 7, new BlockCache(0));
    TableProperties read = table.properties();
    assertArrayEquals(written.encode(), read.encode());
    assertEquals(model.size(), read.entries());
    assertEquals(
        model.values().stream().filter(each -> EntryKind.isPut(each.kind())).count(), read.puts());
    assertEquals(
        model.values().stream().filter(each -> EntryKind.isBlind(each.kind())).count(),
        read.blindEntries());
    assertArrayEquals(model.firstKey().key(), read.smallestKey());
    assertArrayEquals(model.lastKey().key(), read.largestKey());
    assertEquals(1L << 55, read.largestSequence());
    assertEquals(1234, read.creationTimeMillis());
    assertEquals(1, table.rangeTombstones().count());
    assertArrayEquals(new byte[] {2, 3}, table.rangeTombstones().toList().getFirst().end());
    assertTrue(Math.abs(estimate - table.fileBytes()) < 8192, estimate + " estimated");
    table.release();
  }

  @Test
  void holdsNothingButRangeTombstones() throws Exception {
    FileSystem fileSystem = new SimulatedFileSystem();
    fileSystem.createDirectories(PATH.getParent());
    TableWriter writer = new TableWriter(fileSystem, PATH, TableFormatOptions.DEFAULT);
    writer.addRangeTombstone(new RangeTombstone(new byte[0], new byte[] {1}, 5));
    writer.finish();
    TableReader table = TableReader.open(fileSystem, PATH, 7, new BlockCache(0));
    table.verify();
    assertEquals(1, table.rangeTombstones().count());
    assertFalse(table.mayContain(new byte[1], 0, 1));
    assertEquals(
        EntryReference.ABSENT,
        table.get(new byte[1], 0, 1, Long.MAX_VALUE, false, new EntryReference()));
    try (EntryCursor cursor = table.cursor(true)) {
      cursor.seekToFirst();
      assertFalse(cursor.isValid());
      cursor.seekToLast();
      assertFalse(cursor.isValid());
      cursor.seek(new byte[1], 0, 1, 0);
      assertFalse(cursor.isValid());
      cursor.seekBefore(new byte[1], 0, 1);
      assertFalse(cursor.isValid());
    }
    table.release();
  }

  private static byte[] bytes(MemorySegment segment, long offset, int length) {
    return segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }
}

package dev.varve.storage.sstable;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.varve.storage.Compression;
import dev.varve.storage.base.BlobReference;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.DiskFileSystem;
import dev.varve.storage.iterator.EntryCursor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tables of all format versions, as they were written when each was new, must read the same for
 * ever.
 */
class TableFixtureTest {
  private static final RangeTombstone TOMBSTONE =
      new RangeTombstone("user:3".getBytes(StandardCharsets.US_ASCII), new byte[] {'v'}, 7777);

  @TempDir Path directory;

  /** Writes the fixtures into a folder. Used once for each format version. */
  static void write(Path folder) {
    for (Compression each : Compression.values()) {
      writeOne(folder.resolve(fileName(2, each)), each);
    }
  }

  private static void writeOne(Path path, Compression compression) {
    TableFormatOptions options =
        TableFormatOptions.DEFAULT.withBlockBytes(1024).withCompression(compression);
    TableWriter writer = new TableWriter(new DiskFileSystem(), path, options);
    writer.setCreationTime(1_795_000_000_000L);
    Tables.addAll(writer, entries(2));
    writer.addRangeTombstone(TOMBSTONE);
    writer.finish();
  }

  private static String fileName(int format, Compression compression) {
    return "format-" + format + "-" + compression.name().toLowerCase(Locale.ROOT) + ".sst";
  }

  private static NavigableMap<Tables.EntryId, Tables.Content> entries(int format) {
    NavigableMap<Tables.EntryId, Tables.Content> entries = Tables.newModel();
    byte[] kinds = {
      EntryKind.PUT, EntryKind.PUT_BLIND, EntryKind.DELETE, EntryKind.PUT, EntryKind.DELETE_BLIND
    };
    entries.put(new Tables.EntryId(new byte[0], 0), new Tables.Content(EntryKind.PUT, new byte[0]));
    for (int i = 0; i < 200; i++) {
      byte[] key = ("user:" + i * 37 % 101).getBytes(StandardCharsets.US_ASCII);
      byte kind = kinds[i % kinds.length];
      byte[] value = new byte[EntryKind.isPut(kind) ? i * i % 350 : 0];
      Arrays.fill(value, (byte) i);
      entries.put(new Tables.EntryId(key, (long) i * i * i), new Tables.Content(kind, value));
    }
    byte[] longKey = new byte[700];
    Arrays.fill(longKey, (byte) 0xFF);
    byte[] longValue = new byte[70_000 / 8];
    for (int i = 0; i < longValue.length; i++) {
      longValue[i] = (byte) ((i * i) >>> 3);
    }
    entries.put(
        new Tables.EntryId(longKey, DataBlock.MAX_SEQUENCE),
        new Tables.Content(EntryKind.PUT, longValue));
    if (format >= 2) {
      // As a merge hands on what format 1 had, and with a head.
      putApart(entries, "value without a head", new byte[0]);
      putApart(entries, "value with a head", "m12345678".getBytes(StandardCharsets.US_ASCII));
    }
    return entries;
  }

  private static void putApart(
      NavigableMap<Tables.EntryId, Tables.Content> entries, String key, byte[] head) {
    byte[] reference = new byte[BlobReference.BYTES + head.length];
    BlobReference.put(MemorySegment.ofArray(reference), 9, 1000, 3, 5000, 70_000);
    System.arraycopy(head, 0, reference, BlobReference.BYTES, head.length);
    entries.put(
        new Tables.EntryId(key.getBytes(StandardCharsets.US_ASCII), 17),
        new Tables.Content((byte) (EntryKind.PUT | EntryKind.APART_BIT), reference));
  }

  @ParameterizedTest
  @EnumSource
  void readsFormat1(Compression compression) throws IOException {
    checkReads(1, 202, compression);
  }

  @ParameterizedTest
  @EnumSource
  void readsFormat2(Compression compression) throws IOException {
    checkReads(2, 204, compression);
  }

  private void checkReads(int format, int count, Compression compression) throws IOException {
    Path path = directory.resolve("000001.sst");
    try (InputStream fixture =
        TableFixtureTest.class.getResourceAsStream(fileName(format, compression))) {
      Files.copy(fixture, path);
    }
    try (BlockCache cache = new BlockCache(1 << 20)) {
      TableReader table = TableReader.open(new DiskFileSystem(), path, 1, cache);
      table.loadFilter();
      table.verify();
      assertEquals(count, table.properties().entries());
      assertEquals(compression.name(), table.properties().compression());
      assertEquals(1_795_000_000_000L, table.properties().creationTimeMillis());
      assertArrayEquals(TOMBSTONE.begin(), table.rangeTombstones().toList().getFirst().begin());
      assertArrayEquals(TOMBSTONE.end(), table.rangeTombstones().toList().getFirst().end());
      assertEquals(TOMBSTONE.sequence(), table.rangeTombstones().toList().getFirst().sequence());
      try (EntryCursor cursor = table.cursor(true)) {
        cursor.seekToFirst();
        for (Map.Entry<Tables.EntryId, Tables.Content> each : entries(format).entrySet()) {
          assertArrayEquals(each.getKey().key(), Arrays.copyOf(cursor.key(), cursor.keyLength()));
          assertEquals(each.getKey().sequence(), cursor.sequence());
          assertEquals(each.getValue().kind(), cursor.kind());
          assertArrayEquals(
              each.getValue().value(),
              cursor
                  .valueSegment()
                  .asSlice(cursor.valueOffset(), cursor.valueLength())
                  .toArray(ValueLayout.JAVA_BYTE));
          cursor.next();
        }
        assertFalse(cursor.isValid());
      }
      table.release();
    }
  }

  /** A change of what is written calls for a new format version, or at least for a thought. */
  @Test
  void stillWritesFormat2() throws IOException {
    Path path = directory.resolve("000001.sst");
    writeOne(path, Compression.NONE);
    try (InputStream fixture =
        TableFixtureTest.class.getResourceAsStream(fileName(2, Compression.NONE))) {
      assertArrayEquals(fixture.readAllBytes(), Files.readAllBytes(path));
    }
  }
}

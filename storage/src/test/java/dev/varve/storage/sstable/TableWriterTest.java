package dev.varve.storage.sstable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Compression;
import dev.varve.storage.StorageException;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TableWriterTest {
  private static final Path PATH = Path.of("/data/000007.sst");

  private final SimulatedFileSystem fileSystem = new SimulatedFileSystem();

  @BeforeEach
  void createDirectory() throws IOException {
    fileSystem.createDirectories(PATH.getParent());
  }

  @Test
  void refusesEntriesOutOfOrder() {
    TableWriter writer = new TableWriter(fileSystem, PATH, TableFormatOptions.DEFAULT);
    add(writer, 5, "b");
    add(writer, 4, "b");
    for (String key : new String[] {"a", "", "b"}) {
      assertThrows(IllegalArgumentException.class, () -> add(writer, 4, key));
    }
    assertThrows(IllegalArgumentException.class, () -> add(writer, 1L << 56, "c"));
    add(writer, 9, "ba");
    assertEquals(3, writer.finish().entries());
  }

  private static void add(TableWriter writer, long sequence, String key) {
    byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
    writer.add(EntryKind.DELETE, sequence, bytes, 0, bytes.length, MemorySegment.NULL, 0, 0);
  }

  @ParameterizedTest
  @EnumSource
  void holdsLargeValues(Compression compression) {
    int[] lengths = {1_500_000, 300, (4 << 20) - 16, (4 << 20) + 17, 70_000, 9_000_000};
    TableFormatOptions options = TableFormatOptions.DEFAULT.withCompression(compression);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment random = arena.allocate(10_000_000);
      new Random(5)
          .ints(1000)
          .forEach(i -> random.set(ValueLayout.JAVA_BYTE, i & 0xFFFFF, (byte) i));
      TableWriter writer = new TableWriter(fileSystem, PATH, options);
      for (int i = 0; i < lengths.length; i++) {
        writer.add(EntryKind.PUT, 9, new byte[] {(byte) i}, 0, 1, random, i, lengths[i]);
      }
      writer.finish();
      try (BlockCache cache = new BlockCache(64 << 20)) {
        TableReader table = TableReader.open(fileSystem, PATH, 7, cache);
        table.loadFilter();
        table.verify();
        EntryReference out = new EntryReference();
        for (int i = 0; i < lengths.length; i++) {
          assertEquals(EntryReference.FOUND, table.get(new byte[] {(byte) i}, 0, 1, 10, true, out));
          assertEquals(
              -1,
              MemorySegment.mismatch(
                  random,
                  i,
                  i + lengths[i],
                  out.valueSegment(),
                  out.valueOffset(),
                  out.valueOffset() + out.valueLength()));
          out.release();
        }
        table.release();
      }
    }
  }

  @Test
  void leavesNothingBehindWhenAnyOperationFails() {
    NavigableMap<Tables.EntryId, Tables.Content> model = Tables.random(new Random(4), 3000);
    TableFormatOptions options = TableFormatOptions.DEFAULT.withSyncIntervalBytes(1);
    List<FaultInjector.Operation> operations = new ArrayList<>();
    fileSystem.setFaultInjector((operation, file, count) -> operations.add(operation));
    Tables.write(fileSystem, PATH, options, model);
    // It is made by the constructor. To close it is the last that the writer does, and fails for
    // nobody.
    int last = operations.indexOf(FaultInjector.Operation.CLOSE);
    for (int failing = 0; failing < last - 1; failing++) {
      Path path = Path.of("/data/%06d.sst".formatted(100 + failing));
      TableWriter writer = new TableWriter(fileSystem, path, options);
      long failed = fileSystem.operations() + failing;
      fileSystem.setFaultInjector(
          (operation, file, count) -> {
            if (count == failed) {
              throw new IOException("injected");
            }
          });
      assertThrows(
          StorageException.Io.class,
          () -> {
            Tables.addAll(writer, model);
            writer.finish();
          });
      writer.abandon();
      assertFalse(fileSystem.exists(path));
    }
    assertTrue(last > 3);
  }
}

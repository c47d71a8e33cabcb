package dev.varve.storage.sstable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Compression;
import dev.varve.storage.FuzzCorpus;
import dev.varve.storage.FuzzInput;
import dev.varve.storage.StorageException;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.block.BlockHandle;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.sstable.TableFormat.Footer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Any bytes in place of a table: it is read or said to be damaged; one that verifies has its
 * entries in order; and one that was damaged is never read as another one. Driven by a fuzzer, see
 * {@code .ci/fuzz}; the tests replay the inputs that were kept.
 *
 * <p>Input: a byte that tells what follows: a table; or how a sound one is damaged, under checksums
 * that are made to fit, or not.
 */
class TableFuzzTest {
  private static final Path PATH = Path.of("/data/000007.sst");
  private static final List<Sound> SOUND = new ArrayList<>();

  /** A table, its blocks, and all that it says. */
  private record Sound(byte[] bytes, List<BlockHandle> blocks, List<String> content) {}

  static {
    try {
      for (Compression compression : Compression.values()) {
        SOUND.add(writeSound(compression));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Sound writeSound(Compression compression) throws IOException {
    FileSystem files = newDirectory();
    TableFormatOptions options =
        TableFormatOptions.DEFAULT.withBlockBytes(512).withCompression(compression);
    TableWriter writer = new TableWriter(files, PATH, options);
    Tables.addAll(writer, Tables.random(new Random(3), 20));
    writer.addRangeTombstone(new RangeTombstone(new byte[] {1}, new byte[] {2}, 99));
    writer.finish();
    byte[] bytes = FuzzInput.read(files, PATH);
    ByteBuffer end = ByteBuffer.wrap(bytes, bytes.length - 64, 64).slice();
    Footer footer = Footer.decode(end.order(ByteOrder.LITTLE_ENDIAN), "", bytes.length);
    List<BlockHandle> blocks = new ArrayList<>(Tables.dataBlocks(files, PATH));
    blocks.addAll(
        List.of(footer.filter(), footer.tombstones(), footer.index(), footer.properties()));
    return new Sound(bytes, blocks, Tables.readAll(files, PATH));
  }

  private static FileSystem newDirectory() throws IOException {
    FileSystem files = new SimulatedFileSystem();
    files.createDirectories(PATH.getParent());
    return files;
  }

  @TestFactory
  Stream<DynamicTest> keptInputs() throws IOException {
    return FuzzCorpus.replay(getClass(), TableFuzzTest::fuzzerTestOneInput);
  }

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] data) {
    FuzzInput input = new FuzzInput(data);
    input.withinHeap(
        () -> {
          try {
            switch (input.u8() % 3) {
              case 0 -> read(input.rest());
              case 1 -> readSealed(input);
              default -> readDamaged(input);
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static void readSealed(FuzzInput input) throws IOException {
    Sound sound = SOUND.get(input.u8() % SOUND.size());
    byte[] bytes = sound.bytes.clone();
    input.damage(bytes);
    sound.blocks.forEach(block -> Tables.seal(bytes, block));
    read(bytes);
  }

  private static void readDamaged(FuzzInput input) throws IOException {
    Sound sound = SOUND.get(input.u8() % SOUND.size());
    byte[] bytes = sound.bytes.clone();
    input.damage(bytes);
    List<String> content = read(bytes);
    if (content != null) {
      assertEquals(sound.content, content);
    }
  }

  /** What is in a table; null: it is damaged, and says so. */
  private static List<String> read(byte[] bytes) throws IOException {
    FileSystem files = newDirectory();
    FuzzInput.write(files, PATH, bytes);
    try {
      List<String> content = Tables.readAll(files, PATH);
      checkOrder(files);
      return content;
    } catch (StorageException.Corruption | StorageException.FormatTooNew e) {
      return null;
    }
  }

  private static void checkOrder(FileSystem files) {
    try (BlockCache cache = new BlockCache(0)) {
      TableReader table = TableReader.open(files, PATH, 7, cache);
      try {
        table.loadFilter();
        table.verify();
        byte[] before = null;
        long sequence = 0;
        try (EntryCursor cursor = table.cursor(true)) {
          for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
            byte[] key = Arrays.copyOf(cursor.key(), cursor.keyLength());
            int order = before == null ? 1 : Arrays.compareUnsigned(key, before);
            assertTrue(order > 0 || (order == 0 && cursor.sequence() < sequence), "order");
            before = key;
            sequence = cursor.sequence();
          }
        }
      } finally {
        table.release();
      }
    }
  }
}

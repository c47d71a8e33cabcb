package dev.varve.storage.sstable;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Compression;
import dev.varve.storage.Seeds;
import dev.varve.storage.StorageException;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.block.BlockHandle;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.fs.WritableFile;
import dev.varve.storage.sstable.TableFormat.Footer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Damaged tables are refused or read as they were written, never otherwise. */
class TableCorruptionTest {
  private static final Path PATH = Path.of("/data/000007.sst");

  private final FileSystem fileSystem = new SimulatedFileSystem();

  private byte[] smallTable(Compression compression) throws IOException {
    fileSystem.createDirectories(PATH.getParent());
    TableFormatOptions options =
        TableFormatOptions.DEFAULT.withBlockBytes(512).withCompression(compression);
    TableWriter writer = new TableWriter(fileSystem, PATH, options);
    Tables.addAll(writer, Tables.random(new Random(3), 60));
    writer.addRangeTombstone(new RangeTombstone(new byte[] {1}, new byte[] {2}, 99));
    writer.finish();
    try (ReadableFile file = fileSystem.openForRead(PATH)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
      file.read(bytes, 0);
      return bytes.array();
    }
  }

  private void replace(byte[] bytes) throws IOException {
    if (fileSystem.exists(PATH)) {
      fileSystem.delete(PATH);
    }
    try (WritableFile file = fileSystem.create(PATH)) {
      file.write(ByteBuffer.wrap(bytes), 0);
    }
  }

  private List<String> readAll() {
    return Tables.readAll(fileSystem, PATH);
  }

  @ParameterizedTest
  @EnumSource
  void anyFlippedByteIsNoticedOrHarmless(Compression compression) throws IOException {
    byte[] original = smallTable(compression);
    List<String> expected = readAll();
    for (int i = 0; i < original.length; i++) {
      byte[] damaged = original.clone();
      damaged[i] ^= (byte) (1 << i % 8);
      replace(damaged);
      StorageException thrown =
          assertThrows(StorageException.class, this::readAll, "byte " + i + " was flipped");
      assertTrue(
          thrown instanceof StorageException.Corruption
              || thrown instanceof StorageException.FormatTooNew,
          thrown.toString());
    }
    replace(original);
    assertEquals(expected, readAll());
  }

  @Test
  void anyTruncationIsNoticed() throws IOException {
    byte[] original = smallTable(Compression.LZ4);
    for (int length = 0; length < original.length; length++) {
      replace(Arrays.copyOf(original, length));
      StorageException thrown = assertThrows(StorageException.class, this::readAll);
      assertInstanceOf(StorageException.Corruption.class, thrown);
    }
  }

  @Test
  void aNewerFormatIsRefusedByName() throws IOException {
    byte[] bytes = smallTable(Compression.NONE);
    bytes[bytes.length - 12] = TableFormat.VERSION + 1;
    replace(bytes);
    StorageException thrown = assertThrows(StorageException.FormatTooNew.class, this::readAll);
    assertTrue(thrown.getMessage().contains("format version 3"), thrown.getMessage());
  }

  /** Lies under good checksums: any answer or a clear error, but no crash, loop or huge buffer. */
  @Test
  void liesUnderGoodChecksumsDoNoHarm() throws IOException {
    byte[] original = smallTable(Compression.NONE);
    Footer footer =
        Footer.decode(
            ByteBuffer.wrap(original, original.length - 64, 64)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN),
            "",
            original.length);
    List<BlockHandle> sections = new ArrayList<>(Tables.dataBlocks(fileSystem, PATH));
    sections.addAll(
        List.of(footer.filter(), footer.tombstones(), footer.index(), footer.properties()));
    Seeds.forEach(
        3000,
        random -> {
          byte[] damaged = original.clone();
          BlockHandle section = sections.get(random.nextInt(sections.size()));
          int changes = random.nextInt(1, 4);
          for (int i = 0; i < changes; i++) {
            int at = (int) section.offset() + random.nextInt(section.length() - 4);
            damaged[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : 0xFF);
          }
          Tables.seal(damaged, section);
          replace(damaged);
          try {
            readAll();
          } catch (StorageException.Corruption e) {
            assertTrue(e.getMessage().contains("000007.sst"), e.getMessage());
          }
        });
    replace(original);
  }

  @Test
  void verifyNoticesWhatChecksumsDoNot() throws IOException {
    byte[] bytes = smallTable(Compression.NONE);
    BlockHandle first = Tables.dataBlocks(fileSystem, PATH).getFirst();
    int headAt = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(8);
    int keyAt = headAt + 4;
    assertArrayEquals(new byte[] {0}, new byte[] {bytes[headAt + 1]});
    bytes[keyAt] ^= 0x55;
    Tables.seal(bytes, first);
    replace(bytes);
    try (BlockCache cache = new BlockCache(0)) {
      TableReader table = TableReader.open(fileSystem, PATH, 7, cache);
      table.loadFilter();
      assertThrows(StorageException.Corruption.class, table::verify);
      table.release();
    }
  }
}

package dev.varve.storage.blob;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Compression;
import dev.varve.storage.Seeds;
import dev.varve.storage.StorageException;
import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.StorageException.FormatTooNew;
import dev.varve.storage.base.BlobReference;
import dev.varve.storage.cache.Block;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Blob files: what is written is read, and nothing else. */
class BlobFileTest {
  private static final Path PATH = Path.of("/data/000007.blob");
  private static final int VERSION_FROM_END = 12;
  private static final Compression[] CODECS = Compression.values();

  private SimulatedFileSystem files = new SimulatedFileSystem();

  /** A value in the file. */
  private record Stored(byte[] key, byte[] value, MemorySegment reference) {}

  @BeforeEach
  void makeFolder() throws IOException {
    files.createDirectories(PATH.getParent());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  private static Stored add(BlobWriter writer, Compression compression, byte[] key, byte[] value) {
    MemorySegment reference = MemorySegment.ofArray(new byte[BlobReference.BYTES]);
    MemorySegment memory = MemorySegment.ofArray(value);
    writer.add(key, 0, key.length, memory, 0, value.length, compression, reference);
    return new Stored(key, value, reference);
  }

  private static void assertReads(BlobReader blob, Stored stored, boolean share) {
    byte[] key = stored.key;
    Block block = blob.readValue(key, 0, key.length, stored.reference, 0, share);
    assertArrayEquals(stored.value, value(block, stored));
    block.unpin();
  }

  private static byte[] value(Block block, Stored stored) {
    return block.memory().asSlice(0, stored.value.length).toArray(ValueLayout.JAVA_BYTE);
  }

  private List<Stored> write(Random random, int values) {
    BlobWriter writer = new BlobWriter(files, PATH, 7);
    List<Stored> all = new ArrayList<>();
    for (int i = 0; i < values; i++) {
      byte[] key = new byte[random.nextInt(40)];
      byte[] value = new byte[random.nextInt(1 << random.nextInt(1, 15))];
      random.nextBytes(key);
      if (random.nextBoolean()) {
        random.nextBytes(value);
      }
      all.add(add(writer, CODECS[random.nextInt(CODECS.length)], key, value));
    }
    BlobMeta meta = writer.finish();
    assertEquals(values, meta.values());
    return all;
  }

  @Test
  void valuesAreReadAsTheyWereWritten() {
    Seeds.forEach(
        50,
        random -> {
          files = new SimulatedFileSystem();
          makeFolder();
          List<Stored> all = write(random, 1 + random.nextInt(100));
          try (BlockCache cache = new BlockCache(random.nextInt(2) << 20)) {
            BlobReader blob = BlobReader.open(files, PATH, 7, cache);
            for (int i = 0; i < 200; i++) {
              Stored stored = all.get(random.nextInt(all.size()));
              assertReads(blob, stored, random.nextBoolean());
              Block cached =
                  blob.cachedValue(stored.key, 0, stored.key.length, stored.reference, 0, true);
              if (cached != null) {
                assertArrayEquals(stored.value, value(cached, stored));
                cached.unpin();
              }
            }
            assertEquals(List.of(), damages(blob));
            blob.release();
          }
        });
  }

  @Test
  void whatIsSharedIsFoundInTheCache() {
    Stored stored = write(new Random(1), 1).getFirst();
    try (BlockCache cache = new BlockCache(1 << 20)) {
      BlobReader blob = BlobReader.open(files, PATH, 7, cache);
      byte[] key = stored.key;
      assertReads(blob, stored, false);
      assertNull(blob.cachedValue(key, 0, key.length, stored.reference, 0, true));
      assertReads(blob, stored, true);
      Block cached = blob.cachedValue(key, 0, key.length, stored.reference, 0, true);
      assertNotNull(cached);
      cached.unpin();
      blob.release();
      assertEquals(0, cache.usedBytes() % (1 << 12));
    }
  }

  @Test
  void aValueOfManyMegabytesIsReadAsItWasWritten() {
    byte[] value = new byte[9 << 20];
    new Random(3).nextBytes(value);
    BlobWriter writer = new BlobWriter(files, PATH, 7);
    Stored stored = add(writer, Compression.LZ4, bytes("large"), value);
    writer.finish();
    try (BlockCache cache = new BlockCache(0)) {
      BlobReader blob = BlobReader.open(files, PATH, 7, cache);
      assertReads(blob, stored, true);
      blob.release();
    }
  }

  @Test
  void theValueOfAnotherKeyIsNotGiven() {
    BlobWriter writer = new BlobWriter(files, PATH, 7);
    Stored stored = add(writer, Compression.NONE, bytes("key"), bytes("value"));
    writer.finish();
    try (BlockCache cache = new BlockCache(0)) {
      BlobReader blob = BlobReader.open(files, PATH, 7, cache);
      for (String other : List.of("kez", "ke", "keys", "")) {
        assertThrows(
            Corruption.class,
            () -> blob.readValue(bytes(other), 0, other.length(), stored.reference, 0, false));
      }
      MemorySegment outside = MemorySegment.ofArray(new byte[BlobReference.BYTES]);
      BlobReference.put(outside, 7, 10_000, 0, 20, 5);
      assertThrows(Corruption.class, () -> blob.readValue(bytes("key"), 0, 3, outside, 0, false));
      BlobReference.put(outside, 7, 0, 1, 20, 5);
      assertThrows(Corruption.class, () -> blob.readValue(bytes("key"), 0, 3, outside, 0, false));
      blob.release();
    }
  }

  @Test
  void everyFlippedByteIsNoticed() throws IOException {
    write(new Random(5), 3);
    byte[] sound = read();
    for (int at = 0; at < sound.length; at++) {
      byte[] flipped = sound.clone();
      flipped[at] ^= (byte) (1 << at % 8);
      replace(flipped);
      assertFalse(isSound(), "flipped at " + at);
    }
    for (int length = 0; length < sound.length; length++) {
      replace(Arrays.copyOf(sound, length));
      assertFalse(isSound(), "cut to " + length);
    }
    replace(sound);
    assertTrue(isSound());
  }

  @Test
  void aNewerFormatIsRefusedByName() throws IOException {
    write(new Random(5), 3);
    byte[] newer = read();
    newer[newer.length - VERSION_FROM_END] = 2;
    replace(newer);
    try (BlockCache cache = new BlockCache(0)) {
      assertThrows(FormatTooNew.class, () -> BlobReader.open(files, PATH, 7, cache));
    }
  }

  @Test
  void formatVersion1StaysReadable() throws IOException {
    byte[] fixture;
    try (InputStream in = getClass().getResourceAsStream("blob-v1.hex")) {
      fixture =
          HexFormat.of().parseHex(new String(in.readAllBytes(), ISO_8859_1).replaceAll("\\s", ""));
    }
    BlobWriter writer = new BlobWriter(files, PATH, 7);
    Stored plain = add(writer, Compression.LZ4, bytes("city"), bytes("Uppsala"));
    Stored packed = add(writer, Compression.LZ4, bytes("zeros"), new byte[1000]);
    writer.finish();
    byte[] written = read();
    assertArrayEquals(fixture, written, () -> "written: " + HexFormat.of().formatHex(written));
    replace(fixture);
    try (BlockCache cache = new BlockCache(0)) {
      BlobReader blob = BlobReader.open(files, PATH, 7, cache);
      assertReads(blob, plain, false);
      assertReads(blob, packed, false);
      assertEquals(List.of(), damages(blob));
      blob.release();
    }
  }

  private boolean isSound() {
    try (BlockCache cache = new BlockCache(0)) {
      BlobReader blob = BlobReader.open(files, PATH, 7, cache);
      List<Corruption> damages = damages(blob);
      blob.release();
      return damages.isEmpty();
    } catch (StorageException e) {
      return false;
    }
  }

  private static List<Corruption> damages(BlobReader blob) {
    List<Corruption> damages = new ArrayList<>();
    long[] progress = new long[1];
    blob.verify(bytes -> progress[0] += bytes, damages::add);
    assertEquals(blob.meta().bytes(), progress[0]);
    return damages;
  }

  private byte[] read() throws IOException {
    try (ReadableFile file = files.openForRead(PATH)) {
      byte[] bytes = new byte[(int) file.size()];
      file.read(ByteBuffer.wrap(bytes), 0);
      return bytes;
    }
  }

  private void replace(byte[] bytes) throws IOException {
    files.delete(PATH);
    try (WritableFile file = files.create(PATH)) {
      file.write(ByteBuffer.wrap(bytes), 0);
    }
  }
}

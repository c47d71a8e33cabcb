package dev.varve.storage.record;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RecordTest {
  private static final int BLOCK = RecordFormat.BLOCK_BYTES;
  private static final Path DIRECTORY = Path.of("/data");
  private static final Path FILE = DIRECTORY.resolve("records");
  private static final long NUMBER = 7;

  private final SimulatedFileSystem fileSystem = new SimulatedFileSystem();
  private int start;

  @BeforeEach
  void makeDirectory() throws IOException {
    fileSystem.createDirectories(DIRECTORY);
  }

  @Test
  void theExampleOfTheFormatPage() throws IOException {
    try (WritableFile file = fileSystem.create(FILE)) {
      RecordWriter writer = writer(file, 0, 1000);
      writer.append("varve".getBytes(UTF_8), 0, 5);
      writer.promise(20);
      writer.append("!".getBytes(UTF_8), 0, 1);
      writer.write();
    }
    assertArrayEquals(Hex.example("record.md"), contents());
    assertEquals(List.of("varve", "!"), texts());
  }

  @Test
  void recordsOfAnyLengthComeBackWhateverTheBuffer() throws IOException {
    long seed = seed("recordsOfAnyLengthComeBackWhateverTheBuffer");
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 60; round++) {
      fileSystem.createDirectories(DIRECTORY.resolve("" + round));
      Path path = DIRECTORY.resolve(round + "/records");
      int start = random.nextInt(2) * random.nextInt(100);
      List<byte[]> records = new ArrayList<>();
      try (WritableFile file = fileSystem.create(path)) {
        RecordWriter writer = writer(file, start, random.nextInt(30, 100_000));
        for (int i = random.nextInt(1, 20); i > 0; i--) {
          byte[] record = record(random, length(random, writer.position()));
          records.add(record);
          long before = writer.position();
          writer.append(record, 0, record.length);
          if (writer.room() > 40_000) {
            assertTrue(
                writer.position() - before <= RecordWriter.framedBytes(record.length) + 40_000);
          }
          if (random.nextInt(4) == 0) {
            writer.write();
            writer.promise(writer.written());
          }
        }
        writer.write();
      }
      try (ReadableFile file = fileSystem.openForRead(path)) {
        RecordReader reader = new RecordReader(file, "records", NUMBER, start, false);
        for (byte[] record : records) {
          assertTrue(reader.next(), "seed " + seed + " round " + round);
          assertArrayEquals(record, Arrays.copyOf(reader.bytes(), reader.length()));
        }
        assertFalse(reader.next());
        assertEquals(file.size(), reader.completeEnd());
        reader.checkEnd();
      }
    }
  }

  /** Lengths that bring the next fragment close to a block's end, small ones, and large ones. */
  private static int length(SplittableRandom random, long position) {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt(1, 200);
      case 1 -> random.nextInt(1, 5 * BLOCK);
      default ->
          Math.max(
              1,
              RecordFormat.leftInBlock(position)
                  - RecordFormat.HEADER_BYTES * 2
                  + random.nextInt(40));
    };
  }

  @Test
  void aFileCutAnywhereEndsBehindItsLastWholeRecord() throws IOException {
    List<Long> ends = writeSome(BLOCK - 100, new SplittableRandom(1), 0);
    byte[] whole = contents();
    for (int cut = BLOCK - 100; cut <= whole.length; cut++) {
      long there = cut;
      replace(Arrays.copyOf(whole, cut));
      assertEquals(ends.stream().filter(end -> end <= there).count(), count(), "cut at " + cut);
    }
  }

  /**
   * Every byte damaged in turn: in front of a promise it is corruption, after all it is the end.
   */
  @Test
  void damageIsCorruptionWhereALaterPromiseReachesOverIt() throws IOException {
    int start = BLOCK - 700;
    int promised = 8;
    List<Long> ends = writeSome(start, new SplittableRandom(2), promised);
    byte[] whole = contents();
    long promise = ends.get(promised - 1);
    long promiser = ends.get(promised);
    SplittableRandom random = new SplittableRandom(3);
    for (int at = start; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      replace(damaged);
      long there = at;
      long before = ends.stream().filter(end -> end <= there).count();
      if (at < promise) {
        assertThrows(Corruption.class, this::count, "damaged at " + at);
      } else {
        assertEquals(before, count(), "damaged at " + at + ", promiser ends at " + promiser);
      }
    }
  }

  @Test
  void zeroedSectorsAreCorruptionWhereALaterPromiseReachesOverThem() throws IOException {
    List<Long> ends = writeSome(0, new SplittableRandom(4), 3);
    byte[] whole = contents();
    Arrays.fill(whole, 0, 60, (byte) 0);
    replace(whole);
    assertTrue(ends.get(2) > 60);
    assertThrows(Corruption.class, this::count);
  }

  /** The promise that convicts is in a block of its own. */
  @Test
  void damageIsFoundFromLaterBlocks() throws IOException {
    try (WritableFile file = fileSystem.create(FILE)) {
      RecordWriter writer = writer(file, 0, BLOCK);
      byte[] large = record(new SplittableRandom(5), 3 * BLOCK);
      writer.append(large, 0, large.length);
      writer.write();
      writer.promise(writer.written());
      writer.append(large, 0, 2 * BLOCK);
      writer.write();
    }
    byte[] whole = contents();
    for (int at : new int[] {0, 5, 14, 15, 500, BLOCK + 3, BLOCK + 1000, 2 * BLOCK + 7}) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 4;
      replace(damaged);
      assertThrows(Corruption.class, this::count, "damaged at " + at);
    }
  }

  @Test
  void oldContentsOfRecycledSpaceAreTheEnd() throws IOException {
    long seed = seed("oldContentsOfRecycledSpaceAreTheEnd");
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 100; round++) {
      int records = random.nextInt(1, 30);
      byte[] old = framed(NUMBER - 1, random, 60);
      byte[] fresh = framed(NUMBER, random, records);
      byte[] both = Arrays.copyOf(fresh, Math.max(fresh.length, old.length));
      if (old.length > fresh.length) {
        System.arraycopy(old, fresh.length, both, fresh.length, old.length - fresh.length);
      }
      replace(both);
      assertEquals(records, count(), "seed " + seed + " round " + round);
    }
  }

  @Test
  void anAnnouncedLengthAllocatesNothing() throws IOException {
    byte[] header = new byte[RecordFormat.HEADER_BYTES + 5];
    ByteBuffer.wrap(header)
        .put(4, (byte) 0xFF)
        .put(5, (byte) 0x7F)
        .put(6, (byte) 2)
        .put(7, (byte) 7);
    replace(header);
    assertEquals(0, count());
  }

  @Test
  void recordsSpanFiles() throws IOException {
    Path second = DIRECTORY.resolve("second");
    byte[] large = record(new SplittableRandom(6), 5000);
    try (WritableFile file = fileSystem.create(FILE);
        WritableFile next = fileSystem.create(second)) {
      RecordWriter writer =
          new RecordWriter(file, NUMBER, 0, 1000, ByteBuffer.allocateDirect(10_000));
      int taken = writer.append(large, 0, large.length, true);
      assertEquals(1000 - RecordWriter.FRAGMENT_BYTES, taken);
      assertTrue(writer.isFull());
      writer.write();
      RecordWriter rest = new RecordWriter(next, 9, 40, 100_000, ByteBuffer.allocateDirect(10_000));
      assertEquals(large.length - taken, rest.append(large, taken, large.length - taken, false));
      rest.append("next".getBytes(UTF_8), 0, 4);
      rest.write();
    }
    try (ReadableFile file = fileSystem.openForRead(FILE);
        ReadableFile next = fileSystem.openForRead(second)) {
      RecordReader reader = new RecordReader(file, "first", NUMBER, 0, false);
      assertFalse(reader.next());
      assertTrue(reader.isPartial());
      assertEquals(0, reader.completeEnd());
      reader.continueIn(next, "second", 9, 40);
      assertEquals(RecordReader.NONE, reader.completeEnd());
      assertTrue(reader.next());
      assertArrayEquals(large, Arrays.copyOf(reader.bytes(), reader.length()));
      assertTrue(reader.next());

      RecordReader joined = new RecordReader(next, "second", 9, 40, true);
      assertTrue(joined.next());
      assertEquals("next", new String(joined.bytes(), 0, joined.length(), UTF_8));
      RecordReader strict = new RecordReader(next, "second", 9, 40, false);
      assertThrows(Corruption.class, strict::next);
    }
  }

  private static RecordWriter writer(WritableFile file, long start, int buffer) {
    return new RecordWriter(
        file, NUMBER, start, RecordWriter.MAX_FILE_BYTES, ByteBuffer.allocateDirect(buffer));
  }

  /** Writes 16 records of about 90 bytes; the one after the first {@code synced} promises them. */
  private List<Long> writeSome(int start, SplittableRandom random, int synced) throws IOException {
    List<Long> ends = new ArrayList<>();
    try (WritableFile file = fileSystem.create(FILE)) {
      RecordWriter writer = writer(file, start, 10_000);
      for (int i = 0; i < 16; i++) {
        if (i == synced) {
          writer.promise(i == 0 ? 0 : writer.position());
        }
        byte[] record = record(random, random.nextInt(20, 160));
        writer.append(record, 0, record.length);
        ends.add(writer.position());
      }
      writer.write();
    }
    this.start = start;
    return ends;
  }

  private byte[] framed(long number, SplittableRandom random, int records) throws IOException {
    Path path = DIRECTORY.resolve("framed");
    try (WritableFile file = fileSystem.create(path)) {
      RecordWriter writer =
          new RecordWriter(file, number, 0, 1 << 20, ByteBuffer.allocateDirect(10_000));
      for (int i = 0; i < records; i++) {
        byte[] record = record(random, random.nextInt(20, 2000));
        writer.append(record, 0, record.length);
      }
      writer.write();
    }
    byte[] bytes = contents(path);
    fileSystem.delete(path);
    return bytes;
  }

  private static byte[] record(SplittableRandom random, int length) {
    byte[] record = new byte[length];
    random.nextBytes(record);
    return record;
  }

  private byte[] contents() throws IOException {
    return contents(FILE);
  }

  private byte[] contents(Path path) throws IOException {
    try (ReadableFile file = fileSystem.openForRead(path)) {
      byte[] bytes = new byte[(int) file.size()];
      file.read(ByteBuffer.wrap(bytes), 0);
      return bytes;
    }
  }

  private void replace(byte[] contents) throws IOException {
    if (fileSystem.exists(FILE)) {
      fileSystem.delete(FILE);
    }
    try (WritableFile file = fileSystem.create(FILE)) {
      file.write(ByteBuffer.wrap(contents), 0);
    }
  }

  private int count() throws IOException {
    return texts().size();
  }

  private List<String> texts() throws IOException {
    List<String> texts = new ArrayList<>();
    try (ReadableFile file = fileSystem.openForRead(FILE)) {
      RecordReader reader = new RecordReader(file, "records", NUMBER, start, false);
      while (reader.next()) {
        texts.add(new String(reader.bytes(), 0, reader.length(), UTF_8));
      }
      reader.checkEnd();
    }
    return texts;
  }

  private static long seed(String test) {
    long seed = Long.getLong("varve.seed", System.nanoTime());
    System.out.println(test + ": -Dvarve.seed=" + seed);
    return seed;
  }
}

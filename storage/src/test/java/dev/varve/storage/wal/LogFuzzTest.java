package dev.varve.storage.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.storage.FuzzCorpus;
import dev.varve.storage.FuzzInput;
import dev.varve.storage.StorageException;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.fs.WritableFile;
import dev.varve.storage.record.RecordWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Any bytes in place of a log: a recovery gives batches or says that the log is damaged, gives the
 * same when it is done again, and of a log that was damaged never anything but what it began with.
 * Driven by a fuzzer, see {@code .ci/fuzz}; the tests replay the inputs that were kept.
 *
 * <p>Input: a byte that tells what follows: a segment file; batches, each a length and as many
 * bytes, which are framed as they must be; or how a sound log of several segments is damaged.
 */
class LogFuzzTest {
  private static final Path DIRECTORY = LogHarness.DIRECTORY;
  private static final int SEGMENT_BYTES = 600;
  private static final Map<String, byte[]> SOUND = new TreeMap<>();
  private static final List<String> SOUND_BATCHES = new ArrayList<>();

  static {
    try {
      writeSound();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void writeSound() throws IOException {
    FileSystem files = newDirectory();
    LogHarness harness = new LogHarness(files, SEGMENT_BYTES);
    harness.replay(0);
    for (int i = 0; i < 20; i++) {
      String value = "value " + i + " " + "x".repeat(i * 4);
      harness.appendAndSync(value);
      SOUND_BATCHES.add(value);
    }
    for (String name : files.list(DIRECTORY)) {
      SOUND.put(name, FuzzInput.read(files, DIRECTORY.resolve(name)));
    }
  }

  private static FileSystem newDirectory() throws IOException {
    FileSystem files = new SimulatedFileSystem();
    files.createDirectories(DIRECTORY);
    return files;
  }

  @TestFactory
  Stream<DynamicTest> keptInputs() throws IOException {
    return FuzzCorpus.replay(getClass(), LogFuzzTest::fuzzerTestOneInput);
  }

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] data) {
    FuzzInput input = new FuzzInput(data);
    input.withinHeap(
        () -> {
          try {
            switch (input.u8() % 3) {
              case 0 -> recoverSegment(input.rest());
              case 1 -> recoverBatches(input);
              default -> recoverDamaged(input);
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static void recoverSegment(byte[] bytes) throws IOException {
    FileSystem files = newDirectory();
    FuzzInput.write(files, DIRECTORY.resolve("000001.log"), bytes);
    recoverTwice(files);
  }

  private static void recoverBatches(FuzzInput input) throws IOException {
    FileSystem files = newDirectory();
    try (WritableFile file = files.create(DIRECTORY.resolve("000001.log"))) {
      ByteBuffer header = ByteBuffer.allocate(SegmentHeader.BYTES);
      new SegmentHeader(1, 0, 0).encode(header);
      file.write(header, 0);
      RecordWriter records =
          new RecordWriter(
              file, 1, SegmentHeader.BYTES, 1 << 20, ByteBuffer.allocateDirect(64 << 10));
      while (input.hasMore()) {
        byte[] batch = input.take(input.u16());
        records.append(batch, 0, batch.length);
      }
      records.write();
    }
    recoverTwice(files);
  }

  private static void recoverDamaged(FuzzInput input) throws IOException {
    FileSystem files = newDirectory();
    List<byte[]> segments = SOUND.values().stream().map(byte[]::clone).toList();
    input.damage(segments.get(input.u8() % segments.size()));
    int i = 0;
    for (String name : SOUND.keySet()) {
      FuzzInput.write(files, DIRECTORY.resolve(name), segments.get(i++));
    }
    List<String> recovered = recoverTwice(files);
    if (recovered != null) {
      assertEquals(SOUND_BATCHES.subList(0, recovered.size()), recovered);
    }
  }

  /** What is in the log; null: it is damaged, and says so. */
  private static List<String> recoverTwice(FileSystem files) throws IOException {
    List<String> once = recover(files);
    if (once != null) {
      assertEquals(once, recover(files), "recovered again");
    }
    return once;
  }

  private static List<String> recover(FileSystem files) throws IOException {
    List<String> batches = new ArrayList<>();
    try {
      new LogRecovery(
              files,
              DIRECTORY,
              new KeptLogs(files, DIRECTORY, 0),
              0,
              0,
              batch -> batches.add(String.valueOf(LogHarness.text(batch))))
          .run();
      return batches;
    } catch (StorageException.Corruption | StorageException.FormatTooNew e) {
      return null;
    }
  }
}

package dev.varve.storage.wal;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.FileSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/** A log whose background work is done when the test says so, and whose clock the test sets. */
final class LogHarness {
  static final Path DIRECTORY = Path.of("/data");

  final SegmentedLog log;
  final Deque<Runnable> background = new ArrayDeque<>();
  long clockMillis = 1_000_000;
  private long lastNumber;

  LogHarness(FileSystem fileSystem, long segmentBytes) throws IOException {
    this(fileSystem, DIRECTORY, segmentBytes);
  }

  LogHarness(FileSystem fileSystem, Path directory, long segmentBytes) throws IOException {
    this(fileSystem, directory, segmentBytes, 0);
  }

  LogHarness(FileSystem fileSystem, Path directory, long segmentBytes, long keptBytes)
      throws IOException {
    for (String name : fileSystem.list(directory)) {
      lastNumber = Math.max(lastNumber, SegmentFiles.number(name));
    }
    log =
        new SegmentedLog(
            fileSystem,
            directory,
            segmentBytes,
            new KeptLogs(fileSystem, directory, keptBytes),
            () -> ++lastNumber,
            background::addLast,
            () -> clockMillis);
  }

  /** What is in the log after {@code afterIndex}, which tables hold, one string a batch. */
  List<String> replay(long afterIndex) {
    return replay(afterIndex, afterIndex);
  }

  /** As {@link #replay(long)}, of a log that is known to have been durable up to an index. */
  List<String> replay(long afterIndex, long reachedIndex) {
    List<String> batches = new ArrayList<>();
    log.replay(afterIndex, reachedIndex, batch -> batches.add(text(batch)));
    return batches;
  }

  void runBackground() {
    while (!background.isEmpty()) {
      background.removeFirst().run();
    }
  }

  /** Appends; what room it takes is made at once. */
  void append(WriteBatch batch) {
    batch.stamp(log.appendedIndex() + 1, 7);
    while (!log.hasRoom(batch.size())) {
      runBackground();
    }
    log.append(batch);
  }

  void append(String value) {
    append(batch(value));
  }

  void write() {
    log.write();
  }

  void appendAndSync(String... values) {
    for (String value : values) {
      append(value);
    }
    write();
    log.sync();
  }

  static WriteBatch batch(String value) {
    return batch(value.getBytes(UTF_8));
  }

  static WriteBatch batch(byte[] value) {
    WriteBatch batch = new WriteBatch();
    batch.put("key".getBytes(UTF_8), value);
    return batch;
  }

  /** The value of a batch that {@link #batch} made; of others, a digest. */
  static String text(WriteBatch batch) {
    String[] text = new String[1];
    batch.forEach(
        new WriteBatch.PartialVisitor() {
          @Override
          public void point(
              byte kind,
              long sequence,
              byte[] bytes,
              int keyOffset,
              int keyLength,
              int valueOffset,
              int valueLength) {
            byte[] value = Arrays.copyOfRange(bytes, valueOffset, valueOffset + valueLength);
            String shown =
                valueLength > 100
                    ? valueLength + "#" + Arrays.hashCode(value)
                    : new String(value, UTF_8);
            text[0] = text[0] == null ? shown : text[0] + "," + shown;
          }
        });
    return text[0];
  }
}

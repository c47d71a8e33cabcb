package dev.varve.storage.wal;

import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.record.RecordReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads of a damaged log what can be read: every batch whose bytes are what was written, in order,
 * whatever is missing between them. What was never durable, behind the log's end, is left out, as
 * recovery does. Changes nothing. Used once, by one thread.
 */
public final class LogSalvage {
  /** Operations that are not there any more: those with these sequence numbers, both included. */
  public record Hole(long first, long last) {}

  private final FileSystem fileSystem;
  private final Path directory;
  private final long reachedIndex;
  private final Consumer<WriteBatch> to;
  private final WriteBatch batch = new WriteBatch();
  private final List<Path> files = new ArrayList<>();
  private final List<Hole> holes = new ArrayList<>();
  private long lastIndex;

  /** The newest segment that promises anything: those before it had been durable whole. */
  private long vouched;

  /** Whether the log's end was found, behind which nothing had been durable. */
  private boolean ended;

  // The file read last, open as long as a record may go on in the next.
  private ReadableFile open;
  private RecordReader reader;
  private long openNumber;

  /**
   * Of the log in a directory.
   *
   * @param afterIndex tables hold everything up to it
   * @param reachedIndex up to which everything is known to have been there
   * @param to given every batch that goes beyond that
   */
  public LogSalvage(
      FileSystem fileSystem,
      Path directory,
      long afterIndex,
      long reachedIndex,
      Consumer<WriteBatch> to) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.reachedIndex = reachedIndex;
    this.to = to;
    this.lastIndex = afterIndex;
  }

  /** Reads all there is. */
  public void read() throws IOException {
    List<Long> numbers =
        fileSystem.list(directory).stream()
            .map(SegmentFiles::number)
            .filter(number -> number >= 0)
            .sorted()
            .toList();
    for (int i = numbers.size() - 1; i >= 0 && vouched == 0; i--) {
      if (promised(numbers.get(i)) > 0) {
        vouched = numbers.get(i);
      }
    }
    try {
      for (long number : numbers) {
        readFile(number);
      }
    } finally {
      close();
    }
  }

  private long promised(long number) throws IOException {
    Path path = directory.resolve(SegmentFiles.name(number));
    try (ReadableFile file = fileSystem.openForRead(path)) {
      return new RecordReader(file, path.toString(), number, SegmentHeader.BYTES, true)
          .promisedBehind();
    }
  }

  private void readFile(long number) throws IOException {
    Path path = directory.resolve(SegmentFiles.name(number));
    ReadableFile file = fileSystem.openForRead(path);
    boolean taken = false;
    try {
      SegmentHeader header = header(file, path);
      boolean own = header != null && header.number() == number;
      RecordReader fresh =
          new RecordReader(file, path.toString(), number, SegmentHeader.BYTES, true);
      if (!own && fresh.promisedBehind() == 0) {
        return;
      }
      files.add(path);
      boolean goesOn =
          own
              && reader != null
              && reader.isPartial()
              && reader.isFileFull()
              && header.previous() == openNumber;
      if (goesOn) {
        reader.continueIn(file, path.toString(), number, SegmentHeader.BYTES);
      } else {
        reader = fresh;
      }
      close();
      open = file;
      openNumber = number;
      taken = true;
    } finally {
      if (!taken) {
        file.close();
      }
    }
    readRecords();
  }

  private static SegmentHeader header(ReadableFile file, Path path) throws IOException {
    if (file.size() < SegmentHeader.BYTES) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.allocate(SegmentHeader.BYTES);
    file.read(bytes, 0);
    return SegmentHeader.decode(bytes, path.toString());
  }

  private void readRecords() throws IOException {
    boolean more = !ended;
    while (more) {
      while (!ended && reader.next()) {
        take();
      }
      more = !ended && goesOnBehind() && reader.skip();
    }
  }

  /** Whether what is behind the bad place that was come to is known to have been durable. */
  private boolean goesOnBehind() throws IOException {
    return openNumber < vouched
        || lastIndex < reachedIndex
        || (openNumber == vouched && reader.promisedBehind() > reader.position());
  }

  private void take() {
    try {
      batch.load(reader.bytes(), 0, reader.length());
    } catch (IllegalArgumentException e) {
      return; // Not a batch: its operations are found to be missing by the next one.
    }
    long index = batch.sequence() + batch.operations() - 1;
    if (index <= lastIndex) {
      return;
    }
    if (batch.sequence() > lastIndex + 1) {
      if (openNumber > vouched && lastIndex >= reachedIndex) {
        ended = true;
        return;
      }
      holes.add(new Hole(lastIndex + 1, batch.sequence() - 1));
    }
    lastIndex = index;
    to.accept(batch);
  }

  private void close() throws IOException {
    if (open != null) {
      open.close();
      open = null;
    }
  }

  /** Once read: the files that hold anything of the log, damaged or not. */
  public List<Path> files() {
    return files;
  }

  /** Once read: what is missing. */
  public List<Hole> holes() {
    List<Hole> all = new ArrayList<>(holes);
    if (lastIndex < reachedIndex) {
      all.add(new Hole(lastIndex + 1, reachedIndex));
    }
    return all;
  }

  /** Once read: index of the last batch, in the log or in tables. */
  public long lastIndex() {
    return lastIndex;
  }
}

package dev.varve.storage.wal;

import dev.varve.storage.StorageException;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.record.RecordReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads of a damaged log what can be read: every batch whose bytes are what was written, in order,
 * whatever is missing between them. What was never durable, after the log's end, is left out, as
 * recovery does. Changes nothing. Used once, by one thread.
 *
 * <p>Names may have been mixed up, so a file is the segment that its header says, or its records if
 * the header is damaged. Of a spare they say what was long given up: where that is less than its
 * name, the file counts only if it holds something that tables didn't, or if the segment after it
 * is there, too, so that nothing is missing between them.
 */
public final class LogSalvage {
  /** Operations that are not there any more: those with these sequence numbers, both included. */
  public record Hole(long first, long last) {}

  private final FileSystem fileSystem;
  private final Path directory;
  private final long flushedIndex;
  private final long reachedIndex;
  private final Consumer<WriteBatch> to;
  private final WriteBatch batch = new WriteBatch();
  private final List<Path> files = new ArrayList<>();
  private final List<Hole> holes = new ArrayList<>();
  private long lastIndex;

  /** The newest segment that promises anything: those before it had been durable whole. */
  private long vouched;

  /** Whether the log's end was found, after which nothing had been durable. */
  private boolean ended;

  // The file read last, open as long as a record may go on in the next.
  private ReadableFile open;
  private RecordReader reader;
  private long openNumber;

  /**
   * Salvages the log in a directory.
   *
   * @param afterIndex tables hold everything up to it
   * @param flushedIndex tables held everything up to it before any was lost, as far as is known
   * @param reachedIndex up to which everything is known to have been there
   * @param to given every batch that goes beyond that
   */
  public LogSalvage(
      FileSystem fileSystem,
      Path directory,
      long afterIndex,
      long flushedIndex,
      long reachedIndex,
      Consumer<WriteBatch> to) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.flushedIndex = flushedIndex;
    this.reachedIndex = reachedIndex;
    this.to = to;
    this.lastIndex = afterIndex;
  }

  /** A file, and the segment that it is; {@code header} is null if it is damaged. */
  private record Source(long number, Path path, SegmentHeader header) {
    /** Which of several that are the same segment is read first. */
    private int rank() {
      return header == null
          ? 2
          : SegmentFiles.number(path.getFileName().toString()) == number ? 0 : 1;
    }
  }

  /** Reads all there is. */
  public void read() throws IOException {
    List<Source> sources = sources();
    for (int i = sources.size() - 1; i >= 0 && vouched == 0; i--) {
      if (promised(sources.get(i).path, sources.get(i).number) > 0) {
        vouched = sources.get(i).number;
      }
    }
    try {
      for (Source source : sources) {
        files.add(source.path);
        readFile(source);
      }
    } finally {
      close();
    }
  }

  /** The segments, from the oldest to the newest. */
  private List<Source> sources() throws IOException {
    List<Source> sources = new ArrayList<>();
    List<Source> perhapsSpares = new ArrayList<>();
    for (String name : fileSystem.list(directory)) {
      long named = SegmentFiles.number(name);
      Source source = named < 0 ? null : source(directory.resolve(name), named);
      if (source != null) {
        (source.number < named ? perhapsSpares : sources).add(source);
      }
    }
    perhapsSpares.sort(Comparator.comparingLong(Source::number).reversed());
    for (Source each : perhapsSpares) {
      boolean joined =
          sources.stream()
              .anyMatch(next -> next.header != null && next.header.previous() == each.number);
      if (joined || lastIndex(each) > flushedIndex) {
        sources.add(each);
      }
    }
    sources.sort(
        Comparator.comparingLong(Source::number)
            .thenComparingInt(Source::rank)
            .thenComparing(Source::path));
    return sources;
  }

  /** Which segment a file is; null if it is none, or nothing of it had been durable. */
  private Source source(Path path, long named) throws IOException {
    try (ReadableFile file = fileSystem.openForRead(path)) {
      SegmentHeader header = header(file, path);
      if (header != null) {
        return new Source(header.number(), path, header);
      }
      if (reader(file, path, named).promisedBehind() > 0) {
        return new Source(named, path, null);
      }
      long found = reader(file, path, named).foundNumber();
      return found != RecordReader.NONE && reader(file, path, found).promisedBehind() > 0
          ? new Source(found, path, null)
          : null;
    }
  }

  /** Index of the last batch that begins in a file and can be read. */
  private long lastIndex(Source source) throws IOException {
    long last = 0;
    try (ReadableFile file = fileSystem.openForRead(source.path)) {
      RecordReader records = reader(file, source.path, source.number);
      boolean more = true;
      while (more) {
        try {
          while (records.next()) {
            if (load(records)) {
              last = Math.max(last, batch.sequence() + batch.operations() - 1);
            }
          }
        } catch (StorageException.Corruption e) {
          // Goes on after it, as after all that is damaged.
        }
        more = records.skip();
      }
    }
    return last;
  }

  private static RecordReader reader(ReadableFile file, Path path, long number) throws IOException {
    return new RecordReader(file, path.toString(), number, SegmentHeader.BYTES, true);
  }

  private long promised(Path path, long number) throws IOException {
    try (ReadableFile file = fileSystem.openForRead(path)) {
      return reader(file, path, number).promisedBehind();
    }
  }

  private void readFile(Source source) throws IOException {
    ReadableFile file = fileSystem.openForRead(source.path);
    boolean goesOn =
        source.header != null
            && reader != null
            && reader.isPartial()
            && reader.isFileFull()
            && source.header.previous() == openNumber;
    String name = source.path.toString();
    close();
    open = file;
    if (goesOn) {
      reader.continueIn(file, name, source.number, SegmentHeader.BYTES);
    } else {
      reader = reader(file, source.path, source.number);
    }
    openNumber = source.number;
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
      try {
        while (!ended && reader.next()) {
          take();
        }
      } catch (StorageException.Corruption e) {
        // The rest of a record, or its beginning, is in a file that is gone: as a bad place.
      }
      more = !ended && goesOnBehind() && reader.skip();
    }
  }

  /** Whether what comes after the bad place that was reached is known to have been durable. */
  private boolean goesOnBehind() throws IOException {
    return openNumber < vouched
        || lastIndex < reachedIndex
        || (openNumber == vouched && reader.promisedBehind() > reader.position());
  }

  private void take() {
    if (!load(reader)) {
      return; // Its operations are found to be missing by the next one.
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

  /** Whether a record is a batch. */
  private boolean load(RecordReader records) {
    try {
      batch.load(records.bytes(), 0, records.length());
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void close() {
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

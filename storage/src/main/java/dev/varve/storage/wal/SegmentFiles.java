package dev.varve.storage.wal;

import dev.varve.storage.base.FileNumber;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/** Makes, recycles and removes the files of segments. Used by one thread at a time. */
final class SegmentFiles {
  private static final String SUFFIX = ".log";
  private static final int ZEROS_BYTES = 256 * 1024;

  private final FileSystem fileSystem;
  private final Path directory;
  private final LongSupplier nextFileNumber;
  private ByteBuffer zeros;

  SegmentFiles(FileSystem fileSystem, Path directory, LongSupplier nextFileNumber) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.nextFileNumber = nextFileNumber;
  }

  static String name(long number) {
    return FileNumber.digits(number) + SUFFIX;
  }

  /** The number of the segment of that name; -1 if it isn't one's. */
  static long number(String name) {
    if (!name.endsWith(SUFFIX)) {
      return -1;
    }
    String digits = name.substring(0, name.length() - SUFFIX.length());
    if (digits.length() < FileNumber.LEAST_DIGITS
        || digits.length() > 18
        || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return -1;
    }
    return Long.parseLong(digits);
  }

  Path path(long number) {
    return directory.resolve(name(number));
  }

  /**
   * Makes a segment full of zeros, whose name is durable.
   *
   * @param synced whether the zeros must be too: overwriting them is cheaper to sync then
   */
  Segment create(long capacity, boolean synced) throws IOException {
    long number = nextFileNumber.getAsLong();
    Path path = path(number);
    WritableFile file = fileSystem.create(path);
    try {
      fillWithZeros(file, capacity);
      if (synced) {
        file.sync();
      }
      fileSystem.syncDirectory(directory);
      return new Segment(number, path, file, capacity);
    } catch (IOException | RuntimeException | Error e) {
      discard(path, file, e);
      throw e;
    }
  }

  private void fillWithZeros(WritableFile file, long bytes) throws IOException {
    if (zeros == null || zeros.capacity() < Math.min(bytes, ZEROS_BYTES)) {
      zeros = ByteBuffer.allocateDirect((int) Math.min(bytes, ZEROS_BYTES));
    }
    for (long at = 0; at < bytes; at += zeros.limit()) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - at));
      file.write(zeros, at);
    }
  }

  private void discard(Path path, WritableFile file, Throwable cause) {
    file.close();
    try {
      fileSystem.delete(path);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** Gives the file of a segment that is no longer needed a new number, durably. */
  Segment recycle(Path old, long capacity) throws IOException {
    long number = nextFileNumber.getAsLong();
    Path path = path(number);
    fileSystem.rename(old, path);
    // Were the rename lost, records would be found under a name that isn't theirs.
    fileSystem.syncDirectory(directory);
    return new Segment(number, path, fileSystem.openForWrite(path), capacity);
  }

  /** Bytes that may still be written. */
  long usableSpace() throws IOException {
    return fileSystem.usableSpace(directory);
  }

  /** Removes a file. Were that lost, recovery would find that it isn't needed. */
  void delete(Path path) throws IOException {
    fileSystem.delete(path);
  }
}

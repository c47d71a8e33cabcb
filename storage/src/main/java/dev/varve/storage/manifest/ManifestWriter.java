package dev.varve.storage.manifest;

import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.WritableFile;
import dev.varve.storage.record.RecordWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A manifest file that edits are appended to. After an error it may only be closed. */
final class ManifestWriter implements AutoCloseable {
  private static final int BUFFER_BYTES = 8 << 10;
  private static final byte[] MARK = {ManifestFormat.MARK};

  private final WritableFile file;
  private final RecordWriter records;
  private long firstEditEnd;

  private ManifestWriter(WritableFile file, long number) {
    this.file = file;
    records =
        new RecordWriter(
            file,
            number,
            ManifestFormat.HEADER_BYTES,
            RecordWriter.MAX_FILE_BYTES,
            ByteBuffer.allocateDirect(BUFFER_BYTES));
  }

  /** Creates a file with {@code first} in it, durable but for its name. */
  static ManifestWriter create(FileSystem fileSystem, Path path, long number, VersionEdit first)
      throws IOException {
    ManifestWriter writer = new ManifestWriter(fileSystem.create(path), number);
    try {
      writer.file.write(ManifestFormat.header(ManifestFormat.VERSION), 0);
      writer.append(first);
      writer.sync();
      writer.firstEditEnd = writer.records.written();
      writer.mark();
    } catch (IOException | RuntimeException | Error e) {
      writer.close();
      throw e;
    }
    return writer;
  }

  /** Writes an edit; if that fails, it doesn't stand there whole. */
  void append(VersionEdit edit) throws IOException {
    byte[] bytes = edit.encode();
    records.append(bytes, 0, bytes.length);
    records.write();
  }

  /** Makes all that was written durable. */
  void sync() throws IOException {
    file.sync();
  }

  /**
   * Writes, without a sync, that all before is durable. So damage to the last edit is not taken for
   * a torn end, which would silently undo it.
   */
  void mark() throws IOException {
    records.promise(records.written());
    records.append(MARK, 0, MARK.length);
    records.write();
  }

  /** Where the first edit ends. */
  long firstEditEnd() {
    return firstEditEnd;
  }

  /** Bytes appended after the first edit. */
  long growth() {
    return records.written() - firstEditEnd;
  }

  @Override
  public void close() {
    file.close();
  }
}

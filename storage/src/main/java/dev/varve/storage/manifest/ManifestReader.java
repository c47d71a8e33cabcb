package dev.varve.storage.manifest;

import dev.varve.storage.StorageException;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.record.RecordReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Reads a manifest file. Used once. */
final class ManifestReader {
  private final FileSystem fileSystem;
  private final Path path;
  private final String name;
  private final EditSum sum = new EditSum();
  private long end;

  ManifestReader(FileSystem fileSystem, Path path) {
    this.fileSystem = fileSystem;
    this.path = path;
    this.name = path.toString();
  }

  /**
   * All the file's edits, as one. A torn end, which was never durable, is left out.
   *
   * @param leastBytes what is known to have been durable
   */
  VersionEdit read(long leastBytes) throws IOException {
    try (ReadableFile file = fileSystem.openForRead(path)) {
      if (file.size() < ManifestFormat.HEADER_BYTES) {
        throw new StorageException.Corruption(name, file.size(), "the header of a manifest");
      }
      ByteBuffer header = ByteBuffer.allocate(ManifestFormat.HEADER_BYTES);
      file.read(header, 0);
      ManifestFormat.checkHeader(header, name);
      long number = FileNames.manifestNumber(path.getFileName().toString());
      RecordReader records =
          new RecordReader(file, name, number, ManifestFormat.HEADER_BYTES, false);
      end = ManifestFormat.HEADER_BYTES;
      while (records.next()) {
        add(records);
      }
      records.checkEnd();
      if (end == ManifestFormat.HEADER_BYTES) {
        // The first edit was synced before CURRENT could name the file.
        throw new StorageException.Corruption(name, end, "a first edit");
      }
      if (end < leastBytes) {
        throw new StorageException.Corruption(
            name, end, "records up to offset " + leastBytes + ", as CURRENT says");
      }
      VersionEdit all = sum.toEdit();
      // Counted anew, then; what the log holds has been flushed before.
      return ManifestFormat.countsMarks(header) ? all : all.countsOpen();
    }
  }

  private void add(RecordReader records) {
    if (records.length() == 1 && records.bytes()[0] == ManifestFormat.MARK) {
      return;
    }
    try {
      sum.add(VersionEdit.decode(records.bytes(), 0, records.length()));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new StorageException.Corruption(name, records.offset(), e.getMessage());
    }
    end = records.completeEnd();
  }

  /** Once read: where the last edit ends. */
  long end() {
    return end;
  }
}

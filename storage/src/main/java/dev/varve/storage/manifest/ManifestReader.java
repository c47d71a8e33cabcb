package dev.varve.storage.manifest;

import dev.varve.storage.StorageException;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.record.RecordReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Reads a manifest file. */
final class ManifestReader {
  private ManifestReader() {}

  /** All the file's edits, as one. A torn end, which was never durable, is left out. */
  static VersionEdit read(FileSystem fileSystem, Path path) throws IOException {
    String name = path.toString();
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
      EditSum sum = new EditSum();
      boolean any = false;
      while (records.next()) {
        any = true;
        addTo(sum, records, name);
      }
      records.checkEnd();
      if (!any) {
        // The first edit was synced before CURRENT could name the file.
        throw new StorageException.Corruption(name, ManifestFormat.HEADER_BYTES, "a first edit");
      }
      return sum.toEdit();
    }
  }

  private static void addTo(EditSum sum, RecordReader records, String name) {
    if (records.length() == 1 && records.bytes()[0] == ManifestFormat.MARK) {
      return;
    }
    try {
      sum.add(VersionEdit.decode(records.bytes(), 0, records.length()));
    } catch (IllegalArgumentException e) {
      throw new StorageException.Corruption(name, records.offset(), e.getMessage());
    }
  }
}

package dev.varve.storage.manifest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.varve.storage.StorageException;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * {@code CURRENT}, one line that names the manifest in force:
 *
 * <pre>
 * MANIFEST-000001 checksum\n        (CRC32C of the name, eight lower-case hexadecimal digits)
 * </pre>
 *
 * It is replaced by a rename, so that there is always a whole one.
 */
final class CurrentFile {
  private static final int MAX_BYTES = 64;

  private CurrentFile() {}

  static String read(FileSystem fileSystem, Path directory) throws IOException {
    Path path = directory.resolve(FileNames.CURRENT);
    String text;
    try (ReadableFile file = fileSystem.openForRead(path)) {
      byte[] bytes = new byte[(int) Math.min(MAX_BYTES, file.size())];
      file.read(ByteBuffer.wrap(bytes), 0);
      text = new String(bytes, ISO_8859_1);
    }
    int space = text.indexOf(' ');
    String name = text.substring(0, Math.max(0, space));
    if (FileNames.manifestNumber(name) == FileNames.NONE || !text.equals(line(name))) {
      throw new StorageException.Corruption(
          path.toString(), 0, "the name of a manifest and its checksum");
    }
    return name;
  }

  private static String line(String name) {
    CRC32C checksum = new CRC32C();
    checksum.update(name.getBytes(ISO_8859_1));
    return String.format("%s %08x\n", name, checksum.getValue());
  }

  /** Writes and syncs what {@link #switchOver} will put in force. */
  static void prepare(FileSystem fileSystem, Path directory, String manifest) throws IOException {
    Path path = directory.resolve(FileNames.NEXT_CURRENT);
    if (fileSystem.exists(path)) {
      fileSystem.delete(path);
    }
    try (WritableFile file = fileSystem.create(path)) {
      file.write(ByteBuffer.wrap(line(manifest).getBytes(ISO_8859_1)), 0);
      file.sync();
    }
    // The manifest's own name, too, is durable before CURRENT can name it.
    fileSystem.syncDirectory(directory);
  }

  static void switchOver(FileSystem fileSystem, Path directory) throws IOException {
    fileSystem.rename(
        directory.resolve(FileNames.NEXT_CURRENT), directory.resolve(FileNames.CURRENT));
    fileSystem.syncDirectory(directory);
  }
}

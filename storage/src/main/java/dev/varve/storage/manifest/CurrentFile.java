package dev.varve.storage.manifest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.varve.storage.StorageException;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * {@code CURRENT}, one line that names the manifest in force:
 *
 * <pre>
 * MANIFEST-000001 bytes checksum\n
 * </pre>
 *
 * <i>bytes</i> is how long the manifest was at least when the line was written, durably; the
 * checksum is the CRC32C of name and bytes with the space between them, in eight lower-case
 * hexadecimal digits. It is replaced by a rename, so that there is always a whole one.
 *
 * @param manifest the name
 * @param bytes of the manifest that must be there
 */
record CurrentFile(String manifest, long bytes) {
  private static final int MAX_BYTES = 80;
  private static final Pattern LINE = Pattern.compile("(\\S+) (\\d{1,18}) \\p{XDigit}{8}\n");

  static CurrentFile read(FileSystem fileSystem, Path directory) throws IOException {
    Path path = directory.resolve(FileNames.CURRENT);
    String text;
    try (ReadableFile file = fileSystem.openForRead(path)) {
      byte[] bytes = new byte[(int) Math.min(MAX_BYTES, file.size())];
      file.read(ByteBuffer.wrap(bytes), 0);
      text = new String(bytes, ISO_8859_1);
    }
    Matcher matcher = LINE.matcher(text);
    if (matcher.matches()) {
      CurrentFile found = new CurrentFile(matcher.group(1), Long.parseLong(matcher.group(2)));
      if (found.line().equals(text) && FileNames.manifestNumber(found.manifest) != FileNames.NONE) {
        return found;
      }
    }
    throw new StorageException.Corruption(
        path.toString(), 0, "the name of a manifest, its length and a checksum");
  }

  private String line() {
    String content = manifest + " " + bytes;
    CRC32C checksum = new CRC32C();
    checksum.update(content.getBytes(ISO_8859_1));
    return content + " " + HexFormat.of().toHexDigits((int) checksum.getValue()) + "\n";
  }

  /** Writes and syncs what {@link #switchOver} will put in force. */
  void prepare(FileSystem fileSystem, Path directory) throws IOException {
    Path path = directory.resolve(FileNames.NEXT_CURRENT);
    if (fileSystem.exists(path)) {
      fileSystem.delete(path);
    }
    try (WritableFile file = fileSystem.create(path)) {
      file.write(ByteBuffer.wrap(line().getBytes(ISO_8859_1)), 0);
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

package dev.varve.storage.backup;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.storage.StorageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What a backup is made of. It is written as lines of text, so that an operator can read it; the
 * last line is the checksum of those before.
 *
 * <pre>
 * varve backup 1
 * made 1796027635123
 * database 4f0c8a52-…
 * sequence 123456
 * flushed 120000
 * time 1796027634991
 * file 000012.sst 4194304 9f86d0…
 * crc32c 89abcdef
 * </pre>
 *
 * @param id what it is called: the time (UTC) at which it was made, as far as no other has that
 * @param madeMillis the wall clock, when it was made
 * @param database what tells the database from others
 * @param sequence sequence number of the last operation that it holds
 * @param flushedUpTo sequence number up to which its tables hold everything
 * @param timeMillis the writer's time of that last operation; -1: nothing was ever written
 * @param files all but the identity
 */
public record Backup(
    String id,
    long madeMillis,
    String database,
    long sequence,
    long flushedUpTo,
    long timeMillis,
    List<StoredFile> files) {
  private static final int VERSION = 1;
  private static final String FIRST = "varve backup ";
  private static final String SUM = "crc32c ";

  /** Sizes of all files together. */
  public long bytes() {
    return files.stream().mapToLong(StoredFile::bytes).sum();
  }

  byte[] encode() {
    StringBuilder text = new StringBuilder();
    text.append(FIRST).append(VERSION).append('\n');
    text.append("made ").append(madeMillis).append('\n');
    text.append("database ").append(database).append('\n');
    text.append("sequence ").append(sequence).append('\n');
    text.append("flushed ").append(flushedUpTo).append('\n');
    text.append("time ").append(timeMillis).append('\n');
    for (StoredFile file : files) {
      text.append("file ").append(file.name()).append(' ').append(file.bytes());
      text.append(' ').append(file.sum()).append('\n');
    }
    String lines = text.toString();
    return (lines + SUM + checksum(lines) + "\n").getBytes(UTF_8);
  }

  /**
   * Reads one.
   *
   * @throws StorageException.Corruption if it isn't what was written
   * @throws StorageException.FormatTooNew if a newer version of Varve wrote it
   */
  static Backup decode(Path file, byte[] bytes) {
    String text = new String(bytes, UTF_8);
    int end = text.lastIndexOf(SUM);
    if (end < 0 || !text.substring(end).equals(SUM + checksum(text.substring(0, end)) + "\n")) {
      throw damaged(file);
    }
    try {
      List<String> lines = text.substring(0, end).lines().toList();
      int version = Integer.parseInt(value(lines.get(0), FIRST));
      if (version > VERSION) {
        throw new StorageException.FormatTooNew(file.toString(), version, VERSION);
      }
      List<StoredFile> files = new ArrayList<>();
      for (String line : lines.subList(6, lines.size())) {
        String[] words = value(line, "file ").split(" ", -1);
        files.add(new StoredFile(words[0], Long.parseLong(words[1]), words[2]));
      }
      return new Backup(
          file.getFileName().toString(),
          Long.parseLong(value(lines.get(1), "made ")),
          value(lines.get(2), "database "),
          Long.parseLong(value(lines.get(3), "sequence ")),
          Long.parseLong(value(lines.get(4), "flushed ")),
          Long.parseLong(value(lines.get(5), "time ")),
          List.copyOf(files));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw damaged(file);
    }
  }

  private static String value(String line, String begin) {
    if (!line.startsWith(begin)) {
      throw new IllegalArgumentException(line);
    }
    return line.substring(begin.length());
  }

  private static StorageException.Corruption damaged(Path file) {
    return new StorageException.Corruption(file.toString(), 0, "the list of a backup's files");
  }

  private static String checksum(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(UTF_8));
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }
}

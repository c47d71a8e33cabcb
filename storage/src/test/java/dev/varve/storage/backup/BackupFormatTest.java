package dev.varve.storage.backup;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.storage.StorageException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The list of a backup's files, as it is written. */
class BackupFormatTest {
  private static final Path FILE = Path.of("/target/backups/20261130T083335.123Z");
  private static final String SUM = "0123456789abcdef".repeat(4);

  private static final Backup BACKUP =
      new Backup(
          "20261130T083335.123Z",
          1_796_027_615_123L,
          "4f0c8a52-0000-4000-8000-000000000000",
          300,
          200,
          1_796_027_614_000L,
          List.of(
              new StoredFile("CURRENT", 28, SUM),
              new StoredFile("MANIFEST-000007", 200, SUM),
              new StoredFile("000012.sst", 4096, SUM)));

  @Test
  void isReadAsItWasWritten() {
    assertEquals(BACKUP, Backup.decode(FILE, BACKUP.encode()));
    assertEquals(4324, BACKUP.bytes());
  }

  @Test
  void isTextThatStaysAsItIs() {
    String text =
        """
        varve backup 1
        made 1796027615123
        database 4f0c8a52-0000-4000-8000-000000000000
        sequence 300
        flushed 200
        time 1796027614000
        file CURRENT 28 %s
        file MANIFEST-000007 200 %s
        file 000012.sst 4096 %s
        """
            .formatted(SUM, SUM, SUM);
    String encoded = new String(BACKUP.encode(), US_ASCII);
    assertEquals(text, encoded.substring(0, encoded.indexOf("crc32c")));
  }

  @Test
  void everyFlippedBitAndEveryLostEndIsFound() {
    byte[] bytes = BACKUP.encode();
    for (int i = 0; i < bytes.length; i++) {
      byte[] flipped = bytes.clone();
      flipped[i] ^= 1;
      assertThrows(StorageException.Corruption.class, () -> Backup.decode(FILE, flipped));
      byte[] cut = Arrays.copyOf(bytes, i);
      assertThrows(StorageException.Corruption.class, () -> Backup.decode(FILE, cut));
    }
  }

  @Test
  void noFileLeavesItsFolder() {
    for (String name : List.of("../000012.sst", "IDENTITY", "x", "000012.sst/..", "")) {
      assertThrows(IllegalArgumentException.class, () -> new StoredFile(name, 1, SUM));
    }
  }
}

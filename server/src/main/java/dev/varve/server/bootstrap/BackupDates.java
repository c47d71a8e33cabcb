package dev.varve.server.bootstrap;

import dev.varve.storage.backup.BackupIds;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Calls backups by dates (UTC). */
final class BackupDates implements BackupIds {
  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSSX").withZone(ZoneOffset.UTC);

  @Override
  public String of(long millis) {
    return NAME.format(Instant.ofEpochMilli(millis));
  }

  @Override
  public long millis(String id) {
    return Instant.from(NAME.parse(id)).toEpochMilli();
  }

  /** Returns a time in milliseconds as people write it. */
  static String text(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }
}

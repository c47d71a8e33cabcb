package dev.varve.server.bootstrap;

import dev.varve.storage.StorageException;
import dev.varve.storage.backup.Backup;
import dev.varve.storage.backup.BackupException;
import dev.varve.storage.backup.BackupTarget;
import dev.varve.storage.backup.Restoration;
import dev.varve.storage.fs.DiskFileSystem;
import dev.varve.storage.fs.FileSystem;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a database of a backup again. */
@Command(
    name = "restore",
    description = {
      "Makes of a backup a database again, in a directory that is empty or isn't there, and verifies"
          + " it. If this is broken off, no server takes what is there for a database, and the same"
          + " command begins again.",
      "Where the log was kept (varve backup --logs), the data can be had as it was at any time"
          + " since the oldest backup.",
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:the database is whole, verified and on the disk",
      "1:there is no database, as was told",
      "4:another process has the directory",
      "5:something can't be read or written",
      "7:something is damaged",
      "8:the disk is full",
    })
final class RestoreCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "TARGET", description = "the folder of backups")
  private Path folder;

  @Parameters(index = "1", paramLabel = "DIR", description = "the directory for the data")
  private Path directory;

  @ArgGroup(multiplicity = "0..1")
  private final Moment moment = new Moment();

  private final FileSystem files = new DiskFileSystem();
  private final BackupProgress progress = new BackupProgress();

  /** As of when; if nothing is said, the newest backup. */
  static final class Moment {
    @Option(names = "--backup", paramLabel = "ID", description = "a backup; without, the newest")
    private String id;

    @Option(
        names = "--to-time",
        paramLabel = "TIME",
        description = "as it was then, as 2026-11-30T10:00:00Z; needs the log")
    private String time;

    @Option(
        names = "--to-sequence",
        paramLabel = "N",
        description = "as it was behind the operation of that number; needs the log")
    private long sequence = -1;

    @Option(names = "--to-end", description = "as it is at the end of the log that was kept")
    private boolean end;

    /** Up to where the log is followed; null: not at all. */
    Restoration.Limit limit() throws BackupException {
      if (time != null) {
        return new Restoration.Limit(Long.MAX_VALUE, millis(time));
      }
      if (sequence >= 0) {
        return new Restoration.Limit(sequence, Long.MAX_VALUE);
      }
      return end ? Restoration.Limit.NONE : null;
    }

    private static long millis(String time) throws BackupException {
      try {
        return OffsetDateTime.parse(time).toInstant().toEpochMilli();
      } catch (DateTimeParseException e) {
        throw new BackupException(
            "\"" + time + "\" is no time as 2026-11-30T10:00:00Z, with its zone");
      }
    }
  }

  @Override
  public Integer call() {
    try (BackupTarget target = BackupTarget.openForRead(files, folder)) {
      Restoration restoration = new Restoration(files, target, progress, BackupDates::text);
      Restoration.Limit limit = moment.limit();
      Backup backup = limit == null ? restoration.find(moment.id) : restoration.findBefore(limit);
      Restoration.Result result = restoration.restore(backup, directory, limit, new SecureRandom());
      progress.clear();
      System.out.printf(
          "%s: backup %s%s, up to operation %,d of %s; %,d tables, %,d blob files, %,d log segments,"
              + " in %.1f s%n",
          directory,
          backup.id(),
          result.sequence() > backup.sequence() ? " and the log behind it" : "",
          result.sequence(),
          BackupDates.text(result.timeMillis()),
          result.verification().tables(),
          result.verification().blobFiles(),
          result.verification().logSegments(),
          progress.seconds());
      return ExitCode.OK.code();
    } catch (StorageException e) {
      return progress.failed("restore", e);
    } catch (BackupException e) {
      return progress.failed("restore", e, ExitCode.FAILURE);
    }
  }
}

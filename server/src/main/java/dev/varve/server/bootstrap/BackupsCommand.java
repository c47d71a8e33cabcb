package dev.varve.server.bootstrap;

import dev.varve.server.config.MemorySize;
import dev.varve.storage.StorageException;
import dev.varve.storage.backup.Backup;
import dev.varve.storage.backup.BackupException;
import dev.varve.storage.backup.BackupTarget;
import dev.varve.storage.fs.DiskFileSystem;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells which backups there are, and whether they are as they were written. */
@Command(
    name = "backups",
    description = "Lists the backups in a folder, the oldest first; changes nothing.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:all that was read is as it was written",
      "1:there is no folder of backups",
      "5:something can't be read",
      "7:something is damaged",
    })
final class BackupsCommand implements Callable<Integer> {
  @Parameters(paramLabel = "TARGET", description = "the folder of backups")
  private Path folder;

  @Option(names = "--check", description = "read everything, and tell what of it is damaged")
  private boolean check;

  @Option(
      names = "--rate",
      paramLabel = "BYTES",
      description = "with --check: read no more than so many bytes a second, as 50mb")
  private String rate = "0";

  private final BackupProgress progress = new BackupProgress();

  @Override
  public Integer call() {
    try (BackupTarget target = BackupTarget.openForRead(new DiskFileSystem(), folder)) {
      if (check) {
        long damaged = target.check(progress, Paces.of(MemorySize.parse(rate)));
        progress.clear();
        if (damaged > 0) {
          System.out.printf("Damaged: %,d.%n", damaged);
          return ExitCode.CORRUPTION.code();
        }
      }
      list(target.backups());
      if (check) {
        System.out.println("Everything is as it was written.");
      }
      return ExitCode.OK.code();
    } catch (StorageException e) {
      return progress.failed("backups", e);
    } catch (BackupException | IllegalArgumentException e) {
      return progress.failed("backups", e, ExitCode.FAILURE);
    }
  }

  private static void list(List<Backup> backups) {
    for (Backup backup : backups) {
      System.out.printf(
          "%s: %,d bytes in %,d files of %s, up to operation %,d of %s%n",
          backup.id(),
          backup.bytes(),
          backup.files().size(),
          backup.database(),
          backup.sequence(),
          BackupDates.text(backup.timeMillis()));
    }
    System.out.printf("Backups: %,d.%n", backups.size());
  }
}

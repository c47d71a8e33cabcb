package dev.varve.server.bootstrap;

import dev.varve.server.config.MemorySize;
import dev.varve.server.transfer.Address;
import dev.varve.server.transfer.Link;
import dev.varve.storage.StorageException;
import dev.varve.storage.backup.Backup;
import dev.varve.storage.backup.BackupException;
import dev.varve.storage.backup.BackupRun;
import dev.varve.storage.backup.BackupTarget;
import dev.varve.storage.backup.Retention;
import dev.varve.storage.engine.HeldCheckpoint;
import dev.varve.storage.engine.OfflineDatabase;
import dev.varve.storage.fs.DiskFileSystem;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.wal.KeptLogs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Copies all the data to a folder of backups. */
@Command(
    name = "backup",
    description = {
      "Copies all data to a folder of backups: from a directory that no server has open, or from a"
          + " running server on this machine, which makes a checkpoint for it. The data is verified"
          + " before. What the folder has already isn't copied again; if this is broken off, the"
          + " same command goes on with what was copied.",
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:the backup is whole and on the disk",
      "1:there is no new backup, as was told",
      "4:another backup is being made, or a server has the directory open",
      "5:something can't be read or written",
      "7:the data is damaged",
      "8:the disk is full",
    })
final class BackupCommand implements Callable<Integer> {
  @Parameters(paramLabel = "TARGET", description = "the folder of backups; made if it isn't there")
  private Path folder;

  @ArgGroup(multiplicity = "1")
  private DataSource source;

  @Mixin private TlsFiles tls;

  @Option(
      names = "--logs",
      description =
          "copy the log, too, so that the data can be restored as it was at any time between"
              + " backups; the server must keep it, see kept-log-size")
  private boolean logs;

  @Option(names = "--logs-only", description = "copy the log, and make no backup")
  private boolean logsOnly;

  @Option(
      names = "--keep",
      paramLabel = "N",
      description = "then remove all but the N newest backups, and files that none of those needs")
  private int keep;

  @Option(
      names = "--rate",
      paramLabel = "BYTES",
      description = "read no more than so many bytes a second, as 50mb")
  private String rate = "0";

  private final FileSystem files = new DiskFileSystem();
  private final BackupProgress progress = new BackupProgress();

  @Override
  public Integer call() {
    try {
      if (keep < 0) {
        throw new BackupException("--keep " + keep + " would keep nothing");
      }
      tls.check(source.server);
      try (BackupTarget target = BackupTarget.openForWrite(files, folder)) {
        if (source.directory != null) {
          ofDirectory(target, source.directory);
        } else {
          ofServer(target, tls.address(source.server));
        }
      }
      return ExitCode.OK.code();
    } catch (StorageException e) {
      return progress.failed("backup", e);
    } catch (BackupException | IOException | IllegalArgumentException e) {
      return progress.failed("backup", e, ExitCode.FAILURE);
    }
  }

  private void ofDirectory(BackupTarget target, Path directory) throws BackupException {
    try (OfflineDatabase database = OfflineDatabase.open(files, directory)) {
      if (database == null) {
        throw new BackupException("there is no database in " + directory);
      }
      run(target, database, directory);
    }
  }

  private void ofServer(BackupTarget target, Address address) throws BackupException, IOException {
    try (HeldCheckpoint checkpoint = checkpointOf(address)) {
      Path checkpoints = checkpoint.database().path().getParent();
      run(target, checkpoint.database(), checkpoints.getParent());
    }
  }

  /** Again if it is deleted before it is held, as others may have the server make checkpoints. */
  private HeldCheckpoint checkpointOf(Address address) throws BackupException, IOException {
    try (Link link = Link.to(address)) {
      HeldCheckpoint held = null;
      while (held == null) {
        Path made = ServerCheckpoint.make(link);
        if (!files.exists(made.getParent())) {
          throw new BackupException(
              "the server's checkpoint "
                  + made
                  + " is not to be seen here: run this on the server's machine");
        }
        held = HeldCheckpoint.of(files, made);
      }
      return held;
    }
  }

  private void run(BackupTarget target, OfflineDatabase database, Path data)
      throws BackupException {
    BackupRun run =
        new BackupRun(files, target, database, Paces.of(MemorySize.parse(rate)), progress);
    // First what was kept: what is put into tables from here on is in the checkpoint's log.
    if (logs || logsOnly) {
      run.copyLog(KeptLogs.folder(data));
    }
    Backup backup = logsOnly ? null : run.makeBackup(System.currentTimeMillis(), new BackupDates());
    progress.clear();
    if (backup != null) {
      System.out.printf(
          "backup %s: %,d bytes in %,d files, up to operation %,d; %,d bytes in %,d files were"
              + " copied, in %.1f s%n",
          backup.id(),
          backup.bytes(),
          backup.files().size(),
          backup.sequence(),
          run.copiedBytes(),
          run.copiedFiles(),
          progress.seconds());
    }
    if (logs || logsOnly) {
      System.out.printf("log: %,d segments were copied%n", run.copiedSegments());
    }
    if (keep > 0) {
      removeOld(target, database.id());
    }
  }

  private void removeOld(BackupTarget target, String database) {
    Retention retention = new Retention(files, target);
    retention.keepNewest(keep, database);
    System.out.printf(
        "removed: %,d backups, %,d files of %,d bytes%n",
        retention.removedBackups(), retention.removedFiles(), retention.removedBytes());
  }
}

package dev.varve.server.bootstrap;

import dev.varve.storage.StorageException;
import dev.varve.storage.Verification;
import dev.varve.storage.engine.OfflineDatabase;
import dev.varve.storage.fs.DiskFileSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Verifies a database that no server has open. */
@Command(
    name = "check",
    description = {
      "Reads all data in a directory and tells what of it is damaged; changes nothing. Refuses if a"
          + " server has it open.",
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:everything is as it was written",
      "1:something is damaged",
      "2:it can't be checked",
    },
    exitCodeOnExecutionException = CheckCommand.UNCHECKED)
final class CheckCommand implements Callable<Integer> {
  static final int SOUND = 0;
  static final int DAMAGED = 1;
  static final int UNCHECKED = 2;

  @Parameters(paramLabel = "DIR", description = "the directory")
  private Path directory;

  @Option(names = "--json", description = "print one JSON object instead of text")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    try (OfflineDatabase database = OfflineDatabase.open(new DiskFileSystem(), directory)) {
      if (database == null) {
        return unchecked("there is no database in " + directory);
      }
      return json ? checkAsJson(database) : checkAsText(database);
    } catch (StorageException.Locked e) {
      return unchecked(e.getMessage() + "; stop the server first");
    } catch (StorageException e) {
      return unchecked(e.getMessage());
    }
  }

  private static int unchecked(String reason) {
    System.err.println("varve check: " + reason);
    return UNCHECKED;
  }

  private int checkAsText(OfflineDatabase database) {
    ProgressBar bar = ProgressBar.onTerminal();
    Verification result;
    try {
      result = database.verify(new DamagePrinter(bar));
    } finally {
      bar.clear();
    }
    System.out.printf(
        "%s: %,d tables with %,d entries, %,d blob files, %,d log segments, last sequence number"
            + " %,d%n",
        directory,
        result.tables(),
        result.entries(),
        result.blobFiles(),
        result.logSegments(),
        result.lastSequence());
    if (result.isSound()) {
      System.out.println("Everything is as it was written.");
      return SOUND;
    }
    System.out.printf(
        "Damaged places: %,d. \"varve repair %s\" keeps what is sound and moves the rest aside.%n",
        result.damages(), directory);
    return DAMAGED;
  }

  private int checkAsJson(OfflineDatabase database) throws IOException {
    DamageReport report = new DamageReport(System.out, directory);
    try {
      Verification result = database.verify(report);
      report.end(result);
      return result.isSound() ? SOUND : DAMAGED;
    } catch (StorageException e) {
      report.end(e);
      throw e;
    }
  }
}

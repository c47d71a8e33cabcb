package dev.varve.server.bootstrap;

import dev.varve.server.datatype.check.CollectionCheck;
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
      "Reads all data in a directory and tells what of it is damaged, and whether collections are"
          + " whole; changes nothing. Refuses if a server has it open.",
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
    DamageReport report = json ? new DamageReport(System.out, directory) : null;
    try {
      Verification files = verify(report);
      if (files == null) {
        return unchecked("there is no database in " + directory);
      }
      if (!files.isSound()) {
        return damaged(files, report);
      }
      return checkCollections(files, report);
    } catch (StorageException.Locked e) {
      return unchecked(e.getMessage() + "; stop the server first");
    } catch (StorageException e) {
      if (report != null) {
        report.end(e);
      }
      return unchecked(e.getMessage());
    }
  }

  /** Verifies the files; returns null if there is no database. */
  private Verification verify(DamageReport report) {
    try (OfflineDatabase database = OfflineDatabase.open(new DiskFileSystem(), directory)) {
      if (database == null) {
        return null;
      }
      if (report != null) {
        return database.verify(report);
      }
      ProgressBar bar = ProgressBar.onTerminal();
      try {
        return database.verify(new DamagePrinter(bar));
      } finally {
        bar.clear();
      }
    }
  }

  private static int unchecked(String reason) {
    System.err.println("varve check: " + reason);
    return UNCHECKED;
  }

  private int damaged(Verification files, DamageReport report) throws IOException {
    if (report != null) {
      report.files(files);
      report.end((CollectionCheck.Result) null);
      return DAMAGED;
    }
    print(files);
    System.out.printf(
        "Damaged places: %,d. \"varve repair %s\" keeps what is sound and moves the rest aside.%n",
        files.damages(), directory);
    return DAMAGED;
  }

  private void print(Verification files) {
    System.out.printf(
        "%s: %,d tables with %,d entries, %,d blob files, %,d log segments, last sequence number"
            + " %,d%n",
        directory,
        files.tables(),
        files.entries(),
        files.blobFiles(),
        files.logSegments(),
        files.lastSequence());
  }

  /** Checks whether what is in sound files hangs together. */
  private int checkCollections(Verification files, DamageReport report) throws IOException {
    FaultPrinter printer = new FaultPrinter();
    if (report != null) {
      report.files(files);
      CollectionCheck.Result result = CollectionInspection.check(directory, report::found);
      report.end(result);
      return result.faults() == 0 ? SOUND : DAMAGED;
    }
    CollectionCheck.Result result = CollectionInspection.check(directory, printer);
    print(files);
    printer.end(result);
    if (result.faults() == 0) {
      System.out.println("Everything is as it was written.");
      return SOUND;
    }
    System.out.printf(
        "Wrong: %,d. \"varve repair %s\" mends what can be mended.%n", result.faults(), directory);
    return DAMAGED;
  }
}

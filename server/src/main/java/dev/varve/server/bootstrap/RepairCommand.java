package dev.varve.server.bootstrap;

import dev.varve.server.datatype.check.CollectionCheck;
import dev.varve.storage.Damage;
import dev.varve.storage.StorageException;
import dev.varve.storage.Verification;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.engine.OfflineDatabase;
import dev.varve.storage.fs.DiskFileSystem;
import dev.varve.storage.repair.RepairReport;
import dev.varve.storage.wal.LogSalvage;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a damaged database one that opens, of what is sound. */
@Command(
    name = "repair",
    description = {
      "Makes of a damaged database one that opens and holds what is sound, after asking. Nothing is"
          + " deleted: what can't be used goes to DIR/lost. Refuses if a server has it open.",
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:the database is sound and opens, as was tried; what was lost was printed",
      "1:nothing was changed, as nobody said yes",
      "2:it can't be repaired, or what was made of it is not sound, or doesn't open",
    },
    exitCodeOnExecutionException = RepairCommand.FAILED)
final class RepairCommand implements Callable<Integer> {
  static final int REPAIRED = 0;
  static final int DECLINED = 1;
  static final int FAILED = 2;

  @Parameters(paramLabel = "DIR", description = "the directory")
  private Path directory;

  @Option(names = "--yes", description = "don't ask")
  private boolean yes;

  private final ProgressBar bar = ProgressBar.onTerminal();

  @Override
  public Integer call() {
    try (OfflineDatabase database = OfflineDatabase.open(new DiskFileSystem(), directory)) {
      if (database == null) {
        return failed("there is no database in " + directory);
      }
      int code = repair(database);
      if (code != REPAIRED) {
        return code;
      }
    } catch (StorageException.Locked e) {
      return failed(e.getMessage() + "; stop the server first");
    } catch (StorageException e) {
      return failed(e.getMessage());
    } finally {
      bar.clear();
    }
    return open();
  }

  /** What a repair promises: that the database can be opened, and what keys lead to is whole. */
  private int open() {
    try {
      FaultPrinter printer = new FaultPrinter();
      CollectionCheck.Result found = CollectionInspection.check(directory, printer);
      printer.end(found);
      System.out.println("The database can be opened.");
      return found.faults() == 0 ? REPAIRED : mend(found.faults());
    } catch (StorageException e) {
      return failed("the database doesn't open: " + e.getMessage());
    }
  }

  private int mend(long faults) {
    String question =
        String.format(
            "Mend %,d faults of collections in %s?",
            faults, directory.toAbsolutePath().normalize());
    if (!yes && !Confirmation.ask("varve repair", question)) {
      System.err.println("varve repair: collections were left as they are");
      return DECLINED;
    }
    FaultPrinter left = new FaultPrinter();
    CollectionInspection.mend(directory, (_, _, _, _) -> {});
    CollectionCheck.Result made = CollectionInspection.check(directory, left);
    System.out.printf("Mended: %,d of %,d faults.%n", faults - made.faults(), faults);
    return made.faults() == 0 ? REPAIRED : failed("not all of it can be mended");
  }

  private static int failed(String reason) {
    System.err.println("varve repair: " + reason);
    return FAILED;
  }

  private int repair(OfflineDatabase database) {
    Verification found = database.verify(new DamagePrinter(bar));
    bar.clear();
    if (found.isSound()) {
      System.out.println("All files are as they were written.");
      return REPAIRED;
    }
    String question =
        String.format(
            "Repair the database in %s, giving up what is damaged?",
            directory.toAbsolutePath().normalize());
    if (!yes && !Confirmation.ask("varve repair", question)) {
      System.err.println("varve repair: nothing was changed");
      return DECLINED;
    }
    VerificationListener quiet =
        new VerificationListener() {
          @Override
          public void progressed(long bytes, long totalBytes) {
            bar.show(bytes, totalBytes);
          }

          @Override
          public void damaged(Damage damage) {}
        };
    RepairReport report = database.repair(CollectionInspection.OPTIONS, new SecureRandom(), quiet);
    bar.clear();
    print(report);
    Verification made = database.verify(new DamagePrinter(bar));
    bar.clear();
    return made.isSound() ? REPAIRED : failed("what was made of it is not sound");
  }

  private static void print(RepairReport report) {
    report
        .moved()
        .forEach(each -> System.out.println("moved: " + each.file() + " to " + each.to()));
    report
        .lost()
        .forEach(each -> System.out.println("lost: " + each.file() + ": " + each.content()));
    for (LogSalvage.Hole hole : report.holes()) {
      System.out.printf("lost: operations %,d to %,d%n", hole.first(), hole.last());
    }
    System.out.printf(
        "%,d tables kept, %,d written anew without lost values, %,d merged anew, %,d made from the"
            + " log; last sequence number %,d%n",
        report.keptTables(),
        report.rewrittenTables(),
        report.mergedTables(),
        report.tablesFromLog(),
        report.lastSequence());
    if (!report.levelsKept()) {
      System.out.println(
          "No manifest told which tables were in use: keys that had been deleted or overwritten"
              + " just before may have come back.");
    }
    if (!report.countsKept()) {
      System.out.println("The numbers of keys are not known any more: DBSIZE counts when asked.");
    }
  }
}

package dev.varve.storage.engine;

import static dev.varve.storage.engine.DeliberateFault.affirm;
import static dev.varve.storage.engine.DeliberateFault.divert;
import static dev.varve.storage.engine.DeliberateFault.precede;
import static dev.varve.storage.engine.DeliberateFault.skip;
import static dev.varve.storage.engine.DeliberateFault.takeForEqual;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Shows that the simulation bites: with each of these faults put into the engine it finds a
 * violation within a bounded number of seeds, and without any it finds none.
 */
class DeliberateFaultsTest {
  private static final int SEEDS = 200;

  static Stream<DeliberateFault> faults() {
    return Stream.of(
        skip("a sync of the log is skipped", "wal.Segment", "sync", "WritableFile.sync"),
        divert(
            "a failed sync of the log is ignored",
            "wal.Segment",
            "sync",
            "WritableFile.sync",
            "syncIgnoringErrors"),
        divert(
            "a group is acknowledged before it is synced",
            "engine.LsmEngine",
            "durableSequence",
            "Log.durableIndex",
            "writtenIndex"),
        skip(
                "a finished log segment isn't synced",
                "wal.SegmentedLog",
                "sync",
                "SegmentedLog.syncOne")
            .firstOf(2),
        precede(
            "a log segment is deleted before the manifest records the flush",
            "engine.Flusher",
            "published",
            "giveUpLog",
            "parts"),
        takeForEqual(
            "a torn tail is taken for sound",
            "record.RecordReader",
            "isFragment",
            "CRC32C.getValue"),
        takeForEqual(
                "a recycled segment's old records are replayed",
                "record.RecordReader",
                "isFragment",
                "ByteBuffer.getInt")
            .firstOf(2),
        divert(
            "what was deleted or had expired is back after a restart",
            "engine.LsmEngine$Replay",
            "point",
            "AddGroup.add",
            "addPutsOnly"),
        skip(
                "replay forgets the time",
                "engine.LsmEngine$Replay",
                "accept",
                "WriteBatch.timeMillis")
            .foundBy("engine.TimeTest.goesOnFromWhatTheLogHolds"),
        skip(
                "opening forgets the time of what is flushed",
                "engine.LsmEngine",
                "recover",
                "Version.lastTimeMillis")
            .foundBy("engine.TimeTest.goesOnFromWhatTheManifestSays"),
        skip("the engine's time steps back", "engine.LsmEngine", "tick", "Math.max")
            .foundBy("engine.TimeTest.staysWhenTheWallClockStepsBack"),
        divert(
                "recovery syncs what a failed sync gave up, and doesn't write it",
                "wal.LogRecovery",
                "makeDurable",
                "UnsyncedBytes.rewrite",
                "syncOnly")
            .foundBy("engine.FailedSyncTest.recoveryWritesAnewWhatAFailedSyncLeftInMemoryOnly"),
        divert(
            "a sequence number is used again",
            "flush.FlushJob",
            "run",
            "Memtable.lastSequence",
            "lastSequenceButOne"),
        skip("a flush forgets range deletes", "flush.FlushJob", "run", "List.add"),
        skip("a flush forgets what is abandoned", "flush.FlushJob", "run", "VersionEdit.abandon"),
        skip(
            "a replay forgets what is abandoned",
            "engine.LsmEngine$Replay",
            "abandon",
            "LsmEngine$ToMemtable.abandon"),
        skip("an opening forgets what is abandoned", "manifest.EditSum", "toEdit", "EditSum.join"),
        skip(
            "an abandoned range is forgotten before its tables are merged",
            "manifest.AbandonedSpace$Sweep",
            "isLeft",
            "TableMeta.mayHold"),
        divert(
            "a merge under way is taken to know what is abandoned meanwhile",
            "compaction.CompactionJob",
            "run",
            "Version.stamp",
            "stampOfAll"),
        skip(
            "what a blind put hid is looked at by no merge",
            "iterator.SurvivorCursor",
            "leadsTo",
            "Marks.leadsTo"),
        skip(
                "what a blind put hid is looked at by no settlement",
                "settle.SettleWalk",
                "leadsTo",
                "Marks.leadsTo")
            .foundBy("engine.OrphansTest.aSettlementOfATableFindsOut"),
        skip(
                "what a memtable's settled blind put hid is forgotten",
                "base.CountChanges",
                "immutableCopy",
                "CountChanges.addAbandoned")
            .foundBy("engine.OrphansTest.aFlushWritesDownWhatASettlementOfAMemtableFoundOut"),
        skip(
                "a sequence number is cleared under an older abandoned range",
                "iterator.SurvivorCursor",
                "sequence",
                "SurvivorCursor.wasAbandoned")
            .foundBy("engine.AbandonTest.aSequenceNumberIsNotClearedUnderAnOlderRange"),
        divert(
            "what is written after an abandoning is abandoned, too",
            "iterator.SurvivorCursor",
            "readVersions",
            "AbandonedRanges$Cover.newestOver",
            "abandonedForGood"),
        skip("a flush forgets counts", "flush.FlushJob", "run", "CountChanges.addAll"),
        skip(
            "a flush forgets what was paid of debts",
            "flush.FlushJob",
            "run",
            "SettledDebts.addTo"),
        skip("a table isn't synced", "block.BlockOutput", "finish", "WritableFile.sync"),
        skip(
            "the folder isn't synced behind a new table",
            "manifest.TableFiles",
            "syncNames",
            "FileSystem.syncDirectory"),
        skip(
            "the folder isn't synced behind a new manifest",
            "manifest.CurrentFile",
            "switchOver",
            "FileSystem.syncDirectory"),
        skip(
            "a file is renamed before it is synced",
            "manifest.CurrentFile",
            "prepare",
            "WritableFile.sync"),
        precede(
            "the manifest is written after the tables are deleted",
            "manifest.Manifest",
            "commit",
            "deleteTables",
            "fileSystem",
            "directory"),
        skip("an edit isn't synced", "manifest.Manifest", "append", "ManifestWriter.sync"),
        skip(
            "a file's number is used again",
            "manifest.Manifest",
            "recover",
            "FileNumbers.startBehind"),
        takeForEqual(
                "a block's checksum isn't checked",
                "block.BlockFile",
                "checkSum",
                "CRC32C.getValue")
            .foundBy("engine.DamageTest.everyFlippedByteIsNoticedOrHarmless"),
        affirm(
            "a tombstone is dropped early",
            "iterator.SurvivorCursor",
            "dropIdleTombstones",
            "SurvivorCursor.hidesNothing"),
        skip(
            "a sequence number is cleared though older entries lie beneath",
            "compaction.CompactionJob",
            "merge",
            "Levels.anyOverlapping"),
        skip(
            "a lookup of many keys forgets range deletes",
            "engine.ReadState",
            "lookInMemtables",
            "ReadState.newestTombstone"),
        skip(
            "a row outlives a flush of its key",
            "engine.Tree",
            "forgetRows",
            "Memtable.forEachKey"),
        skip(
            "a row outlives a flush of a range delete",
            "engine.Tree",
            "forgetRows",
            "RowCache.clear"),
        skip(
            "a debt is settled and not counted",
            "iterator.SurvivorCursor",
            "settleOldest",
            "Marks.payForNew"),
        skip(
            "a replaced value that was marked is counted on",
            "iterator.SurvivorCursor",
            "settleByNext",
            "Marks.payForReplaced"),
        skip(
                "a settled table is paid again by the merge that took it",
                "engine.Installer",
                "installUnlessForgotten",
                "Installer.arePaid")
            .foundBy("engine.SettleTest.whatAMergeTakesAndAWalkHasPaidIsNotPaidAgainByTheMerge"),
        skip(
                "a settled table is paid again by a later merge",
                "manifest.Version",
                "cursors",
                "TableMeta.settled")
            .foundBy("engine.SettleTest.aSettledTableIsNotPaidAgainByALaterMerge"),
        skip(
                "a log segment that a checkpoint shares is recycled",
                "wal.SegmentPool",
                "step",
                "Set.remove")
            .foundBy("engine.CheckpointTest.whatBecomesOfTheOriginalIsNothingToTheCheckpoint"),
        skip(
                "a segment behind the end of a closed log is built upon",
                "wal.LogRecovery",
                "firstInDoubt",
                "SegmentHeader.startIndex")
            .foundBy("wal.SegmentedLogTest.aSegmentBehindTheEndOfAClosedLogIsNotBuiltUpon"),
        divert(
            "a blob file is deleted while tables refer to it",
            "manifest.Version",
            "whenReleased",
            "BlobFiles.indexOf",
            "notThere"),
        divert(
                "a purge drops tombstones that hide something",
                "compaction.CompactionJob",
                "merge",
                "CompactionPlan.beneath",
                "nothingBeneathPurges")
            .foundBy("compaction.TreeModelTest.aPurgeKeepsTheTombstonesOfWhatIsBeneath"),
        skip(
                "a purge drops what a put hides that owes a count",
                "compaction.TablesAbove",
                "hide",
                "EntryKind.isBlind")
            .foundBy("compaction.TreeModelTest.aPurgeKeepsWhatIsNotHiddenAndTakesNothingElse"),
        divert(
            "an ingested table is published before it is synced",
            "engine.Ingester",
            "ingest",
            "Parts.tables",
            "unsyncedTables"),
        skip(
            "the folder isn't synced behind an ingested table",
            "ingest.IngestJob",
            "run",
            "TableFiles.syncNames"),
        divert(
            "flushed memtables hide what is ingested",
            "engine.Installer",
            "ingest",
            "Tree.installAbove",
            "installBeneath"),
        skip(
                "what a merge made is put over what was ingested meanwhile",
                "engine.Installer",
                "installUnlessForgotten",
                "Levels.collidesWith")
            .foundBy("engine.IngestTest.anIngestDuringMergesLosesNothing"),
        skip(
                "the sync of a folder does nothing on the disk",
                "fs.DiskFileSystem",
                "syncDirectory",
                "FileChannel.force")
            .foundBy("fs.DiskCallsTest.theSyncOfAFolderSyncsTheFolder"),
        skip(
                "the sync of a file does nothing on the disk",
                "fs.DiskFileSystem$WriteChannel",
                "sync",
                "FileChannel.force")
            .foundBy("fs.DiskCallsTest.theSyncOfAFileSyncsIt"),
        affirm(
                "a freed cache block may be pinned again",
                "cache.TableBlocks",
                "peek",
                "Block.tryPin")
            .foundBy("cache.BlockCacheTest.aFreedBlockThatATableStillNamesIsNotFound"),
        skip(
                "a lost folder is still written to",
                "engine.LsmEngine",
                "everySecond",
                "Parts.lookAfterDirectory")
            .foundBy("engine.DirectoryLossTest.aDeletedIdentityIsTheEndOfWrites"),
        skip("a lost folder is flushed to", "engine.Installer", "commit", "Parts.checkOwn")
            .foundBy("engine.DirectoryLossTest.aFlushIntoAFolderThatIsLostChangesNothingThere"),
        skip(
                "a background task dies silently",
                "engine.GatedScheduler",
                "tellOf",
                "Consumer.accept")
            .foundBy("engine.BackgroundDeathTest.aTaskThatCannotBeHandedInIsTold"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void isFound(DeliberateFault fault) throws Throwable {
    ClassLoader loader = new FaultyClassLoader(fault);
    // Here, so that a fault that can't be put in is not taken for one that is found.
    Class.forName(DeliberateFault.ROOT + fault.type(), true, loader);
    if (fault.finder() != null) {
      String violation = violation(test(loader, fault.finder()));
      assertNotNull(violation, () -> fault + ": not found by " + fault.finder());
      report(fault, fault.finder(), violation);
    } else {
      findBySimulation(fault, simulation(loader));
    }
  }

  private static void findBySimulation(DeliberateFault fault, MethodHandle simulation)
      throws Throwable {
    long first = firstSeed();
    String violation = null;
    int seeds = 0;
    while (violation == null && seeds < SEEDS) {
      violation = violation(simulation.bindTo(first + seeds++));
    }
    String tried = "seed " + seeds + " from " + first + " on";
    assertNotNull(violation, () -> fault + ": not found up to " + tried);
    report(fault, tried, violation);
  }

  private static void report(DeliberateFault fault, String by, String violation) {
    System.out.printf("%s: found by %s: %.120s%n", fault, by, violation);
  }

  @Test
  void withoutAFaultThereIsNoViolation() throws Throwable {
    MethodHandle simulation = simulation(new FaultyClassLoader(null));
    long first = firstSeed();
    for (int i = 0; i < 3; i++) {
      assertNull(violation(simulation.bindTo(first + i)), "seed " + (first + i));
    }
  }

  @Test
  void aFaultWhosePlaceIsGoneIsAnError() {
    DeliberateFault misplaced = skip("misplaced", "wal.Segment", "sync", "WritableFile.truncate");
    assertThrows(IllegalStateException.class, () -> isFound(misplaced));
  }

  private static long firstSeed() {
    return Long.getLong("varve.seed", System.nanoTime());
  }

  /** Runs all that is simulated of a seed. */
  private static MethodHandle simulation(ClassLoader loader) throws ReflectiveOperationException {
    Class<?> type = loader.loadClass(SimulatedSeed.class.getName());
    return handle(type.getDeclaredMethod("run", long.class))
        .asType(MethodType.methodType(void.class, Long.class));
  }

  /** Runs a test, as JUnit would. */
  private static MethodHandle test(ClassLoader loader, String name)
      throws ReflectiveOperationException {
    int dot = name.lastIndexOf('.');
    Class<?> type = loader.loadClass(DeliberateFault.ROOT + name.substring(0, dot));
    Constructor<?> constructor = type.getDeclaredConstructor();
    constructor.setAccessible(true);
    Object instance = constructor.newInstance();
    for (Method method : type.getDeclaredMethods()) {
      if (method.isAnnotationPresent(BeforeAll.class)
          || method.isAnnotationPresent(BeforeEach.class)) {
        method.setAccessible(true);
        method.invoke(instance);
      }
    }
    return handle(type.getDeclaredMethod(name.substring(dot + 1))).bindTo(instance);
  }

  private static MethodHandle handle(Method method) throws IllegalAccessException {
    method.setAccessible(true);
    return MethodHandles.lookup().unreflect(method);
  }

  /**
   * What a run complains of; null if it doesn't. Other errors, as when the loader finds a class not
   * to be well-formed, are thrown.
   */
  private static String violation(MethodHandle run) throws Throwable {
    try {
      run.invoke();
      return null;
    } catch (AssertionError | RuntimeException e) {
      Throwable first = e;
      while (first.getCause() != null) {
        first = first.getCause();
      }
      return first.toString();
    }
  }
}

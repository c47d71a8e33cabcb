package dev.varve.storage.engine;

import dev.varve.storage.base.AbandonedRanges;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.compaction.CompactionPlan;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.WritableFile;
import dev.varve.storage.manifest.BlobFiles;
import dev.varve.storage.manifest.Depth;
import dev.varve.storage.manifest.FileNames;
import dev.varve.storage.manifest.FileNumbers;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableFiles;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.manifest.VersionEdit;
import dev.varve.storage.memtable.AddGroup;
import dev.varve.storage.memtable.Memtable;
import dev.varve.storage.wal.Log;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/**
 * What an engine with a {@link DeliberateFault} does instead of the right thing. Called by name,
 * from the bytecode that the fault puts in.
 */
public final class WrongTurns {
  private static final Logger LOGGER = Logger.getLogger(WrongTurns.class.getName());

  private WrongTurns() {}

  /** Instead of a sync: its error is not passed on. */
  public static void syncIgnoringErrors(WritableFile file) {
    try {
      file.sync();
    } catch (IOException e) {
      LOGGER.fine(e::toString);
    }
  }

  /** Instead of writing what may be in the page cache only once more: syncs it. */
  public static void syncOnly(
      FileSystem fileSystem, Path path, WritableFile file, long from, long to) throws IOException {
    file.sync();
  }

  /** Instead of its last sequence number: the one before, so that the last is given away again. */
  public static long lastSequenceButOne(Memtable memtable) {
    return memtable.lastSequence() - 1;
  }

  /** Instead of what is durable: what is written. */
  public static long writtenIndex(Log log) {
    return log.writtenIndex();
  }

  /** Before a manifest commits an edit: the files of the tables that it takes away are deleted. */
  public static void deleteTables(FileSystem fileSystem, Path directory, VersionEdit edit) {
    Set<Long> moved =
        edit.added().stream().map(added -> added.table().number()).collect(Collectors.toSet());
    for (VersionEdit.Removed removed : edit.removed()) {
      if (!moved.contains(removed.number())) {
        delete(fileSystem, FileNames.table(directory, removed.number()));
      }
    }
  }

  private static void delete(FileSystem fileSystem, Path file) {
    try {
      fileSystem.delete(file);
    } catch (NoSuchFileException e) {
      // Deleted before a commit that the disk let fail, and that is tried again.
    } catch (IOException e) {
      throw FileErrors.wrap("deleting " + file, e);
    }
  }

  /** Before it is considered what to flush: the log of that is given up. */
  static void giveUpLog(Parts parts, long published) {
    parts.log().flushedUpTo(published);
  }

  /** Instead of adding all that the log holds: leaves tombstones out. */
  static void addPutsOnly(
      AddGroup group,
      Memtable to,
      byte kind,
      long sequence,
      byte[] source,
      int keyOffset,
      int keyLength,
      int valueOffset,
      int valueLength) {
    if (EntryKind.isPut(kind)) {
      group.add(to, kind, sequence, source, keyOffset, keyLength, valueOffset, valueLength);
    }
  }

  /** Instead of what a version knows to be abandoned: all that ever will be. */
  public static long stampOfAll(Version version) {
    return Integer.MAX_VALUE;
  }

  /** Instead of when a key was last abandoned: later than anything. */
  public static long abandonedForGood(AbandonedRanges.Cover cover, byte[] key, int length) {
    return cover.newestOver(key, length) == AbandonedRanges.NONE
        ? AbandonedRanges.NONE
        : Long.MAX_VALUE;
  }

  /** Instead of where a blob file is in the next version: nowhere. */
  public static int notThere(BlobFiles blobs, long number) {
    return -1;
  }

  /** Instead of what is older than a merge's output: nothing, if the merge is a purge. */
  public static Depth nothingBeneathPurges(CompactionPlan plan, Levels levels) {
    return plan.kind() == CompactionPlan.Kind.PURGE ? Depth.of(Levels.COUNT) : plan.beneath(levels);
  }

  /** Instead of letting go of flushed memtables: they stay in front of the version. */
  static void installBeneath(Tree tree, Version version) {
    tree.install(version, List.of());
  }

  /** Instead of the database's tables: such that are never synced. */
  static TableFiles unsyncedTables(Parts parts) throws ReflectiveOperationException {
    Field numbers = TableFiles.class.getDeclaredField("numbers");
    numbers.setAccessible(true);
    return new TableFiles(
        neverSyncing(FileSystem.class, parts.environment().fileSystem()),
        parts.directory(),
        parts.options(),
        (FileNumbers) numbers.get(parts.tables()));
  }

  /** A file system or a file of one that is the same but for syncs, which do nothing. */
  private static <T> T neverSyncing(Class<T> type, T target) {
    InvocationHandler handler =
        (_, method, arguments) -> {
          if (method.getName().startsWith("sync")) {
            return null;
          }
          try {
            Object result = method.invoke(target, arguments);
            return result instanceof WritableFile file
                ? neverSyncing(WritableFile.class, file)
                : result;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}

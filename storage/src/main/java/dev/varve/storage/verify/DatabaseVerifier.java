package dev.varve.storage.verify;

import dev.varve.storage.Damage;
import dev.varve.storage.StorageException;
import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.Verification;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.base.BlobUse;
import dev.varve.storage.blob.BlobMeta;
import dev.varve.storage.blob.BlobReader;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.manifest.BlobFiles;
import dev.varve.storage.manifest.FileNames;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.ManifestContents;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.manifest.Version;
import dev.varve.storage.sstable.TableReader;
import dev.varve.storage.wal.LogCheck;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Verifies the parts of a database one after another, in the order that its user asks for, and adds
 * up what was found. A step goes on after what is damaged; what can't be read because the disk
 * fails is damage, too. Used by one thread.
 */
public final class DatabaseVerifier {
  /** The log of a database in use may be flushed away under the reader so often in a row. */
  private static final int MOST_FLUSHES = 100;

  private final FileSystem fileSystem;
  private final Path directory;
  private final VerificationListener listener;

  private long totalBytes;
  private long bytes;
  private long tables;
  private long blobFiles;
  private long logSegments;
  private long entries;
  private long lastSequence;
  private long damages;

  /** Makes the verifier of the database in a directory. */
  public DatabaseVerifier(FileSystem fileSystem, Path directory, VerificationListener listener) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.listener = listener;
  }

  /** A step of a verification. */
  private interface Step {
    void run() throws IOException;
  }

  /** Carries a step out; false if it ended with damage. */
  private boolean run(String file, Step step) {
    try {
      step.run();
      return true;
    } catch (Corruption e) {
      damaged(e.damage());
    } catch (StorageException.Io e) {
      damaged(new Damage(file, 0, "a file that can be read (" + e.getMessage() + ")"));
    } catch (IOException e) {
      StorageException error = FileErrors.wrap("reading " + file, e);
      damaged(new Damage(file, 0, "a file that can be read (" + error.getMessage() + ")"));
    }
    return false;
  }

  private void damaged(Damage damage) {
    damages++;
    listener.damaged(damage);
  }

  private void advance(long more) {
    bytes = Math.min(totalBytes, bytes + more);
    listener.progressed(bytes, totalBytes);
  }

  /** What progress will be measured by: the files of these levels and of the log. */
  public void expect(Levels levels) {
    for (int level = 0; level < Levels.COUNT; level++) {
      totalBytes += levels.bytes(level);
    }
    totalBytes += levels.blobs().bytes();
    expectLog();
  }

  /** As {@link #expect(Levels)}, where it isn't known which files belong to the database. */
  public void expect(List<Path> files) {
    for (Path file : files) {
      run(file.toString(), () -> totalBytes += fileSystem.size(file));
    }
    expectLog();
  }

  private void expectLog() {
    run(directory.toString(), () -> totalBytes += LogCheck.bytes(fileSystem, directory));
    listener.progressed(0, totalBytes);
  }

  /** Runs a check that throws {@link Corruption}. */
  public void check(Path file, Runnable check) {
    run(file.toString(), check::run);
  }

  /** Reads the manifest; null if it is damaged. */
  public ManifestContents checkManifest() {
    ManifestContents[] found = new ManifestContents[1];
    run(
        directory.resolve(FileNames.CURRENT).toString(),
        () -> found[0] = ManifestContents.read(fileSystem, directory));
    return found[0];
  }

  /** Verifies the tables and blob files of a version that is in use. */
  public void checkTables(Version version) {
    checkLevels(version.levels());
    version.forEachTable(
        (meta, table) -> run(table.name(), () -> checkTable(table, () -> meta.check(table))));
    version.forEachBlob(
        (meta, blob) -> run(blob.name(), () -> checkBlob(blob, () -> meta.check(blob))));
  }

  /**
   * Verifies tables and blob files that are not in use.
   *
   * @param known tells of files that needn't be read, as they are known to be sound
   */
  public void checkTables(Levels levels, Predicate<Path> known) {
    checkLevels(levels);
    for (int level = 0; level < Levels.COUNT; level++) {
      for (TableMeta meta : levels.tables(level)) {
        if (known.test(FileNames.table(directory, meta.number()))) {
          tables++;
          advance(meta.bytes());
        } else {
          isSound(meta);
        }
      }
    }
    for (BlobFiles.BlobFile blob : levels.blobs().all()) {
      if (known.test(FileNames.blob(directory, blob.meta().number()))) {
        blobFiles++;
        advance(blob.meta().bytes());
      } else {
        isSound(blob.meta());
      }
    }
  }

  /**
   * Verifies a table's file, whatever it may be.
   *
   * @return what it says of itself; null if it isn't sound
   */
  public TableMeta checkTable(Path file) {
    return checkFile(file, null);
  }

  /** Verifies the file of a table that a manifest names. */
  public boolean isSound(TableMeta table) {
    return checkFile(FileNames.table(directory, table.number()), table) != null;
  }

  /**
   * Verifies a blob file, whatever it may be.
   *
   * @return what it says of itself; null if it isn't sound
   */
  public BlobMeta checkBlob(Path file) {
    return checkBlobFile(file, null);
  }

  /** Verifies a blob file that a manifest names. */
  public boolean isSound(BlobMeta blob) {
    return checkBlobFile(FileNames.blob(directory, blob.number()), blob) != null;
  }

  private BlobMeta checkBlobFile(Path file, BlobMeta expected) {
    BlobMeta[] found = new BlobMeta[1];
    long damagesBefore = damages;
    long bytesBefore = bytes;
    boolean opened =
        run(
            file.toString(),
            () -> {
              long number = FileNames.blobNumber(file.getFileName().toString());
              try (BlockCache none = new BlockCache(0)) {
                BlobReader blob = BlobReader.open(fileSystem, file, number, none);
                try {
                  found[0] = blob.meta();
                  checkBlob(
                      blob,
                      () -> {
                        if (expected != null) {
                          expected.check(blob);
                        }
                      });
                } finally {
                  blob.release();
                }
              }
            });
    if (!opened && expected != null) {
      advance(bytesBefore + expected.bytes() - bytes);
    }
    return damages == damagesBefore ? found[0] : null;
  }

  private void checkBlob(BlobReader blob, Runnable identify) {
    identify.run();
    blob.verify(this::advance, e -> damaged(e.damage()));
    blobFiles++;
  }

  /**
   * Verifies that the blob files are there that a table refers to, where no manifest tells.
   *
   * @param sound blob files that are, by number
   */
  public void checkUses(TableMeta table, Map<Long, BlobMeta> sound) {
    for (BlobUse use : table.blobUses()) {
      BlobMeta blob = sound.get(use.blob());
      if (blob == null || use.values() > blob.values() || use.bytes() > blob.valueBytes()) {
        damaged(
            new Damage(
                FileNames.table(directory, table.number()).toString(),
                0,
                "sound blob files for what it refers to, but not " + use.blob()));
      }
    }
    Path file = FileNames.table(directory, table.number());
    run(
        file.toString(),
        () -> {
          for (long blob : ValueReferences.broken(fileSystem, directory, table, sound.keySet())) {
            if (sound.containsKey(blob)) {
              damaged(new Damage(file.toString(), 0, "the values of its keys in " + blob));
            }
          }
        });
  }

  private TableMeta checkFile(Path file, TableMeta expected) {
    TableMeta[] found = new TableMeta[1];
    long damagesBefore = damages;
    long bytesBefore = bytes;
    boolean opened =
        run(
            file.toString(),
            () -> {
              long number = FileNames.tableNumber(file.getFileName().toString());
              try (BlockCache none = new BlockCache(0)) {
                TableReader table = TableReader.open(fileSystem, file, number, none);
                try {
                  checkTable(table, () -> found[0] = identified(table, expected));
                } finally {
                  table.release();
                }
              }
            });
    if (!opened && expected != null) {
      advance(bytesBefore + expected.bytes() - bytes);
    }
    return damages == damagesBefore ? found[0] : null;
  }

  private static TableMeta identified(TableReader table, TableMeta expected) {
    if (expected != null) {
      expected.check(table);
      return expected;
    }
    try {
      return TableMeta.of(table);
    } catch (IllegalArgumentException e) {
      throw new Corruption(table.name(), 0, "a table with something in it");
    }
  }

  private void checkTable(TableReader table, Runnable identify) {
    identify.run();
    table.verify(this::advance, e -> damaged(e.damage()));
    tables++;
    entries += table.properties().entries();
    lastSequence = Math.max(lastSequence, table.properties().largestSequence());
  }

  /** That levels from 1 on are sorted and don't overlap was checked when they were made. */
  private void checkLevels(Levels levels) {
    List<TableMeta> newestFirst = levels.tables(0);
    for (int i = 0; i < newestFirst.size(); i++) {
      for (int j = i + 1; j < newestFirst.size(); j++) {
        checkOrder(newestFirst.get(i), newestFirst.get(j));
      }
    }
  }

  private void checkOrder(TableMeta newer, TableMeta older) {
    if (newer.overlaps(older.begin(), older.end())
        && newer.smallestSequence() <= older.largestSequence()) {
      damaged(
          new Damage(
              FileNames.table(directory, newer.number()).toString(),
              0,
              "in level 0, nothing as old as what is in " + older + ", but it is " + newer));
    }
  }

  /**
   * Reads the log of a database that is not in use, as recovery would.
   *
   * @param flushedUpTo up to which tables hold everything
   * @param reached up to which the log is known to have been durable
   */
  public void checkLog(long flushedUpTo, long reached) {
    LogCheck log = new LogCheck(fileSystem, directory, this::advance);
    run(log.name(), () -> log.readAll(flushedUpTo, reached));
    finishLog(log);
  }

  /** As {@link #checkLog}, where it isn't known from where on the log is needed: all of it. */
  public void checkLogAlone() {
    LogCheck log = new LogCheck(fileSystem, directory, this::advance);
    run(log.name(), log::readAlone);
    finishLog(log);
  }

  /**
   * Reads the log of a database that is in use.
   *
   * @param durable up to which it is durable
   * @param flushedUpTo tells up to which tables hold everything now
   */
  public void checkLiveLog(long durable, LongSupplier flushedUpTo) {
    LogCheck log = new LogCheck(fileSystem, directory, this::advance);
    run(
        log.name(),
        () -> {
          for (int attempt = 1; ; attempt++) {
            long flushed = flushedUpTo.getAsLong();
            try {
              log.readLive(flushed, durable);
              return;
            } catch (NoSuchFileException e) {
              // Renamed or deleted since it was listed, as it isn't needed any more. Were it
              // needed,
              // the others would tell that it is missing.
              if (attempt == MOST_FLUSHES) {
                throw e;
              }
            } catch (Corruption | IOException e) {
              // A flush may have let segments go while they were read.
              if (flushedUpTo.getAsLong() == flushed || attempt == MOST_FLUSHES) {
                throw e;
              }
            }
          }
        });
    finishLog(log);
  }

  private void finishLog(LogCheck log) {
    logSegments += log.segments();
    lastSequence = Math.max(lastSequence, log.lastIndex());
    advance(totalBytes);
  }

  /** What was found so far. */
  public Verification result() {
    return new Verification(tables, blobFiles, logSegments, bytes, entries, lastSequence, damages);
  }

  /** The files in a directory that may be tables, by name. */
  public static List<Path> tableFiles(FileSystem fileSystem, Path directory) throws IOException {
    return filesOf(fileSystem, directory, FileNames::tableNumber);
  }

  /** The files in a directory that may be blob files, by name. */
  public static List<Path> blobFiles(FileSystem fileSystem, Path directory) throws IOException {
    return filesOf(fileSystem, directory, FileNames::blobNumber);
  }

  private static List<Path> filesOf(
      FileSystem fileSystem, Path directory, ToLongFunction<String> number) throws IOException {
    return fileSystem.list(directory).stream()
        .filter(name -> number.applyAsLong(name) != FileNames.NONE)
        .sorted()
        .map(directory::resolve)
        .toList();
  }
}

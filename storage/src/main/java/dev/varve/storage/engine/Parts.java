package dev.varve.storage.engine;

import dev.varve.storage.StorageException;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.base.Cleanup;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.cache.BufferPool;
import dev.varve.storage.fs.BoundedFileSystem;
import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.RetryingFileSystem;
import dev.varve.storage.latency.Latencies;
import dev.varve.storage.manifest.FileNumbers;
import dev.varve.storage.manifest.Manifest;
import dev.varve.storage.manifest.TableFiles;
import dev.varve.storage.manifest.TableSource;
import dev.varve.storage.memtable.Memtable;
import dev.varve.storage.memtable.SlabPool;
import dev.varve.storage.sstable.RowCache;
import dev.varve.storage.wal.KeptLogs;
import dev.varve.storage.wal.Log;
import dev.varve.storage.wal.SegmentedLog;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** What an engine is built of, opened in order and closed in the reverse of it. */
final class Parts implements AutoCloseable {
  private final StorageOptions options;
  private final EngineEnvironment environment;
  private final Path directory;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final DataDirectory own;
  private final OwnFiles ownFiles;
  private final Gate gate;
  private final Health health;
  private final Stalls stalls;
  private final Latencies latencies;
  private final DiskReserve reserve;
  private final SlabPool slabs;

  /** That of all memtables, so that a key's hash serves for all. */
  private final long hashSeed;

  private final BlockCache cache;

  /** Null: none are kept. */
  private final RowCache rows;

  private final Releases releases;
  private final Manifest manifest;
  private final TableFiles tables;
  private final Log log;
  private boolean recovered;

  private Parts(
      Path directory,
      StorageOptions options,
      EngineEnvironment environment,
      Gate gate,
      Health health,
      Stalls stalls) {
    this.health = health;
    this.stalls = stalls;
    this.options = options;
    this.gate = gate;
    this.directory = directory;
    latencies = new Latencies(environment.nanoTime());
    try {
      own = DataDirectory.open(environment.fileSystem(), directory, environment.random());
      opened.push(own);
      ownFiles = new OwnFiles(environment.fileSystem(), own);
      this.environment =
          new EngineEnvironment(
              new BoundedFileSystem(ownFiles, options.maxOpenFiles()),
              environment.wallClockMillis(),
              environment.scheduler(),
              environment.random(),
              environment.nanoTime());
      reserve =
          new DiskReserve(
              this.environment.fileSystem(),
              directory,
              options.logSegmentBytes(),
              Compactor.purgeBytes(options.tableBytes()),
              environment.scheduler(),
              health,
              stalls);
      opened.push(reserve);
      FileSystem files = new RetryingFileSystem(this.environment.fileSystem(), reserve::release);
      hashSeed = environment.random().nextLong();
      slabs = new SlabPool(Arena.ofShared(), Boolean.getBoolean("varve.poison"));
      opened.push(slabs);
      if (options.uncachedBytes() != 0) {
        BufferPool.keep(options.uncachedBytes() / 2);
      }
      cache =
          new BlockCache(
              options.blockCacheBytes(),
              options.tableMemoryBytes(),
              options.uncachedBytes(),
              latencies);
      opened.push(cache);
      rows = RowCache.of(options.rowCacheBytes());
      if (rows != null) {
        opened.push(rows);
      }
      releases = new Releases(environment.scheduler());
      FileNumbers numbers = new FileNumbers();
      manifest =
          Manifest.open(
              files, directory, numbers, new TableSource(files, directory, cache), this::delete);
      opened.push(manifest);
      opened.push(releases);
      opened.push(this::seal);
      tables = new TableFiles(files, directory, options, numbers);
      log =
          new SegmentedLog(
              files,
              directory,
              options.logSegmentBytes(),
              new KeptLogs(files, directory, options.keptLogBytes()),
              numbers::next,
              this::makeLogFiles,
              environment.wallClockMillis());
      opened.push(log);
      reserve.covers(log::bytes, log::spaceIsShort);
    } catch (RuntimeException | Error e) {
      closeAfter(e);
      throw e;
    }
  }

  static Parts open(Path directory, StorageOptions options, EngineEnvironment environment) {
    Gate gate = new Gate();
    Health health = new Health(environment.fileSystem()::closeError);
    Stalls stalls = new Stalls();
    EngineEnvironment gated =
        new EngineEnvironment(
            environment.fileSystem(),
            environment.wallClockMillis(),
            new GatedScheduler(
                environment.scheduler(), gate, thrown -> taskDied(thrown, health, stalls)),
            environment.random(),
            environment.nanoTime());
    return new Parts(directory, options, gated, gate, health, stalls);
  }

  /** What it left undone isn't known: no more writes are taken, and those that wait are told. */
  private static void taskDied(Throwable thrown, Health health, Stalls stalls) {
    health.poison("a background task ended unexpectedly: " + thrown, thrown);
    stalls.wake();
  }

  /**
   * The log has been replayed: everything is there. Only now may files that belong to no version be
   * deleted, as they might be all that is left of a damaged database.
   */
  void recovered() {
    recovered = true;
    manifest.leftovers().forEach(this::delete);
  }

  /** The log is closed: lets the manifest vouch for how far it came. */
  private void seal() {
    if (recovered) {
      manifest.seal(log.durableIndex());
    }
  }

  /** The log makes files as it grows: then is the time to look how full the disk is. */
  private void makeLogFiles(Runnable task) {
    environment
        .scheduler()
        .execute(
            Scheduler.Lane.FILES,
            () -> {
              task.run();
              reserve.check();
            });
  }

  StorageOptions options() {
    return options;
  }

  Path directory() {
    return directory;
  }

  DataDirectory ownDirectory() {
    return own;
  }

  /**
   * Looks whether the folder still is this database's. If not, no more writes are taken: nobody
   * would find them again, and another one may be writing there.
   *
   * @throws StorageException.Poisoned if it isn't
   */
  void checkOwn() {
    if (!ownFiles.look()) {
      health.poison(ownFiles.loss(), null);
      health.checkNotPoisoned();
    }
  }

  /** Has {@link #checkOwn} done soon, in the background, which reads the disk. */
  void lookAfterDirectory() {
    environment.scheduler().execute(Scheduler.Lane.FILES, this::lookNow);
  }

  private void lookNow() {
    try {
      checkOwn();
    } catch (StorageException.Poisoned e) {
      // The next write tells, and those that wait for their turn.
      stalls.wake();
    }
  }

  /** Background tasks pass it; what it has let in has ended once it is closed. */
  Gate gate() {
    return gate;
  }

  /** What the engine was given, its scheduler behind the gate. */
  EngineEnvironment environment() {
    return environment;
  }

  Manifest manifest() {
    return manifest;
  }

  TableFiles tables() {
    return tables;
  }

  Log log() {
    return log;
  }

  BlockCache cache() {
    return cache;
  }

  /** Rows of tables; null: none are kept. */
  RowCache rows() {
    return rows;
  }

  DiskReserve reserve() {
    return reserve;
  }

  Stalls stalls() {
    return stalls;
  }

  Latencies latencies() {
    return latencies;
  }

  Health health() {
    return health;
  }

  Releases releases() {
    return releases;
  }

  SlabPool slabs() {
    return slabs;
  }

  Memtable newMemtable() {
    return new Memtable(slabs, hashSeed);
  }

  /** Has slabs for memtables made ready in the background. */
  void prepareSlabs(int count) {
    environment.scheduler().execute(Scheduler.Lane.FILES, () -> slabs.prepare(count));
  }

  /**
   * Deletes a file of no use any more; what can't be deleted now is when the database is opened.
   */
  private void delete(Path file) {
    releases.later(
        () -> {
          try {
            environment.fileSystem().delete(file);
          } catch (IOException e) {
            health.undeleted(FileErrors.wrap("deleting " + file, e));
          }
        });
  }

  /** Lets background tasks end and closes what is open; all is tried, the first error is thrown. */
  @Override
  public void close() {
    gate.close();
    Throwable first = null;
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception | Error e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    switch (first) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(first);
    }
  }

  /** As {@link #close}, when {@code thrown} is what the caller will throw. */
  void closeAfter(Throwable thrown) {
    Cleanup.after(thrown, this::close);
  }
}

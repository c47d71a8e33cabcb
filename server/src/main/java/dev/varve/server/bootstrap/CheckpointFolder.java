package dev.varve.server.bootstrap;

import dev.varve.server.dispatch.Checkpoints;
import dev.varve.server.dispatch.LogLimit;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import dev.varve.storage.engine.OfflineDatabase;
import dev.varve.storage.fs.DiskFileSystem;
import dev.varve.storage.fs.FileSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder {@code checkpoints} beside the data. Each checkpoint in it is a folder that is called
 * by the time (UTC) at which it was asked for. When one is made, those before it are deleted, but
 * for as many as are to be kept; only ones that this class made and nobody has opened. What they
 * hold says which were before it, not their names: the wall clock may have been set back.
 */
final class CheckpointFolder implements Checkpoints {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointFolder.class);
  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final Pattern WHOLE = Pattern.compile("\\d{8}T\\d{6}\\.\\d{3}Z");
  private static final Pattern UNFINISHED = Pattern.compile(WHOLE + "\\.unfinished");

  private final FileSystem files = new DiskFileSystem();
  private final StorageEngine engine;
  private final Path folder;
  private final IntSupplier kept;
  private final Executor background;
  private final InstantSource wallClock;
  private final LongSupplier clock;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final LogLimit failures = new LogLimit();
  private final LogLimit leftovers = new LogLimit();
  private volatile Status status;

  /**
   * In a data directory.
   *
   * @param kept how many are to be there; 0: all
   * @param background may wait for the disk
   * @param wallClock tells what they are called
   * @param clock tells how long they take, in milliseconds
   */
  CheckpointFolder(
      StorageEngine engine,
      Path data,
      IntSupplier kept,
      Executor background,
      InstantSource wallClock,
      LongSupplier clock) {
    this.engine = engine;
    this.kept = kept;
    this.background = background;
    this.wallClock = wallClock;
    this.clock = clock;
    folder = data.toAbsolutePath().normalize().resolve("checkpoints");
    status = new Status(0, 0, wallClock.millis(), engine.visibleSequence(), -1, null, null);
  }

  @Override
  public boolean make() {
    if (!enter()) {
      return false;
    }
    makeOne();
    return true;
  }

  @Override
  public boolean begin() {
    if (!enter()) {
      return false;
    }
    try {
      background.execute(this::makeInBackground);
    } catch (RejectedExecutionException e) {
      leave("the server is being stopped");
    }
    return true;
  }

  @Override
  public Status status() {
    return status;
  }

  private boolean enter() {
    if (!busy.compareAndSet(false, true)) {
      return false;
    }
    Status old = status;
    status =
        new Status(
            clock.getAsLong(),
            old.count(),
            old.lastMillis(),
            old.lastSequence(),
            old.lastTook(),
            old.last(),
            old.error());
    return true;
  }

  /** No more is being made; {@code error} says why, if there is none. */
  private void leave(String error) {
    Status old = status;
    status =
        new Status(
            0,
            old.count(),
            old.lastMillis(),
            old.lastSequence(),
            old.lastTook(),
            old.last(),
            error);
    busy.set(false);
  }

  private void makeInBackground() {
    try {
      makeOne();
    } catch (RuntimeException e) {
      failures.log(
          clock.getAsLong(), more -> LOG.warn("A checkpoint failed: {}{}", e.getMessage(), more));
    }
  }

  private void makeOne() {
    long began = status.beganMillis();
    long date = wallClock.millis();
    long sequence = engine.visibleSequence();
    String error = "it was ended by an error";
    try {
      Path target = free(date);
      engine.checkpoint(target);
      long took = clock.getAsLong() - began;
      status = new Status(began, status.count() + 1, date, sequence, took, target, null);
      LOG.info("Checkpoint {} took {} ms", target, took);
      error = null;
      removeOlder(target.getFileName().toString());
    } catch (RuntimeException e) {
      error = e.getMessage();
      throw e;
    } finally {
      leave(error);
    }
  }

  private Path free(long millis) {
    Path target = folder.resolve(NAME.format(Instant.ofEpochMilli(millis)));
    return files.exists(target) ? free(millis + 1) : target;
  }

  /** A checkpoint, and the sequence number of the last operation that it holds. */
  private record Held(String name, long sequence) {}

  private void removeOlder(String newest) {
    try {
      List<String> names = files.list(folder);
      List<Held> older = older(names, newest);
      int most = kept.getAsInt() == 0 ? Integer.MAX_VALUE : kept.getAsInt() - 1;
      older.stream().skip(most).map(Held::name).forEach(this::remove);
      names.stream().filter(name -> UNFINISHED.matcher(name).matches()).forEach(this::remove);
    } catch (IOException e) {
      leftovers.log(
          clock.getAsLong(),
          more -> LOG.warn("Old checkpoints in {} could not be listed: {}{}", folder, e, more));
    }
  }

  /** All others, but for those of which can't be told what they hold; the newest first. */
  private List<Held> older(List<String> names, String newest) {
    List<Held> found = new ArrayList<>();
    for (String name : names) {
      if (WHOLE.matcher(name).matches() && !name.equals(newest)) {
        try {
          found.add(new Held(name, OfflineDatabase.lastSequence(files, folder.resolve(name))));
        } catch (StorageException e) {
          leftovers.log(
              clock.getAsLong(),
              more ->
                  LOG.warn(
                      "The checkpoint {} stays: {}{}", folder.resolve(name), e.getMessage(), more));
        }
      }
    }
    found.sort(Comparator.comparingLong(Held::sequence).thenComparing(Held::name).reversed());
    return found;
  }

  private void remove(String name) {
    Path checkpoint = folder.resolve(name);
    try {
      if (OfflineDatabase.deleteUnopened(files, checkpoint)) {
        LOG.info("Deleted the checkpoint {}", checkpoint);
      }
    } catch (StorageException e) {
      leftovers.log(clock.getAsLong(), more -> LOG.warn("{}{}", e.getMessage(), more));
    }
  }
}

package dev.varve.server.writer;

import dev.varve.server.datatype.Databases;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.datatype.ScanCursors;
import dev.varve.server.datatype.WatchedKeys;
import dev.varve.server.datatype.zset.RankRequests;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.LogLimit;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.StorageAccess;
import dev.varve.server.tracking.CachedKeys;
import dev.varve.server.tracking.Tracker;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way to the storage thread for commands that run on the read pool. */
public final class StorageCalls implements StorageAccess, CommitListener {
  private static final Logger LOG = LoggerFactory.getLogger(StorageCalls.class);

  /** Who waits for a sync looks so often whether it is over. */
  private static final long DURABLE_CHECK_NANOS = 500_000;

  private final StorageThread storage;
  private final Databases databases;
  private final ScanCursors scanCursors;
  private final CachedKeys cachedKeys;
  private final LongSupplier clock;
  private final RankRequests ranks;
  private final Waits waits;
  private final LogLimit failures = new LogLimit();

  /** Steps that have run and wait for their group, in ascending order; the storage thread's. */
  private final ArrayDeque<Call<?>> waiting = new ArrayDeque<>();

  /**
   * Makes the way to {@code storage}, which it must be made a listener of.
   *
   * @param waits how those who call wait
   */
  public StorageCalls(
      StorageThread storage,
      Databases databases,
      ScanCursors scanCursors,
      CachedKeys cachedKeys,
      LongSupplier clock,
      RankRequests ranks,
      Waits waits) {
    this.storage = storage;
    this.databases = databases;
    this.scanCursors = scanCursors;
    this.cachedKeys = cachedKeys;
    this.clock = clock;
    this.ranks = ranks;
    this.waits = waits;
  }

  @Override
  public void want(Keyspace keyspace, long id) {
    ranks.want(keyspace, id);
  }

  @Override
  public StorageEngine engine() {
    return storage.engine();
  }

  @Override
  public Databases databases() {
    return databases;
  }

  @Override
  public ScanCursors scanCursors() {
    return scanCursors;
  }

  @Override
  public WatchedKeys watchedKeys() {
    return storage.watchedKeys();
  }

  @Override
  public void unwatch(Session session) {
    storage.unwatch(session);
  }

  @Override
  public boolean isWaiting(long client) {
    return storage.waiting().has(client);
  }

  @Override
  public void unblock(long client, boolean withError) {
    storage.waiting().unblock(client, withError);
  }

  @Override
  public void track(Session session, Tracker tracker) {
    storage.track(session, tracker, cachedKeys);
  }

  @Override
  public void flushSoon() {
    storage.flushSoon();
  }

  @Override
  public StorageException noWrites() {
    return storage.noWrites();
  }

  @Override
  public long appendedSequence() {
    return storage.appendedSequence();
  }

  @Override
  public long nowMillis() {
    return clock.getAsLong();
  }

  @Override
  public <T> T call(Function<CommandContext, T> step) {
    Call<T> call = new Call<>(step);
    storage.loop().execute(call);
    try {
      return waits.join(call.future);
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException thrown) {
        throw thrown;
      }
      throw e;
    }
  }

  @Override
  public boolean awaitDurable(long sequence, long timeoutMillis) {
    long began = nowMillis();
    while (storage.engine().durableSequence() < sequence) {
      StorageException failure = storage.neverPublished();
      if (failure != null) {
        throw failure;
      }
      if (timeoutMillis > 0 && nowMillis() - began >= timeoutMillis) {
        return false;
      }
      storage.loop().execute(storage::sync);
      waits.pause(DURABLE_CHECK_NANOS);
    }
    return true;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // what it completes with is logged
  public void submit(Consumer<CommandContext> step) {
    Call<Void> call =
        new Call<>(
            context -> {
              step.accept(context);
              return null;
            });
    call.future.whenComplete(
        (result, thrown) -> {
          if (thrown != null && !(thrown instanceof ReadNeeded)) {
            failures.log(
                nowMillis(),
                more -> LOG.warn("A step on the storage thread failed{}", more, thrown));
          }
        });
    storage.loop().execute(call);
  }

  @Override
  public void published(long sequence) {
    while (!waiting.isEmpty() && waiting.peek().sequence <= sequence) {
      waiting.poll().complete();
    }
  }

  @Override
  public void failed(String reason) {
    while (!waiting.isEmpty()) {
      waiting.poll().future.completeExceptionally(storage.neverPublished());
    }
  }

  /** One step on its way. */
  private final class Call<T> implements Runnable {
    private final Function<CommandContext, T> step;
    private final CompletableFuture<T> future = new CompletableFuture<>();
    private T result;
    private long sequence;

    private Call(Function<CommandContext, T> step) {
      this.step = step;
    }

    @Override
    public void run() {
      try {
        if (!storage.execute(() -> result = step.apply(storage.context()))) {
          storage.park(this);
          return;
        }
      } catch (RuntimeException | Error e) {
        future.completeExceptionally(e);
        return;
      }
      sequence = storage.appendedSequence();
      if (sequence <= storage.engine().visibleSequence()) {
        complete();
      } else {
        waiting.add(this);
      }
    }

    private void complete() {
      future.complete(result);
    }
  }
}

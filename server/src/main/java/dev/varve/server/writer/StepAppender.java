package dev.varve.server.writer;

import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.WatchedKeys;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.Session;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.WriteBatch;
import java.util.function.Consumer;

/**
 * Appends what a step has changed to the engine, and tells whoever must know of it at once: those
 * who watch keys, those who wait for keys, and those who hear of what happens to keys.
 *
 * <p>Used by whoever has the writer's role.
 */
final class StepAppender {
  private final StorageEngine engine;
  private final CommandContext context;
  private final LeasedKeys leases;
  private final WatchedKeys watched;
  private final WaitingClients waiting;
  private final EffectConsumers effects;
  private final SyncStatistics statistics;
  private final Consumer<Throwable> onFailure;
  private final WriteBatch batch;

  /** The commands' time that the engine's was last advanced for. */
  private long tickedFor;

  /** Whether those who watch keys or wait for them aren't told. */
  private boolean untold;

  /**
   * Makes that of the thread whose steps run in {@code context}.
   *
   * @param onFailure takes what the engine failed with
   * @param batchBytes heap that what one step changes may take
   */
  StepAppender(
      StorageEngine engine,
      CommandContext context,
      LeasedKeys leases,
      WatchedKeys watched,
      WaitingClients waiting,
      EffectConsumers effects,
      SyncStatistics statistics,
      Consumer<Throwable> onFailure,
      long batchBytes) {
    this.engine = engine;
    this.context = context;
    this.leases = leases;
    this.watched = watched;
    this.waiting = waiting;
    this.effects = effects;
    this.statistics = statistics;
    this.onFailure = onFailure;
    this.batch = new WriteBatch(batchBytes);
  }

  /** Returns the batch that takes what a step changes. */
  WriteBatch batch() {
    return batch;
  }

  /** Sets whether those who watch keys or wait for them aren't told of what is appended. */
  void untold(boolean next) {
    untold = next;
  }

  /**
   * Appends the batch.
   *
   * @return false if there is no room just now, or the batch changes what is leased
   */
  boolean append() {
    if (leases.refuse(batch)) {
      statistics.parked();
      return false;
    }
    Keyspace keyspace = context.keyspace();
    if (!append(batch, keyspace.time().now())) {
      return false;
    }
    keyspace.appended(engine.appendedSequence());
    if (!untold) {
      tellOf(batch);
    }
    Session asking = context.session();
    effects.appended(engine.appendedSequence(), asking == null ? 0 : asking.id());
    keyspace.unbind();
    return true;
  }

  /**
   * Appends a batch that was filled elsewhere, of which nobody is told.
   *
   * @param now the commands' time
   * @return false if there is no room just now
   */
  boolean append(WriteBatch its, long now) {
    if (!engine.isWritable(its)) {
      statistics.parked();
      return false;
    }
    try {
      if (now != tickedFor) {
        engine.tick();
        tickedFor = now;
      }
      engine.append(its);
    } catch (RuntimeException | Error e) {
      onFailure.accept(e);
      throw e;
    }
    return true;
  }

  /** Tells those who watch keys, and those who wait for keys, of a batch that was appended. */
  void tellOf(WriteBatch appended) {
    if (!watched.isEmpty()) {
      watched.appended(appended);
    }
    if (!waiting.isEmpty()) {
      waiting.appended(appended);
    }
  }
}

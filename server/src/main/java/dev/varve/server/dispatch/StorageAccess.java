package dev.varve.server.dispatch;

import dev.varve.server.datatype.Databases;
import dev.varve.server.datatype.ScanCursors;
import dev.varve.server.datatype.WatchedKeys;
import dev.varve.storage.StorageEngine;
import java.util.function.Consumer;
import java.util.function.Function;

/** The engine, and steps on the storage thread for commands that run elsewhere. */
public interface StorageAccess {
  /** Returns the engine; what it has for its writer is not for commands. */
  StorageEngine engine();

  /** Returns which database index stands for which keys. */
  Databases databases();

  /** Returns where iterations by SCAN stand. */
  ScanCursors scanCursors();

  /** Returns the keys that are watched: the storage thread's. */
  WatchedKeys watchedKeys();

  /**
   * Any thread that has a connection's requests in hand: it watches no keys from now on, and none
   * that it watched is remembered as touched.
   */
  void unwatch(Session session);

  /** As {@link #unwatch}, and drops what is queued since MULTI. */
  default void endMulti(Session session) {
    session.endMulti();
    unwatch(session);
  }

  /** Returns the monotone time in milliseconds: never behind what any earlier command saw. */
  long nowMillis();

  /**
   * Runs a step on the storage thread like a {@link Execution#WRITE} command: with a keyspace over
   * the newest state, a batch, and group commit. Returns the step's result when all that it could
   * have seen is durable and published. Only from the read pool.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if the step needs a key that isn't in memory;
   *     nothing has been changed
   * @throws dev.varve.storage.StorageException if the engine failed
   */
  <T> T call(Function<CommandContext, T> step);

  /** As {@link #call}, but returns at once and waits for nothing; errors are logged. */
  void submit(Consumer<CommandContext> step);
}

package dev.varve.server.dispatch;

import dev.varve.server.datatype.Databases;
import dev.varve.server.datatype.ScanCursors;
import dev.varve.server.datatype.WatchedKeys;
import dev.varve.server.datatype.zset.RankRequests;
import dev.varve.server.tracking.Tracker;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import java.util.function.Consumer;
import java.util.function.Function;

/** The engine, and steps on the storage thread for commands that run elsewhere. */
public interface StorageAccess extends RankRequests {
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

  /** Any thread: whether a connection's command waits for a key. */
  boolean isWaiting(long client);

  /**
   * Storage thread: ends the waiting of a connection's command.
   *
   * @param withError whether it is answered with an error, and not as if it had waited in vain
   */
  void unblock(long client, boolean withError);

  /** Storage thread: has a client told, from the next step on, of what it has read. */
  void track(Session session, Tracker tracker);

  /** Storage thread: has what memtables hold written to tables in the background. */
  void flushSoon();

  /** Any thread: what is thrown at whoever would write now; null: writes are taken. */
  StorageException noWrites();

  /** As {@link #unwatch}, and drops what is queued since MULTI. */
  default void endMulti(Session session) {
    session.endMulti();
    unwatch(session);
  }

  /**
   * Any thread: returns the number of the last write that was appended, as far as this thread has
   * heard; of whatever it has in hand, it has.
   */
  long appendedSequence();

  /** Returns the monotone time in milliseconds: never before what any earlier command saw. */
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

  /**
   * Has what was written synced, whatever the policy, and waits until all up to a sequence number
   * is durable. Only from the read pool.
   *
   * @param timeoutMillis for how long at most; 0: until it is
   * @return whether it is durable
   * @throws dev.varve.storage.StorageException if it never will be
   */
  boolean awaitDurable(long sequence, long timeoutMillis);

  /** As {@link #call}, but returns at once and waits for nothing; errors are logged. */
  void submit(Consumer<CommandContext> step);
}

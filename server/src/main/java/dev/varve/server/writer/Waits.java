package dev.varve.server.writer;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;

/**
 * How a thread of a pool waits for the storage thread, or for a while: the one thing that keeps it
 * from going on by itself. Safe for use by many threads.
 */
public interface Waits {
  /** The thread sleeps. */
  Waits SLEEPING =
      new Waits() {
        @Override
        public <T> T join(CompletableFuture<T> future) {
          return future.join();
        }

        @Override
        public void pause(long nanos) {
          LockSupport.parkNanos(nanos);
        }
      };

  /**
   * Waits for what another thread completes.
   *
   * @throws CompletionException as {@link CompletableFuture#join} does
   */
  <T> T join(CompletableFuture<T> future);

  /** Waits for so long, or a little less. */
  void pause(long nanos);
}

package dev.varve.server.dispatch;

/** Where a command runs. */
public enum Execution {
  /** Touches only the session and the server's state: at once, on the connection's event loop. */
  LOOP,

  /** As {@link #LOOP}, and nowhere else: it changes what the connection is sent unasked. */
  OWN_LOOP,

  /**
   * Reads keys only: first from memory on the loop that has the request; if the disk is needed
   * ({@link dev.varve.server.datatype.ReadNeeded}), its reply is dropped and it runs again on the
   * read pool.
   */
  READ,

  /**
   * On the storage thread, against the newest state and with a batch; if the disk is needed, batch
   * and reply are dropped, it is rehearsed on the read pool to learn what it reads, and runs again.
   */
  WRITE,

  /** Walks many keys or waits for several steps: on the read pool, where it may block. */
  POOL
}

package dev.varve.server.network;

import dev.varve.server.writer.ReadPool;
import dev.varve.server.writer.Waits;
import java.util.concurrent.ExecutorService;

/** What makes the threads that serve clients, and says how they wait. */
public interface ServerThreads {
  /**
   * Makes event loops.
   *
   * @param name of their threads, to which numbers are added
   * @param stackBytes what each thread's stack may take; 0: as the JVM has it
   */
  TurnLoopGroup loops(int loops, String name, long stackBytes);

  /**
   * Makes threads that may wait for the disk.
   *
   * @param prefix what their names begin with
   */
  ReadPool pool(String prefix, int threads);

  /** Makes one thread. */
  ExecutorService single(String name);

  /** Returns how those wait that aren't loops. */
  Waits waits();
}

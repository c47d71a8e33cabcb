package dev.varve.server.bootstrap;

import dev.varve.server.network.ServerThreads;
import dev.varve.server.network.Transport;
import dev.varve.server.network.TurnLoopGroup;
import dev.varve.server.writer.ReadPool;
import dev.varve.server.writer.Waits;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The system's threads.
 *
 * @param transport drives the loops
 */
record SystemThreads(Transport transport) implements ServerThreads {
  @Override
  public TurnLoopGroup loops(int loops, String name, long stackBytes) {
    return new TurnLoopGroup(loops, name, transport, stackBytes);
  }

  @Override
  public ReadPool pool(String prefix, int threads) {
    return new ReadPool(prefix, threads);
  }

  @Override
  public ExecutorService single(String name) {
    return Executors.newSingleThreadExecutor(task -> new Thread(task, name));
  }

  @Override
  public Waits waits() {
    return Waits.SLEEPING;
  }
}

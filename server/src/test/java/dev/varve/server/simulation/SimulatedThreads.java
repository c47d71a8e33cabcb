package dev.varve.server.simulation;

import dev.varve.server.network.ServerThreads;
import dev.varve.server.network.Transport;
import dev.varve.server.network.TurnLoopGroup;
import dev.varve.server.writer.ReadPool;
import dev.varve.server.writer.TurnLoop;
import dev.varve.server.writer.Waits;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;

/** A server's loops and threads, which go on when they are told to. */
final class SimulatedThreads implements ServerThreads {
  private final Transport transport;
  private final SimulatedTime time;
  private final Strands strands;
  private final List<SteppedLoop> loops = new ArrayList<>();

  SimulatedThreads(Transport transport, SimulatedTime time, Random random) {
    this.transport = transport;
    this.time = time;
    this.strands = new Strands(random);
    time.elsewhere(strands::isRunning);
  }

  Strands strands() {
    return strands;
  }

  /** Returns the loops; the first is the storage thread. */
  List<SteppedLoop> loops() {
    return loops;
  }

  /** Returns those that connections live on. */
  List<SteppedLoop> connectionLoops() {
    return loops.size() == 1 ? loops : loops.subList(1, loops.size());
  }

  @Override
  public TurnLoopGroup loops(int count, String name, long stackBytes) {
    SteppedLoops made = new SteppedLoops(count, name, transport);
    for (TurnLoop loop : made.loops()) {
      SteppedLoop stepped = (SteppedLoop) loop;
      stepped.begin(time);
      loops.add(stepped);
    }
    return made;
  }

  @Override
  public ReadPool pool(String prefix, int threads) {
    return new ReadPool(strands.pool(prefix, threads), () -> 0);
  }

  @Override
  public ExecutorService single(String name) {
    return strands.pool(name, 1);
  }

  @Override
  public Waits waits() {
    return strands.waits();
  }

  /** The process ends. */
  void end() {
    loops.forEach(SteppedLoop::end);
    strands.end();
  }
}

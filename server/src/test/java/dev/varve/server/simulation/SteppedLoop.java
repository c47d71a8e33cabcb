package dev.varve.server.simulation;

import dev.varve.server.writer.TurnLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;

/**
 * A loop that makes a turn when it is told to, on the thread of whoever tells it. Its tasks, its
 * timers and the end of its turns are those of every other loop.
 */
final class SteppedLoop extends TurnLoop {
  /** What a turn has run for at most, by the simulated time, which goes on with each look at it. */
  private static final long TURN_NANOS = 1_000_000;

  private Runnable arrivals = () -> {};
  private SimulatedTime time = new SimulatedTime();
  private boolean inTurn;
  private boolean ended;

  SteppedLoop(IoEventLoopGroup parent) {
    super(parent, _ -> {}, _ -> new NoSockets());
  }

  /** Begins to go by a time. */
  void begin(SimulatedTime its) {
    time = its;
  }

  /** Makes a turn, in which this arrives. */
  void turn(Runnable arriving) {
    inTurn = true;
    arrivals = arriving;
    try {
      runIo();
      arrivals.run();
      runAllTasks(TURN_NANOS);
    } finally {
      inTurn = false;
    }
  }

  /** The process has ended: nothing more is taken. */
  void end() {
    ended = true;
  }

  boolean isInTurn() {
    return inTurn;
  }

  @Override
  public boolean inEventLoop(Thread thread) {
    return inTurn && !time.isElsewhere();
  }

  @Override
  public void execute(Runnable task) {
    if (!ended) {
      super.execute(task);
    }
  }

  @Override
  public Ticker ticker() {
    return new Ticker() {
      @Override
      public long initialNanoTime() {
        return 0;
      }

      @Override
      public long nanoTime() {
        return time == null ? 0 : time.nanos();
      }

      @Override
      public void sleep(long delay, TimeUnit unit) {
        throw new UnsupportedOperationException("nobody sleeps here");
      }
    };
  }

  private static final class NoSockets implements IoHandler {
    @Override
    public int run(IoHandlerContext context) {
      return 0;
    }

    @Override
    public IoRegistration register(IoHandle handle) {
      throw new UnsupportedOperationException("there are no sockets");
    }

    @Override
    public void wakeup() {}

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
      return false;
    }
  }
}

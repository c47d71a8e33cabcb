package dev.varve.server.simulation;

import dev.varve.server.writer.Waits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Threads of pools, of which none runs by itself: one at a time goes on, when it is told to, up to
 * where it would wait or gives way. So what they do beside each other and beside the loops follows
 * from a seed.
 */
final class Strands {
  /** Thrown where a strand waits when the process ends; not an exception, which many would take. */
  @SuppressWarnings("serial") // nobody writes it anywhere
  private static final class ProcessEnded extends Error {
    private ProcessEnded() {
      super("the process has ended", null, false, false);
    }
  }

  private final Random random;
  private final List<Pool> pools = new ArrayList<>();
  private final Semaphore main = new Semaphore(0);
  private volatile Strand running;
  private volatile boolean ended;
  private final Waits waits = new GivingWay();

  Strands(Random random) {
    this.random = random;
  }

  ExecutorService pool(String prefix, int threads) {
    Pool pool = new Pool(prefix, threads);
    pools.add(pool);
    return pool;
  }

  Waits waits() {
    return waits;
  }

  /** Whether one of them is what runs now. */
  boolean isRunning() {
    return running != null;
  }

  /** On a strand: lets others go on, at times. */
  void giveWayAtTimes() {
    if (running != null && !ended && random.nextInt(3) != 0) {
      running.letOthersGoOn(() -> true);
    }
  }

  /** Has one of them go on, if any can; whether one could. */
  boolean step() {
    List<Runnable> steps = new ArrayList<>();
    for (Pool pool : pools) {
      pool.addSteps(steps);
    }
    if (steps.isEmpty()) {
      return false;
    }
    steps.get(random.nextInt(steps.size())).run();
    return true;
  }

  /** The process ends: nobody waits for anything any more, and nothing is begun. */
  void end() {
    if (ended) {
      return;
    }
    ended = true;
    for (Pool pool : pools) {
      for (Strand strand : pool.strands) {
        strand.goOn();
      }
    }
  }

  /** A pool of so many. */
  private final class Pool extends AbstractExecutorService {
    private final String prefix;
    private final int most;
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final List<Strand> strands = new ArrayList<>();

    private Pool(String prefix, int most) {
      this.prefix = prefix;
      this.most = most;
    }

    private void addSteps(List<Runnable> steps) {
      Strand idle = null;
      for (Strand strand : strands) {
        if (strand.task == null) {
          idle = strand;
        } else if (strand.awaited.getAsBoolean()) {
          steps.add(strand::goOn);
        }
      }
      if (!tasks.isEmpty() && (idle != null || strands.size() < most)) {
        Strand free = idle;
        steps.add(() -> begin(free));
      }
    }

    private void begin(Strand free) {
      Strand strand = free;
      if (strand == null) {
        strand = new Strand(prefix + (strands.size() + 1));
        strands.add(strand);
      }
      strand.task = tasks.remove();
      strand.goOn();
    }

    @Override
    public void execute(Runnable task) {
      if (!ended) {
        tasks.add(task);
      }
    }

    @Override
    public void shutdown() {
      tasks.clear();
    }

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return ended;
    }

    @Override
    public boolean isTerminated() {
      return ended;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }

  /** One thread. */
  private final class Strand {
    private final Semaphore turn = new Semaphore(0);
    private BooleanSupplier awaited = () -> true;
    private Runnable task;
    private Throwable failure;

    private Strand(String name) {
      Thread thread = new Thread(null, this::live, name, 4 << 20);
      thread.setDaemon(true);
      thread.start();
    }

    /** The simulation's own thread: lets it run up to where it gives way. */
    private void goOn() {
      running = this;
      turn.release();
      main.acquireUninterruptibly();
      running = null;
      if (failure != null) {
        Throwable its = failure;
        failure = null;
        throw new AssertionError("a thread of a pool ended", its);
      }
    }

    private void letOthersGoOn(BooleanSupplier until) {
      awaited = until;
      main.release();
      turn.acquireUninterruptibly();
    }

    private void await(BooleanSupplier until) {
      if (!ended) {
        letOthersGoOn(until);
      }
      if (ended) {
        throw new ProcessEnded();
      }
    }

    private void live() {
      turn.acquireUninterruptibly();
      while (!ended) {
        try {
          task.run();
        } catch (ProcessEnded _) {
          break;
        } catch (RuntimeException | Error e) {
          failure = e;
        }
        task = null;
        if (!ended) {
          main.release();
          turn.acquireUninterruptibly();
        }
      }
      main.release();
    }
  }

  private final class GivingWay implements Waits {
    @Override
    public <T> T join(CompletableFuture<T> future) {
      while (!future.isDone()) {
        running.await(future::isDone);
      }
      return future.join();
    }

    @Override
    public void pause(long nanos) {
      running.await(() -> true);
    }
  }
}

package dev.varve.benchmarks.engines;

import com.sun.management.ThreadMXBean;
import dev.varve.benchmarks.KeyOrder;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/** Runs workloads on one engine. */
final class WorkloadRunner implements AutoCloseable {
  /**
   * What to run on.
   *
   * @param engine the engine
   * @param directory for its files
   * @param keys how many keys the loaded store has, and the most that a fill puts
   * @param millis how long a workload runs at most; half of that goes before, unmeasured
   * @param budgetBytes memory for buffers of writes and cache
   */
  record Settings(Engine engine, Path directory, int keys, long millis, long budgetBytes) {}

  /** One step in so many has its latency taken; the clock would be much of the others' time. */
  private static final int SAMPLED = 16;

  private static final int LOADED_TOGETHER = 1000;
  private static final long LOAD_SEED = 1;
  private static final int WRITES_PER_PAUSE = 20;

  private final Settings settings;
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private Store loaded;
  private long seed = LOAD_SEED;

  WorkloadRunner(Settings settings) {
    this.settings = settings;
  }

  private interface Step {
    void run(int number);
  }

  private Store open(String name, boolean sync) {
    Path directory = StoreFiles.renew(settings.directory().resolve(name));
    return reopen(directory, sync);
  }

  private Store reopen(Path directory, boolean sync) {
    return settings.engine().open(StoreOptions.of(directory, sync, settings.budgetBytes()));
  }

  /** Puts every key once, in random order, and opens the store anew, so that no buffer is full. */
  void load() {
    KeyOrder order = new KeyOrder(settings.keys(), LOAD_SEED);
    Values source = new Values(Workload.VALUE, LOAD_SEED);
    byte[][] keys = new byte[LOADED_TOGETHER][Keys.LENGTH];
    byte[][] values = new byte[LOADED_TOGETHER][];
    try (Store store = open("loaded", false)) {
      for (int place = 0; place < settings.keys(); ) {
        int count = Math.min(LOADED_TOGETHER, settings.keys() - place);
        for (int i = 0; i < count; i++) {
          Keys.write(order.at(place++), keys[i]);
          values[i] = source.next().clone();
        }
        store.putAll(keys, values, count);
      }
      store.settle();
    }
    loaded = reopen(settings.directory().resolve("loaded"), false);
  }

  /** Runs a workload unmeasured for a while, then measured. */
  Measurement run(Workload workload) {
    seed++;
    if (workload.stage() == Workload.Stage.NEW) {
      fill(workload, settings.millis() / 2);
      return fill(workload, settings.millis());
    }
    if (loaded == null) {
      throw new IllegalStateException("nothing is loaded");
    }
    Measurement measurement =
        switch (workload) {
          case SEEKRANDOM -> twice(workload, seekStep());
          case READSEQ, READREVERSE -> iterate(workload);
          case READWHILEWRITING -> readWhileWriting();
          default -> twice(workload, pointStep(workload));
        };
    if (workload.stage() == Workload.Stage.WRITING) {
      loaded.settle();
    }
    return measurement;
  }

  private Measurement twice(Workload workload, Step step) {
    measure(workload, step, settings.millis() / 2, Integer.MAX_VALUE);
    return measure(workload, step, settings.millis(), Integer.MAX_VALUE);
  }

  private Measurement fill(Workload workload, long millis) {
    Values values = new Values(workload.valueLength(), seed);
    Keys keys = new Keys(settings.keys(), seed);
    byte[] key = Keys.array();
    try (Store store = open("new", workload == Workload.FILLSYNC)) {
      Step step =
          number -> {
            if (workload == Workload.FILLSEQ) {
              Keys.write(number, key);
            } else {
              keys.draw(key);
            }
            store.put(key, values.next());
          };
      return measure(workload, step, millis, settings.keys());
    } finally {
      StoreFiles.delete(settings.directory().resolve("new"));
    }
  }

  private Step pointStep(Workload workload) {
    Keys keys = new Keys(settings.keys(), seed);
    Values values = new Values(Workload.VALUE, seed);
    byte[] key = Keys.array();
    byte[] missing = Arrays.copyOf(key, Keys.LENGTH + 1);
    missing[Keys.LENGTH] = '.';
    byte[] value = new byte[Workload.VALUE];
    return switch (workload) {
      case READRANDOM, READWHILEWRITING ->
          _ -> {
            keys.draw(key);
            expect(loaded.get(key, value), Workload.VALUE);
          };
      case READHOT ->
          _ -> {
            keys.drawHot(key);
            expect(loaded.get(key, value), Workload.VALUE);
          };
      case READMISSING ->
          _ -> {
            keys.draw(missing);
            expect(loaded.get(missing, value), -1);
          };
      case MULTIREADRANDOM -> multiGetStep(keys);
      case OVERWRITE ->
          _ -> {
            keys.draw(key);
            loaded.put(key, values.next());
          };
      case DELETERANDOM ->
          _ -> {
            keys.draw(key);
            loaded.delete(key);
          };
      default -> throw new IllegalArgumentException(workload.option());
    };
  }

  private Step multiGetStep(Keys source) {
    byte[][] keys = new byte[Workload.KEYS_TOGETHER][Keys.LENGTH];
    byte[][] values = new byte[Workload.KEYS_TOGETHER][Workload.VALUE];
    int[] lengths = new int[Workload.KEYS_TOGETHER];
    return _ -> {
      for (byte[] key : keys) {
        source.draw(key);
      }
      loaded.getAll(keys, values, lengths);
      for (int length : lengths) {
        expect(length, Workload.VALUE);
      }
    };
  }

  private Step seekStep() {
    Keys keys = new Keys(settings.keys(), seed);
    byte[] key = Keys.array();
    byte[] value = new byte[Workload.VALUE];
    return _ -> {
      keys.draw(key);
      try (StoreCursor cursor = loaded.cursor()) {
        expect(cursor.seek(key) ? cursor.value(value) : -1, Workload.VALUE);
      }
    };
  }

  private Measurement iterate(Workload workload) {
    boolean forward = workload == Workload.READSEQ;
    byte[] key = Keys.array();
    byte[] value = new byte[Workload.VALUE];
    try (StoreCursor cursor = loaded.cursor()) {
      boolean any = forward ? cursor.first() : cursor.last();
      if (!any) {
        throw new IllegalStateException("an empty store");
      }
      Step step =
          _ -> {
            expect(cursor.key(key), Keys.LENGTH);
            expect(cursor.value(value), Workload.VALUE);
            if (!(forward ? cursor.next() : cursor.previous())) {
              boolean _ = forward ? cursor.first() : cursor.last();
            }
          };
      return twice(workload, step);
    }
  }

  private Measurement readWhileWriting() {
    AtomicBoolean ends = new AtomicBoolean();
    Step write = pointStep(Workload.OVERWRITE);
    Thread writer =
        new Thread(
            () -> {
              long pauseNanos =
                  TimeUnit.SECONDS.toNanos(WRITES_PER_PAUSE) / Workload.WRITES_PER_SECOND;
              long next = System.nanoTime();
              while (!ends.get()) {
                for (int i = 0; i < WRITES_PER_PAUSE; i++) {
                  write.run(i);
                }
                next += pauseNanos;
                LockSupport.parkNanos(next - System.nanoTime());
              }
            },
            "writer");
    writer.start();
    try {
      return twice(Workload.READWHILEWRITING, pointStep(Workload.READWHILEWRITING));
    } finally {
      ends.set(true);
      join(writer);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Measurement measure(Workload workload, Step step, long millis, int mostSteps) {
    Histogram latencies = new Histogram(3);
    long heapBefore = threads.getCurrentThreadAllocatedBytes();
    long begin = System.nanoTime();
    long limit = begin + TimeUnit.MILLISECONDS.toNanos(millis);
    int steps = 0;
    long now = begin;
    while (now < limit && steps < mostSteps) {
      long before = System.nanoTime();
      step.run(steps++);
      now = System.nanoTime();
      latencies.recordValue(now - before);
      int end = Math.min(mostSteps, steps + SAMPLED - 1);
      while (steps < end) {
        step.run(steps++);
      }
    }
    long nanos = System.nanoTime() - begin;
    long heap = threads.getCurrentThreadAllocatedBytes() - heapBefore;
    return new Measurement(
        (long) steps * workload.operationsPerStep(),
        nanos,
        latencies.getValueAtPercentile(50),
        latencies.getValueAtPercentile(99),
        latencies.getValueAtPercentile(99.9),
        heap);
  }

  private static void expect(int length, int expected) {
    if (length != expected) {
      throw new IllegalStateException("a value of " + length + " bytes, not " + expected);
    }
  }

  @Override
  public void close() {
    if (loaded != null) {
      loaded.close();
    }
  }
}

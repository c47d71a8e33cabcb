package dev.varve.storage.latency;

import dev.varve.storage.StorageStatistics;
import dev.varve.storage.StorageStatistics.Latency;
import dev.varve.storage.StorageStatistics.Operation;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.HdrHistogram.AtomicHistogram;

/**
 * How long an engine's operations took, in a histogram for each kind of them. Operations that are
 * over in about a microsecond are timed for a share that is drawn at random, by a generator of the
 * thread's own: a counter would be a cache line that all readers write to, the hash of a key would
 * time some keys always and others never. Safe for use by many threads.
 *
 * <pre>{@code
 * long begin = latencies.beginSampled();
 * // What is timed; if it throws, it isn't.
 * latencies.end(Operation.WRITE, begin);
 * }</pre>
 */
public final class Latencies {
  private static final long NOT_TIMED = 0;
  private static final long LONGEST_NANOS = TimeUnit.DAYS.toNanos(1);
  private static final int DIGITS = 2;

  /** Times nothing: its clock stands. */
  public static final Latencies NONE = new Latencies(() -> NOT_TIMED);

  private final LongSupplier nanoTime;

  /** Each is made by the first of its kind: a database is opened sooner without the classes. */
  private final ConcurrentMap<Operation, AtomicHistogram> durations = new ConcurrentHashMap<>();

  /**
   * None so far.
   *
   * @param nanoTime a clock that tells nanoseconds since any moment; what it says decides nothing
   *     but the figures
   */
  public Latencies(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Whether an operation is one of those timed, of a kind that is sampled. */
  public static boolean draws() {
    return (ThreadLocalRandom.current().nextInt() & (StorageStatistics.SAMPLED_OF - 1)) == 0;
  }

  /** An operation that is timed begins: the time, for {@link #end}. */
  public long begin() {
    return nanoTime.getAsLong();
  }

  /** As {@link #begin}, of a kind that is sampled: 0 if this one isn't timed. */
  public long beginSampled() {
    return draws() ? begin() : NOT_TIMED;
  }

  /** An operation that began at {@code begin} is over; 0 is none. */
  public void end(Operation operation, long begin) {
    if (begin != NOT_TIMED) {
      long nanos = nanoTime.getAsLong() - begin;
      histogram(operation).recordValue(Math.clamp(nanos, 0, LONGEST_NANOS));
    }
  }

  private AtomicHistogram histogram(Operation operation) {
    AtomicHistogram made = durations.get(operation);
    return made == null
        ? durations.computeIfAbsent(operation, _ -> new AtomicHistogram(LONGEST_NANOS, DIGITS))
        : made;
  }

  /** The figures of the operations that were timed, in the order of their kinds. */
  public Map<Operation, Latency> figures() {
    Map<Operation, Latency> figures = new EnumMap<>(Operation.class);
    durations.forEach(
        (operation, durationsOfKind) -> {
          // A copy stays as it is, so that all figures are of the same operations.
          AtomicHistogram copy = durationsOfKind.copy();
          if (copy.getTotalCount() > 0) {
            figures.put(operation, figures(copy));
          }
        });
    return Collections.unmodifiableMap(figures);
  }

  private static Latency figures(AtomicHistogram histogram) {
    return new Latency(
        histogram.getTotalCount(),
        histogram.getValueAtPercentile(50),
        histogram.getValueAtPercentile(99),
        histogram.getValueAtPercentile(99.9),
        histogram.getValueAtPercentile(100));
  }

  /** Forgets all; what is ending meanwhile may be forgotten, too. */
  public void reset() {
    durations.clear();
  }
}

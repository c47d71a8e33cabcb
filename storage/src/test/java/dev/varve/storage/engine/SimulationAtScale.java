package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * The simulation of very many seeds, as {@code .ci/simulate} runs it; not one of the normal tests.
 * It goes on until it has reached its goals, counted over all its runs: the counts, and the first
 * seed, are kept in a file. System properties:
 *
 * <ul>
 *   <li>{@code varve.counts}: the file; without it, nothing is kept
 *   <li>{@code varve.recoveries}, {@code varve.errors}, {@code varve.seeds}: the goals
 *   <li>{@code varve.minutes}, {@code varve.seconds}: after so many, the run ends short of its
 *       goals; 0: it doesn't
 *   <li>{@code varve.seed}: only this seed is run, once
 * </ul>
 */
class SimulationAtScale {
  private static final int ROUND = 64;

  /** What has been survived so far, from the first seed on. */
  private record Counts(long first, long seeds, SimulatedSeed.Tally tally, long seconds) {
    static Counts load(Path file) throws IOException {
      if (file == null || !Files.exists(file)) {
        return new Counts(new Random().nextLong(), 0, new SimulatedSeed.Tally(0, 0), 0);
      }
      Properties kept = new Properties();
      try (Reader reader = Files.newBufferedReader(file)) {
        kept.load(reader);
      }
      return new Counts(
          number(kept, "first-seed"),
          number(kept, "seeds"),
          new SimulatedSeed.Tally(number(kept, "recoveries"), number(kept, "errors")),
          number(kept, "seconds"));
    }

    private static long number(Properties kept, String name) {
      return Long.parseLong(kept.getProperty(name));
    }

    void save(Path file) throws IOException {
      if (file == null) {
        return;
      }
      Properties kept = new Properties();
      kept.setProperty("first-seed", Long.toString(first));
      kept.setProperty("seeds", Long.toString(seeds));
      kept.setProperty("recoveries", Long.toString(tally.recoveries()));
      kept.setProperty("errors", Long.toString(tally.errors()));
      kept.setProperty("seconds", Long.toString(seconds));
      Path next = file.resolveSibling(file.getFileName() + ".next");
      try (Writer writer = Files.newBufferedWriter(next)) {
        kept.store(writer, "Kept by .ci/simulate; remove the file to begin anew.");
      }
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public String toString() {
      return String.format(
          "%,d crash recoveries and %,d injected errors over %,d seeds from %d on, in %,d s,"
              + " no violation",
          tally.recoveries(), tally.errors(), seeds, first, seconds);
    }
  }

  private final Counts goals =
      new Counts(
          0,
          Long.getLong("varve.seeds", 10_000),
          new SimulatedSeed.Tally(
              Long.getLong("varve.recoveries", 1_000_000), Long.getLong("varve.errors", 100_000)),
          0);

  @Test
  void run() throws IOException, InterruptedException {
    Long only = Long.getLong("varve.seed");
    if (only != null) {
      System.out.println(SimulatedSeed.run(only));
      return;
    }
    String kept = System.getProperty("varve.counts");
    Path file = kept == null ? null : Path.of(kept);
    long most = Long.getLong("varve.seconds", 60 * Long.getLong("varve.minutes", 0));
    Counts counts = Counts.load(file);
    System.out.println("first seed " + counts.first() + ", going on from seed " + counts.seeds());
    long begin = System.nanoTime();
    long secondsBefore = counts.seconds();
    try (ExecutorService threads =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      while (!reached(counts) && (most == 0 || secondsBefore + most > counts.seconds())) {
        SimulatedSeed.Tally tally = round(threads, counts.first() + counts.seeds());
        counts =
            new Counts(
                counts.first(),
                counts.seeds() + ROUND,
                counts.tally().plus(tally),
                secondsBefore + (System.nanoTime() - begin) / 1_000_000_000);
        counts.save(file);
        System.out.println(counts);
      }
    }
    assertTrue(counts.seeds() > 0);
  }

  private boolean reached(Counts counts) {
    return counts.seeds() >= goals.seeds()
        && counts.tally().recoveries() >= goals.tally().recoveries()
        && counts.tally().errors() >= goals.tally().errors();
  }

  private static SimulatedSeed.Tally round(ExecutorService threads, long from)
      throws InterruptedException {
    List<Callable<SimulatedSeed.Tally>> runs = new ArrayList<>();
    for (long seed = from; seed < from + ROUND; seed++) {
      long each = seed;
      runs.add(() -> SimulatedSeed.run(each));
    }
    SimulatedSeed.Tally all = new SimulatedSeed.Tally(0, 0);
    for (Future<SimulatedSeed.Tally> run : threads.invokeAll(runs)) {
      try {
        all = all.plus(run.get());
      } catch (ExecutionException e) {
        throw new AssertionError(e.getCause().getMessage(), e.getCause());
      }
    }
    return all;
  }
}

package dev.varve.integration.kill;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.integration.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} at all kinds of moments: nothing acknowledged is lost, nothing deleted or expired
 * comes back, every value is whole, no counter steps back, and DBSIZE is what SCAN returns. System
 * properties:
 *
 * <ul>
 *   <li>{@code varve.cycles}: how many kills
 *   <li>{@code varve.counts}: a file that keeps what was survived; what it has counts as done
 *   <li>{@code varve.minutes}: after so many, the run ends short of its goal
 * </ul>
 */
final class KillIT {

  private static final int CYCLES_OF_NORMAL_TESTS = 8;
  private static final int CYCLES_OF_A_DATABASE = 50;

  @TempDir Path folder;

  @Test
  void nothingAcknowledgedIsLost() throws Exception {
    String kept = System.getProperty("varve.counts");
    Path file = kept == null ? null : Path.of(kept);
    KillCounts counts = KillCounts.load(file);
    KillJournal journal = new KillJournal(file);
    try {
      killUntilTheGoal(counts, journal);
    } catch (Throwable e) {
      journal.failed(e);
      throw e;
    }
    journal.ended("survived: " + counts);
    System.out.println(KillRun.CONNECTIONS + " connections, survived: " + counts);
  }

  private void killUntilTheGoal(KillCounts counts, KillJournal journal) throws Exception {
    long goal = Integer.getInteger("varve.cycles", CYCLES_OF_NORMAL_TESTS);
    long minutes = Integer.getInteger("varve.minutes", 60);
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
    for (int i = 0; counts.get(KillCounts.CYCLES) < goal && System.nanoTime() < end; i++) {
      Path data = Files.createDirectory(folder.resolve("run" + i)).resolve("data");
      long cycles = Math.min(CYCLES_OF_A_DATABASE, goal - counts.get(KillCounts.CYCLES));
      long seed = Seed.of("KillIT");
      journal.line("begins a database in " + data + " by seed " + seed);
      KillRun run = new KillRun(data, new SplittableRandom(seed), counts);
      try {
        run(run, cycles, counts, journal, end);
      } catch (Exception | AssertionError e) {
        throw new AssertionError("behind " + counts + "; the database is in " + keep(data), e);
      }
    }
  }

  @Test
  void aDatabaseThatStepsBackIsNoticed() throws Exception {
    Path data = folder.resolve("data");
    Path before = folder.resolve("before");
    KillRun run = new KillRun(data, Seed.random("KillIT"), KillCounts.load(null));
    run.cycle();
    Files.createDirectory(before);
    copy(data, before);
    run.cycle();
    AssertionError lost = assertThrows(AssertionError.class, () -> new KillRun(before, run).end());
    assertTrue(lost.getMessage().contains("after the last answer"), lost.getMessage());
  }

  private static void run(
      KillRun run, long cycles, KillCounts counts, KillJournal journal, long end) throws Exception {
    for (long cycle = 0; cycle < cycles && System.nanoTime() < end; cycle++) {
      long begin = System.nanoTime();
      journal.line("begins cycle " + (counts.get(KillCounts.CYCLES) + 1));
      run.cycle();
      counts.add(KillCounts.MILLISECONDS, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
      counts.save();
    }
    journal.line("checks what the last kill has left");
    run.end();
  }

  /** Copies what violated a promise to where it outlives the test. */
  private static Path keep(Path data) throws IOException {
    Path copy = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "killed");
    copy(data, copy);
    return copy.toAbsolutePath();
  }

  private static void copy(Path data, Path to) throws IOException {
    try (Stream<Path> files = Files.list(data)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }
}

package dev.varve.integration.sizes;

import dev.varve.integration.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands with values and counts of every size that is permitted, from 1 to 64 connections, at
 * several sizes of memory: the process never ends, takes no more memory than it was given, and
 * refuses with {@code OOM} or an error of the command's. System properties:
 *
 * <ul>
 *   <li>{@code varve.minutes}: how long, together
 *   <li>{@code varve.memory}: sizes of memory, if not all: {@code 96mb}, or more with commas
 *       between
 *   <li>{@code varve.journal}: a file that keeps a line of each round
 * </ul>
 */
final class SizesAtScale {
  private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(20);

  @TempDir Path folder;

  @Test
  void nothingThatIsPermittedEndsTheProcess() throws Exception {
    long minutes = Integer.getInteger("varve.minutes", 0);
    List<String> memories =
        List.of(System.getProperty("varve.memory", String.join(",", SizesRound.MEMORY)).split(","));
    long seed = Seed.of("SizesAtScale");
    SplittableRandom random = new SplittableRandom(seed);
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
    int round = 0;
    do {
      Path data = folder.resolve("round" + round);
      String memory = memories.get(round % memories.size());
      int clients = 1 << random.nextInt(7);
      String summary = new SizesRound(memory, clients, ROUND_NANOS).run(random.split(), data);
      journal("seed " + seed + " round " + round + " " + summary);
      round++;
    } while (round < memories.size() || System.nanoTime() < end);
  }

  private static void journal(String line) throws IOException {
    System.out.println(line);
    String file = System.getProperty("varve.journal");
    if (file != null) {
      Files.writeString(
          Path.of(file), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }
}

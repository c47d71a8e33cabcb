package dev.varve.integration.sizes;

import dev.varve.integration.Seed;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A few seconds of {@link SizesAtScale}, of the sizes at which the bound holds without fail. */
final class SizesIT {
  private static final long NANOS = TimeUnit.SECONDS.toNanos(6);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"256mb, 32", "1gb, 16"})
  void commandsOfEverySizeAreAnsweredWithinTheMemory(String memory, int clients) throws Exception {
    SplittableRandom random = Seed.random("SizesIT");
    System.out.println(new SizesRound(memory, clients, NANOS).run(random, folder.resolve("data")));
  }
}

package dev.varve.integration.peer;

import dev.varve.integration.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@link PeerRounds} of as many random requests as one likes: nine tenths of them by a client that
 * may do anything, a tenth by one that has a password to give first. System properties:
 *
 * <ul>
 *   <li>{@code varve.requests}: how many, at least; without it one round of each
 *   <li>{@code varve.journal}: a file that keeps a line of each run that passed
 * </ul>
 */
final class PeerAtScale {
  private static final long REQUESTS = Long.getLong("varve.requests", 1);

  @TempDir Path folder;

  @Test
  void randomRequestsAreAnsweredAsByRedis() throws IOException {
    RedisServer.require();
    long seed = Seed.of("PeerAtScale");
    long any;
    try (PeerRounds rounds = new PeerRounds(Files.createDirectory(folder.resolve("any")))) {
      rounds.any(seed, () -> rounds.compared() >= REQUESTS - REQUESTS / 10);
      any = rounds.compared();
    }
    Path own = Files.createDirectory(folder.resolve("password"));
    try (PeerRounds rounds = new PeerRounds(own, "--requirepass", PeerRounds.PASSWORD)) {
      rounds.unauthenticated(seed, () -> rounds.compared() >= (REQUESTS + 9) / 10);
      journal(
          "seed " + seed + " " + any + " requests and " + rounds.compared() + " with a password");
    }
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

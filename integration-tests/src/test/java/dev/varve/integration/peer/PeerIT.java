package dev.varve.integration.peer;

import dev.varve.integration.Seed;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Some {@link PeerRounds} of random requests. {@code -Dvarve.peer.rounds} says how many; {@code
 * -Dvarve.peer.rounds=1 -Dvarve.seed=<seed>} plays one again.
 */
final class PeerIT {
  private static final int ROUNDS = Integer.getInteger("varve.peer.rounds", 60);

  @TempDir Path folder;

  @Test
  void randomRequestsAreAnsweredAsByRedis() {
    RedisServer.require();
    long seed = Seed.of("randomRequestsAreAnsweredAsByRedis");
    try (PeerRounds rounds = new PeerRounds(folder)) {
      rounds.any(seed, behind(ROUNDS));
    }
  }

  @Test
  void unauthenticatedRequestsAreAnsweredAsByRedis() {
    RedisServer.require();
    long seed = Seed.of("unauthenticatedRequestsAreAnsweredAsByRedis");
    try (PeerRounds rounds = new PeerRounds(folder, "--requirepass", PeerRounds.PASSWORD)) {
      rounds.unauthenticated(seed, behind(1 + ROUNDS / 10));
    }
  }

  /** What is true when it has been asked more than so many times. */
  private static BooleanSupplier behind(int times) {
    int[] asked = {0};
    return () -> asked[0]++ >= times;
  }
}

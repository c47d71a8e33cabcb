package dev.varve.lua;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Programs made at random, run here and by Debian's lua5.1; {@code -Dvarve.fuzz.rounds=N} runs more
 * of them.
 */
final class RandomProgramsTest {
  private static final int PROGRAMS = 400;

  @Test
  void randomProgramsGiveWhatLuaGives() {
    Assumptions.assumeTrue(Run.peer(), "no lua5.1 here");
    long seed = Run.seed("randomProgramsGiveWhatLuaGives");
    int rounds = Integer.getInteger("varve.fuzz.rounds", 1);
    for (int i = 0; i < rounds; i++) {
      if (i > 0) {
        System.out.println("round " + i + ": -Dvarve.seed=" + (seed + i));
      }
      round(seed + i);
    }
  }

  private static void round(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> programs = new ArrayList<>();
    for (int i = 0; i < PROGRAMS; i++) {
      programs.add(Programs.next(random));
    }
    String driver = Run.driver(programs);
    SnippetsTest.compare(programs, Run.byPeer(driver), Run.here(driver));
  }
}

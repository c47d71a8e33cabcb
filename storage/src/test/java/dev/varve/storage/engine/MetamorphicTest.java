package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Seeds;
import org.junit.jupiter.api.Test;

/** Engines with other options answer alike. */
class MetamorphicTest {

  /** Engines that hold nothing, or hold it in memory only, would answer alike, too. */
  @Test
  void enginesWithOtherOptionsAnswerAlike() {
    int[] answers = {0};
    Seeds.forEach(
        20,
        random -> {
          MetamorphicRun run = new MetamorphicRun(random.nextLong());
          run.run(1000);
          answers[0] += run.answers();
          assertTrue(
              10 * run.telling() > run.answers(),
              () -> "only " + run.telling() + " of " + run.answers() + " answers told of values");
          assertTrue(run.flushes() > 0, "nothing was flushed");
          assertTrue(run.merges() > 0, "nothing was merged");
        });
    System.out.println(answers[0] + " questions answered alike by engines with other options");
  }
}

package dev.varve.storage.engine;

import dev.varve.storage.Seeds;
import org.junit.jupiter.api.Test;

/** Engines with other options answer alike. */
class MetamorphicTest {
  @Test
  void enginesWithOtherOptionsAnswerAlike() {
    int[] answers = {0};
    Seeds.forEach(
        20,
        random -> {
          MetamorphicRun run = new MetamorphicRun(random.nextLong());
          run.run(1000);
          answers[0] += run.answers();
        });
    System.out.println(answers[0] + " questions answered alike by engines with other options");
  }
}

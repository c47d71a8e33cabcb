package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MergePacerTest {
  private static final int SECOND = 1_000_000_000;

  private final AtomicLong rested = new AtomicLong();

  @Test
  void aShareOfTheSpeedIsKeptByResting() {
    MergePacer pacer = new MergePacer(() -> 0.25, () -> false, 0, () -> false, rested::addAndGet);
    pacer.consumed(100_000_000);
    assertEquals(3L * SECOND, rested.get());
  }

  @Test
  void nobodyRestsAtFullSpeedOrInAHurry() {
    new MergePacer(() -> 1, () -> false, 0, () -> false, rested::addAndGet).consumed(1_000_000);
    new MergePacer(() -> 0.25, () -> true, 0, () -> false, rested::addAndGet).consumed(1_000_000);
    assertEquals(0, rested.get());
  }

  @Test
  void aRateHoldsInAHurryToo() {
    MergePacer pacer =
        new MergePacer(() -> 1, () -> true, 10_000_000, () -> false, rested::addAndGet);
    for (int i = 0; i < 10; i++) {
      pacer.consumed(2_000_000);
    }
    assertEquals(2L * SECOND, rested.get());
  }

  @Test
  void nothingHoldsUpAnEngineThatCloses() {
    MergePacer pacer = new MergePacer(() -> 1, () -> true, 1, () -> true, rested::addAndGet);
    pacer.consumed(1L << 40);
    assertEquals(0, rested.get());
  }
}

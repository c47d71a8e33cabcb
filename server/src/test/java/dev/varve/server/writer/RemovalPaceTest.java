package dev.varve.server.writer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.datatype.ExpirySweep;
import org.junit.jupiter.api.Test;

/** How fast expired keys are removed, by a clock that the test moves. */
class RemovalPaceTest {
  private static final long SECOND = 1_000_000_000;

  private final RemovalPace pace = new RemovalPace();

  /** The time near its largest number, which it passes. */
  private long now = Long.MAX_VALUE - SECOND;

  private long waited;

  /** Removes what a step may, at so many nanoseconds a key, and waits as long as it should. */
  private int step(long nanosAKey) {
    int keys = pace.keysAStep();
    long begin = now;
    now += keys * nanosAKey;
    pace.removed(keys, begin, now);
    long rest = pace.rest(now);
    waited += rest;
    now += rest;
    return keys;
  }

  @Test
  void removalLeavesTimeToOthersWhileThereIsNoHurry() {
    pace.keysAreDue(now);
    long begin = now;
    long removed = 0;
    while (removed < 1_000_000) {
      removed += step(2000);
    }
    double seconds = (double) (now - begin) / SECOND;
    assertTrue(seconds > 6 && seconds < 7, "a million keys take " + seconds + " s");
    assertTrue(waited > 3 * (now - begin) / 5, "waited " + waited);
  }

  @Test
  void thereIsNoRestWhereKeysHaveBeenDueForLong() {
    pace.keysAreDue(now);
    long begin = now;
    while (now - begin <= RemovalPace.HURRY_AFTER_NANOS) {
      step(2000);
    }
    waited = 0;
    for (int i = 0; i < 1000; i++) {
      step(2000);
    }
    assertEquals(0, waited);
    pace.keysAreDue(now);
    step(2000);
    assertTrue(waited > 0, "there is no hurry any more");
  }

  @Test
  void aStepThatTookItsTimeIsFollowedAtOnce() {
    pace.keysAreDue(now);
    for (int i = 0; i < 1000; i++) {
      step(SECOND / RemovalPace.UNHURRIED_A_SECOND + 1);
    }
    assertEquals(0, waited);
  }

  @Test
  void aStepIsAsLongAsItShouldBeAndRemovesFewWhereThatTakesLong() {
    pace.keysAreDue(now);
    for (int i = 0; i < 100; i++) {
      long took = step(1000) * 1000L;
      assertTrue(took <= RemovalPace.STEP_NANOS, took + " ns");
    }
    assertEquals(128, pace.keysAStep());
    for (int i = 0; i < 100; i++) {
      step(100_000);
    }
    assertEquals(RemovalPace.FEWEST_A_STEP, pace.keysAStep());
    for (int i = 0; i < 100; i++) {
      step(1);
    }
    assertEquals(ExpirySweep.MOST_FOUND, pace.keysAStep());
  }
}

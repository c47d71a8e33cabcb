package dev.varve.server.writer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
    int keys = 0;
    pace.begin(now);
    do {
      now += nanosAKey;
      keys++;
    } while (!pace.isEnough(now));
    pace.removed(keys);
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
  void aStepEndsWithTheKeyThatBringsItToItsTimeWhateverThoseBeforeTook() {
    pace.keysAreDue(now);
    assertEquals(250, step(1000));
    assertEquals(3, step(100_000));
    assertEquals(1, step(RemovalPace.STEP_NANOS));
    assertEquals(2500, step(100));
  }
}

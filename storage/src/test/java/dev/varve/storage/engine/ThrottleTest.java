package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.StorageOptions;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.manifest.VersionEdit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ThrottleTest {
  private static final int BATCH = 128;

  private final StorageOptions options = StorageOptions.builder().level0Tables(4).build();
  private final SteppedScheduler scheduler = new SteppedScheduler(new Random(1));
  private final Stalls stalls = new Stalls();
  private final Throttle throttle = new Throttle(options, scheduler, stalls);

  private static Levels level0(int tables) {
    VersionEdit edit = new VersionEdit();
    for (int number = 1; number <= tables; number++) {
      edit.add(
          0,
          new TableMeta(
              number, 1, new byte[] {1}, new byte[] {2}, number, number, 1, 0, 0, 0, 0, List.of()));
    }
    return Levels.EMPTY.apply(edit);
  }

  /** Bytes let in before the writer is told to wait, or {@code most}. */
  private long admitted(long most) {
    long bytes = 0;
    while (bytes < most && throttle.admits(0)) {
      throttle.appended(BATCH);
      bytes += BATCH;
    }
    return bytes;
  }

  @Test
  void lateCompactionsAloneSlowNobodyDown() {
    for (int tables = 0; tables <= 3 * options.level0Tables() / 2; tables++) {
      throttle.assess(level0(tables));
      assertEquals(100 << 20, admitted(100 << 20));
    }
    assertFalse(scheduler.stepOrWait(), "nothing is scheduled");
  }

  @Test
  void writesGetSlowerStepByStepBeforeTheyStop() {
    List<Long> perTick = new ArrayList<>();
    for (int tables = 3 * options.level0Tables() / 2 + 1;
        tables <= 3 * options.level0Tables();
        tables++) {
      throttle.assess(level0(tables));
      admitted(Long.MAX_VALUE);
      assertTrue(scheduler.stepOrWait());
      perTick.add(admitted(Long.MAX_VALUE));
      assertTrue(scheduler.stepOrWait());
    }
    for (int i = 1; i < perTick.size(); i++) {
      double ratio = (double) perTick.get(i) / perTick.get(i - 1);
      assertTrue(ratio > 0.3 && ratio < 0.95, perTick::toString);
    }
    assertTrue(perTick.getLast() >= BATCH, "never less than a trickle");
  }

  @Test
  void waitingWriterIsWokenByTheTick() {
    throttle.assess(level0(15));
    admitted(Long.MAX_VALUE);
    assertTrue(throttle.isPausing());
    boolean[] woken = new boolean[1];
    stalls.await(() -> woken[0] = true);
    assertFalse(throttle.admits(0));
    assertTrue(scheduler.stepOrWait());
    assertTrue(woken[0]);
    assertTrue(throttle.admits(0));
    assertEquals(1, throttle.pauses());
  }

  @Test
  void pauseEndsWithTheDebt() {
    throttle.assess(level0(19));
    admitted(Long.MAX_VALUE);
    assertFalse(throttle.admits(0));
    throttle.assess(level0(0));
    assertTrue(throttle.admits(0));
  }

  @Test
  void largeBatchIsPaidOffButNotForEver() {
    throttle.assess(level0(15));
    assertTrue(throttle.admits(0));
    throttle.appended(512 << 20);
    int ticks = 0;
    while (!throttle.admits(0)) {
      assertTrue(scheduler.stepOrWait());
      ticks++;
    }
    assertTrue(ticks > 10 && ticks <= 51, "took " + ticks + " ticks");
  }

  @Test
  void lastMemtableIsFilledEverMoreSlowly() {
    throttle.assess(Levels.EMPTY);
    long before = Long.MAX_VALUE;
    for (double full = 0.25; full <= 1; full += 0.25) {
      long bytes = 0;
      while (throttle.admits(full)) {
        throttle.appended(BATCH);
        bytes += BATCH;
      }
      assertTrue(bytes < before / 2);
      before = bytes;
      assertTrue(throttle.admits(0), "once another can take its place, at full speed");
      assertTrue(scheduler.stepOrWait());
    }
  }
}

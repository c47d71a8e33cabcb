package dev.varve.storage.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.StorageException;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Background tasks end by what nobody expects: the engine says so and refuses writes, or goes on;
 * it never waits for a task that is gone, and nothing acknowledged is lost.
 */
class BackgroundDeathTest {
  private static final int ROUNDS = 12;

  /** Overwritten again and again, so that merges delete tables. */
  private static final int KEYS = 3;

  /** Not of any kind that the engine may expect. */
  private static final class Unexpected extends Error {
    private static final long serialVersionUID = 1L;

    Unexpected(String message) {
      super(message);
    }
  }

  private final Set<String> died = new TreeSet<>();

  @Test
  void whereverATaskDiesTheEngineSaysSoOrGoesOn() {
    int reached = 0;
    for (long failing = 0; reached == failing; failing++) {
      reached += dieAt(failing) ? 1 : 0;
    }
    System.out.println("died at each of " + reached + " operations, in " + died);
    assertTrue(reached > 100);
    for (String part : Set.of("Flusher", "Compactor", "SegmentPool", "DiskReserve", "Releases")) {
      assertTrue(died.contains(part), () -> part + " never died: " + died);
    }
  }

  /** Whether the operation was come to. */
  private boolean dieAt(long failing) {
    SimulatedFileSystem files = new SimulatedFileSystem();
    boolean[] failed = new boolean[1];
    long[] seen = new long[1];
    int acknowledged = 0;
    SteppedDatabase database = new SteppedDatabase(files);
    files.setFaultInjector(
        (operation, path, count) -> {
          if (seen[0]++ == failing) {
            failed[0] = true;
            noteTask();
            throw new Unexpected(operation + " " + path);
          }
        });
    for (int i = 0; i < ROUNDS; i++) {
      try {
        database.put(SteppedDatabase.key(i % KEYS), value(i));
        acknowledged = i + 1;
        database.engine.freeze();
        database.scheduler.drain();
        database.engine.everySecond();
      } catch (Unexpected e) {
        // On the thread that called, or of a task that the scheduler ran.
        assertTrue(failed[0]);
      } catch (StorageException e) {
        assertNotNull(database.engine.statistics().poisoned(), e::toString);
        break;
      }
    }
    if (failed[0] && acknowledged < ROUNDS) {
      assertRefusesOrGoesOn(database);
    }
    files.setFaultInjector(FaultInjector.NONE);
    try (SteppedDatabase again = new SteppedDatabase(files.crashClone(failing))) {
      for (int i = Math.max(0, acknowledged - KEYS); i < acknowledged; i++) {
        assertTrue(again.get(SteppedDatabase.key(i % KEYS))[0] >= i, "lost write " + i);
      }
    }
    return failed[0];
  }

  private static byte[] value(int round) {
    byte[] value = new byte[6000];
    value[0] = (byte) round;
    return value;
  }

  private static void assertRefusesOrGoesOn(SteppedDatabase database) {
    for (int i = 0; i < ROUNDS; i++) {
      try {
        database.put("later", value(i));
        database.engine.freeze();
      } catch (StorageException.Poisoned e) {
        assertNotNull(database.engine.statistics().poisoned());
        return;
      }
    }
    assertArrayEquals(value(ROUNDS - 1), database.get("later"));
  }

  /** Which part of the engine the operation is of. */
  private void noteTask() {
    for (StackTraceElement frame : new Throwable().getStackTrace()) {
      String name = frame.getClassName();
      if (name.startsWith("dev.varve")) {
        died.add(name.substring(name.lastIndexOf('.') + 1));
      }
    }
  }

  @Test
  void aTaskThatCannotBeHandedInIsTold() {
    SteppedScheduler scheduler = new SteppedScheduler(new Random(1));
    Throwable[] told = new Throwable[1];
    GatedScheduler gated =
        new GatedScheduler(
            new Scheduler() {
              @Override
              public void execute(Lane lane, Runnable task) {
                throw new Unexpected("no thread");
              }

              @Override
              public void schedule(Lane lane, long delayMillis, Runnable task) {
                scheduler.schedule(lane, delayMillis, task);
              }

              @Override
              public void close() {}
            },
            new Gate(),
            thrown -> told[0] = thrown);
    assertThrows(Unexpected.class, () -> gated.execute(Scheduler.Lane.FLUSH, () -> {}));
    assertEquals("no thread", told[0].getMessage());
    gated.schedule(
        Scheduler.Lane.TIMER,
        0,
        () -> {
          throw new Unexpected("timer");
        });
    assertThrows(Unexpected.class, scheduler::drain);
    assertEquals("timer", told[0].getMessage());
  }

  @Test
  void allThatWaitAreWokenThoughOneOfThemThrows() {
    Stalls stalls = new Stalls();
    int[] woken = new int[1];
    stalls.await(
        () -> {
          throw new Unexpected("first");
        });
    stalls.await(() -> woken[0]++);
    assertThrows(Unexpected.class, stalls::wake);
    assertEquals(1, woken[0]);
  }
}

package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import dev.varve.storage.Seeds;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.FaultInjector.Operation;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Cursors that may not read, over memtables, tables and values apart of which the cache holds some:
 * they never touch the disk, say so, and lose nothing of their position.
 */
final class CursorReadsTest {
  private static final int KEYS = 150;

  private int refusals;

  @Test
  void aViewsCursorReadsOnlyWhileItMay() {
    Seeds.forEach(60, random -> new Run(random).walk(false));
    assertTrue(refusals > 0, "all was in memory");
  }

  @Test
  void theWritersCursorShowsWhatHadBeenAppendedWhenItWasMade() {
    Seeds.forEach(60, random -> new Run(random).walk(true));
    assertTrue(refusals > 0, "all was in memory");
  }

  @Test
  void theWritersCursorLeavesSortingManyKeysToWhoMayWait() {
    try (LsmEngine engine =
        (LsmEngine)
            LsmEngine.open(
                Path.of("/db"),
                StorageOptions.DEFAULT,
                new EngineEnvironment(
                    new SimulatedFileSystem(),
                    () -> 1_000_000,
                    new SteppedScheduler(new Random(1)),
                    new Random(1)))) {
      WriteBatch batch = new WriteBatch();
      for (int i = 0; i < 5000; i++) {
        batch.put(String.format("k%04d", i).getBytes(ISO_8859_1), new byte[0]);
      }
      engine.append(batch);
      try (Cursor cursor = engine.latest().cursor(null, null);
          Cursor other = engine.latest().cursor(null, null)) {
        cursor.mayRead(false);
        other.mayRead(false);
        cursor.seekToLast();
        assertTrue(cursor.needsRead());
        other.seekToFirst();
        assertTrue(other.needsRead());
        cursor.mayRead(true);
        cursor.resume();
        assertEquals("k4999", new String(cursor.key(), 0, cursor.keyLength(), ISO_8859_1));
        other.resume();
        assertEquals("k0000", new String(other.key(), 0, other.keyLength(), ISO_8859_1));
      }
    }
  }

  /** One database. */
  private final class Run {
    private final Random random;
    private final SimulatedFileSystem disk = new SimulatedFileSystem();
    private final SteppedScheduler scheduler;
    private final LsmEngine engine;
    private final TreeMap<String, String> model = new TreeMap<>();
    private boolean readsForbidden;

    Run(Random random) {
      this.random = random;
      scheduler = new SteppedScheduler(random);
      StorageOptions options = Simulation.randomOptions(random);
      engine =
          (LsmEngine)
              LsmEngine.open(
                  Path.of("/db"),
                  options,
                  new EngineEnvironment(disk, () -> 1_000_000, scheduler, random));
    }

    void walk(boolean writers) {
      for (int i = 0; i < 400; i++) {
        write(SyncPolicy.ALWAYS);
        if (random.nextInt(10) == 0) {
          scheduler.stepOrWait();
        }
      }
      for (int i = random.nextInt(KEYS); i > 0; i--) {
        readOne();
      }
      disk.setFaultInjector(
          (operation, path, count) ->
              assertFalse(readsForbidden && isRead(operation), "read, though it may not"));
      for (int i = 0; i < 4; i++) {
        if (writers) {
          // Appended, not written: nobody but the writer sees it.
          append();
          walkBothWays(engine.latest());
          engine.write();
          engine.sync();
          engine.publish(engine.durableSequence());
        } else {
          try (ReadView view = engine.view()) {
            walkBothWays(view);
          }
        }
      }
      disk.setFaultInjector(FaultInjector.NONE);
      engine.close();
    }

    private static boolean isRead(Operation operation) {
      return operation == Operation.READ || operation == Operation.OPEN_FOR_READ;
    }

    private void readOne() {
      try (ReadView view = engine.view()) {
        byte[] key = key().getBytes(ISO_8859_1);
        byte[] value = view.get(key);
        assertEquals(
            model.get(new String(key, ISO_8859_1)),
            value == null ? null : new String(value, ISO_8859_1));
      }
    }

    private void walkBothWays(ReadView view) {
      List<String> expected = new ArrayList<>();
      model.forEach((key, value) -> expected.add(key + "=" + value));
      assertEquals(expected, seen(view, true));
      expected.clear();
      model.forEach((key, value) -> expected.addFirst(key + "=" + value));
      assertEquals(expected, seen(view, false));
    }

    private List<String> seen(ReadView view, boolean forward) {
      List<String> seen = new ArrayList<>();
      try (Cursor cursor = view.cursor(null, null)) {
        move(
            cursor,
            () -> {
              if (forward) {
                cursor.seekToFirst();
              } else {
                cursor.seekToLast();
              }
            });
        while (cursor.isValid()) {
          seen.add(
              new String(cursor.key(), 0, cursor.keyLength(), ISO_8859_1) + "=" + value(cursor));
          // What a cursor sees is pinned, whatever goes on.
          if (random.nextInt(20) == 0) {
            scheduler.step();
          }
          move(
              cursor,
              () -> {
                if (forward) {
                  cursor.next();
                } else {
                  cursor.previous();
                }
              });
        }
      }
      return seen;
    }

    private void move(Cursor cursor, Runnable move) {
      cursor.mayRead(false);
      readsForbidden = true;
      move.run();
      readsForbidden = false;
      if (cursor.needsRead()) {
        refusals++;
        assertFalse(cursor.isValid() || cursor.isHalted());
        cursor.mayRead(true);
        cursor.resume();
        assertFalse(cursor.needsRead());
      }
    }

    private String value(Cursor cursor) {
      cursor.mayRead(false);
      readsForbidden = true;
      int length = cursor.valueLength();
      boolean loaded = cursor.loadValue();
      readsForbidden = false;
      if (!loaded) {
        refusals++;
        cursor.mayRead(true);
        assertTrue(cursor.loadValue());
      }
      return new String(
          cursor
              .valueSegment()
              .asSlice(cursor.valueOffset(), length)
              .toArray(ValueLayout.JAVA_BYTE),
          ISO_8859_1);
    }

    private String key() {
      return String.format("k%03d", random.nextInt(KEYS));
    }

    private void write(SyncPolicy policy) {
      WriteBatch batch = change();
      awaitRoom(batch);
      engine.commit(batch, policy);
    }

    private void append() {
      WriteBatch batch = change();
      awaitRoom(batch);
      engine.append(batch);
    }

    private void awaitRoom(WriteBatch batch) {
      for (int i = 0; !engine.isWritable(batch); i++) {
        assertTrue(i < 10_000, "no room");
        scheduler.stepOrWait();
      }
    }

    private WriteBatch change() {
      WriteBatch batch = new WriteBatch();
      String key = key();
      switch (random.nextInt(12)) {
        case 0 -> {
          String end = key();
          if (key.compareTo(end) < 0) {
            model.subMap(key, end).clear();
            batch.deleteRange(key.getBytes(ISO_8859_1), end.getBytes(ISO_8859_1));
            return batch;
          }
        }
        case 1, 2, 3 -> {
          model.remove(key);
          batch.delete(key.getBytes(ISO_8859_1));
          return batch;
        }
        default -> {}
      }
      String value = "v" + random.nextInt() + "-".repeat(random.nextInt(250));
      model.put(key, value);
      batch.put(key.getBytes(ISO_8859_1), value.getBytes(ISO_8859_1));
      return batch;
    }
  }
}

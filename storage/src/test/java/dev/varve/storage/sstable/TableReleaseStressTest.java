package dev.varve.storage.sstable;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Race;
import dev.varve.storage.Seeds;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.cache.BlockCache;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.sstable.Tables.Content;
import dev.varve.storage.sstable.Tables.EntryId;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Tables that are let go of while threads look up, walk, hold values and take filters away: what is
 * held stays readable, each table is closed once, by whoever was last, and all memory is given
 * back.
 */
class TableReleaseStressTest {
  private static final int READERS = 4;
  private static final int FILES = 4;
  private static final int OPENINGS = 150;
  private static final int MOST_HELD = 5;

  /** A table that is in use, what it holds, and its keys for the choosing. */
  private record Opened(
      TableReader table,
      NavigableMap<EntryId, Content> model,
      List<Map.Entry<EntryId, Content>> entries) {}

  private record Held(EntryReference reference, byte[] value) {}

  private volatile Opened current;
  private final AtomicInteger closed = new AtomicInteger();
  private final AtomicInteger looks = new AtomicInteger();

  private static void check(Held held) {
    EntryReference reference = held.reference;
    assertArrayEquals(
        held.value,
        reference
            .valueSegment()
            .asSlice(reference.valueOffset(), reference.valueLength())
            .toArray(ValueLayout.JAVA_BYTE));
  }

  private void read(Race race, Random random) {
    Deque<Held> held = new ArrayDeque<>();
    while (!race.isOver()) {
      Opened opened = current;
      if (!opened.table.tryRetain()) {
        continue;
      }
      EntryCursor cursor = random.nextInt(10) == 0 ? opened.table.cursor(true) : null;
      for (int i = random.nextInt(20); i >= 0; i--) {
        held.addLast(lookUp(opened, random));
        if (held.size() > random.nextInt(MOST_HELD + 1)) {
          release(held.removeFirst());
        }
      }
      moveFilter(opened.table, random);
      opened.table.release();
      if (cursor != null) {
        walk(cursor, opened.model);
      }
      looks.incrementAndGet();
    }
    held.forEach(TableReleaseStressTest::release);
  }

  private static Held lookUp(Opened opened, Random random) {
    Map.Entry<EntryId, Content> entry = opened.entries.get(random.nextInt(opened.entries.size()));
    byte[] key = entry.getKey().key();
    EntryReference reference = new EntryReference();
    assertEquals(
        EntryReference.FOUND,
        opened.table.get(key, 0, key.length, entry.getKey().sequence(), true, reference));
    return new Held(reference, entry.getValue().value());
  }

  private static void release(Held held) {
    check(held);
    held.reference.release();
  }

  private static void moveFilter(TableReader table, Random random) {
    int chance = random.nextInt(20);
    if (chance == 0) {
      table.dropFilter();
    } else if (chance == 1) {
      table.loadFilter();
    }
  }

  private static void walk(EntryCursor cursor, NavigableMap<EntryId, Content> model) {
    try (cursor) {
      cursor.seekToFirst();
      for (EntryId id : model.keySet()) {
        assertTrue(cursor.isValid());
        assertEquals(id.sequence(), cursor.sequence());
        cursor.next();
      }
    }
  }

  private static NavigableMap<EntryId, Content> write(
      SimulatedFileSystem files, Path path, Random random) {
    NavigableMap<EntryId, Content> model = Tables.random(random, 300);
    Tables.write(files, path, Tables.randomOptions(random).withBlockBytes(512), model);
    return model;
  }

  private static Path path(int file) {
    return Path.of("/data/" + file + ".sst");
  }

  private void open(
      SimulatedFileSystem files,
      int file,
      long number,
      NavigableMap<EntryId, Content> model,
      BlockCache cache) {
    TableReader table = TableReader.open(files, path(file), number, cache);
    table.whenReleased(closed::incrementAndGet);
    Opened before = current;
    current = new Opened(table, model, List.copyOf(model.entrySet()));
    if (before != null) {
      before.table.release();
    }
  }

  @Test
  void whatIsHeldStaysAndEachTableIsClosedOnce() {
    Seeds.forEach(
        2,
        random -> {
          current = null;
          closed.set(0);
          looks.set(0);
          SimulatedFileSystem files = new SimulatedFileSystem();
          files.createDirectories(Path.of("/data"));
          List<NavigableMap<EntryId, Content>> models = new ArrayList<>();
          for (int i = 0; i < FILES; i++) {
            models.add(write(files, path(i), random));
          }
          // Room for the index of some tables that are open at once, and not of others.
          try (BlockCache cache = new BlockCache(64 << 10, 4 << 10);
              Race race = new Race()) {
            open(files, 0, 0, models.getFirst(), cache);
            for (int i = 0; i < READERS; i++) {
              long seed = random.nextLong();
              race.start(() -> read(race, new Random(seed)));
            }
            for (int i = 1; i < OPENINGS; i++) {
              open(files, i % FILES, i, models.get(i % FILES), cache);
              int seen = looks.get();
              while (looks.get() < seen + READERS && race.isRunning()) {
                Thread.onSpinWait();
              }
            }
            race.finish();
            current.table.release();
            assertEquals(OPENINGS, closed.get());
            assertEquals(0, cache.tableMemory().takenBytes());
          }
        });
  }
}

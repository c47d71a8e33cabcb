package dev.varve.storage.memtable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.base.EntryKind;
import java.lang.foreign.Arena;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KeyOrderTest {
  private final Arena arena = Arena.ofShared();
  private final RecordArena memory = new RecordArena(new SlabPool(arena, true));
  private final Records records = new Records(memory);
  private final KeyList keys = new KeyList(memory);
  private final AtomicLong sortedKeys = new AtomicLong();
  private final KeyOrder order = new KeyOrder(records, keys, sortedKeys);

  @AfterEach
  void close() {
    memory.free();
    arena.close();
  }

  private void add(int count) {
    byte[] key = new byte[8];
    for (int i = 0; i < count; i++) {
      long shuffled = (keys.count() + 1) * 0x9E3779B97F4A7C15L;
      for (int b = 0; b < 8; b++) {
        key[b] = (byte) (shuffled >>> (8 * b));
      }
      keys.add(records.addKey(EntryKind.PUT, 1, key, 0, 8, 0, 0));
    }
  }

  private void checkRuns(List<int[]> runs) {
    Set<Integer> seen = new HashSet<>();
    for (int[] run : runs) {
      for (int i = 0; i < run.length; i++) {
        assertTrue(seen.add(run[i]));
        assertTrue(i == 0 || records.compareKeys(run[i - 1], run[i], 0) < 0);
      }
    }
    assertEquals(keys.count(), seen.size());
  }

  @Test
  void runsStayFewWhenKeysComeOneByOne() {
    for (int i = 0; i < 20_000; i++) {
      add(1);
      assertTrue(order.runs().size() <= 6);
    }
    checkRuns(order.runs());
  }

  @Test
  void sortingInTheBackgroundMergesWhatCursorsLeft() {
    for (int i = 0; i < 10; i++) {
      add(30_000);
      order.runs();
    }
    assertTrue(order.runs().size() > 5);
    order.sort();
    assertTrue(order.runs().size() <= 2);
    assertEquals(0, order.unsorted());
    assertEquals(keys.count(), sortedKeys.get());
    checkRuns(order.runs());
  }
}

package dev.varve.storage.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CountChangesTest {
  @Test
  void anUnchangedGroupKeepsItsCount() {
    assertEquals(7, new CountChanges().apply(3, 7));
    assertTrue(new CountChanges().isEmpty());
  }

  @Test
  void deltasAddUp() {
    CountChanges changes = new CountChanges();
    changes.add(0, 5);
    changes.add(0, -7);
    assertEquals(8, changes.apply(0, 10));
    assertEquals(1, changes.size());
  }

  @Test
  void forgettingDropsWhatWasBefore() {
    CountChanges changes = new CountChanges();
    changes.add(1, 5);
    changes.forget(1);
    changes.add(1, 2);
    assertEquals(2, changes.apply(1, 1_000));
  }

  @Test
  void laterChangesGoOnTop() {
    CountChanges first = new CountChanges();
    first.add(1, 5);
    first.add(2, 5);
    CountChanges later = new CountChanges();
    later.forget(1);
    later.add(1, 3);
    later.add(2, -1);
    first.addAll(later);
    assertEquals(3, first.apply(1, 100));
    assertEquals(104, first.apply(2, 100));
  }

  @Test
  void anImmutableCopyStaysAsItIs() {
    CountChanges changes = new CountChanges();
    changes.add(1, 5);
    CountChanges copy = changes.immutableCopy();
    assertEquals(changes, copy);
    changes.add(1, 1);
    assertNotEquals(changes, copy);
    assertEquals(5, copy.apply(1, 0));
    assertThrows(UnsupportedOperationException.class, () -> copy.add(1, 1));
    assertThrows(UnsupportedOperationException.class, () -> copy.forget(1));
  }

  @Test
  void negativeGroupsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new CountChanges().add(-1, 1));
  }

  @Test
  void manyGroupsBehaveLikeAMap() {
    long seed = Long.getLong("varve.seed", System.nanoTime());
    System.out.println("CountChangesTest seed " + seed);
    Random random = new Random(seed);
    CountChanges changes = new CountChanges();
    Map<Long, long[]> model = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      long group = random.nextInt(1_000) * (1L << random.nextInt(40));
      long[] expected = model.computeIfAbsent(group, g -> new long[2]);
      if (random.nextInt(10) == 0) {
        changes.forget(group);
        expected[0] = 1;
        expected[1] = 0;
      } else {
        long delta = random.nextInt(100) - 50L;
        changes.add(group, delta);
        expected[1] += delta;
      }
    }
    assertEquals(model.size(), changes.size());
    changes.forEach(
        (group, forgotten, delta) -> {
          assertEquals(model.get(group)[0] == 1, forgotten);
          assertEquals(model.get(group)[1], delta);
        });
    model.forEach(
        (group, expected) ->
            assertEquals(expected[1] + (expected[0] == 1 ? 0L : 11L), changes.apply(group, 11)));
  }
}

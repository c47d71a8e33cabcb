package dev.varve.storage.base;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RangeTombstoneIndexTest {
  private static byte[] key(int at) {
    return String.format("%03d", at).getBytes(ISO_8859_1);
  }

  private static RangeTombstone tombstone(int begin, int end, long sequence) {
    return new RangeTombstone(key(begin), key(end), sequence);
  }

  private static long bruteForce(List<RangeTombstone> tombstones, byte[] key, long snapshot) {
    return tombstones.stream()
        .filter(t -> t.covers(key, 0, key.length) && t.sequence() <= snapshot)
        .mapToLong(RangeTombstone::sequence)
        .max()
        .orElse(RangeTombstoneIndex.NONE);
  }

  private static List<RangeTombstone> random(Random random, int keys) {
    List<RangeTombstone> tombstones = new ArrayList<>();
    for (int i = random.nextInt(12); i > 0; i--) {
      tombstones.add(tombstone(random.nextInt(keys), random.nextInt(keys), 1 + random.nextInt(40)));
    }
    return tombstones;
  }

  @Test
  void lookupsAgreeWithBruteForce() {
    Seeds.forEach(
        2_000,
        random -> {
          List<RangeTombstone> tombstones = random(random, 30);
          RangeTombstoneIndex index = RangeTombstoneIndex.of(tombstones);
          for (int at = 0; at < 30; at++) {
            long snapshot = random.nextInt(42);
            assertEquals(
                bruteForce(tombstones, key(at), snapshot),
                index.newestOver(key(at), 0, 3, snapshot));
          }
        });
  }

  @Test
  void fragmentsDeleteTheSameForEveryViewAndDontOverlap() {
    Seeds.forEach(
        2_000,
        random -> {
          List<RangeTombstone> tombstones = random(random, 30);
          Snapshots snapshots =
              new Snapshots(random.longs(random.nextInt(3), 0, 42).sorted().toArray());
          List<RangeTombstone> fragments = RangeTombstoneIndex.of(tombstones).fragments(snapshots);
          for (int at = 0; at < 30; at++) {
            for (long view = 0; view < 42; view++) {
              if (snapshots.oldestFrom(view) == view) {
                assertEquals(
                    bruteForce(tombstones, key(at), view), bruteForce(fragments, key(at), view));
              }
            }
            assertEquals(
                bruteForce(tombstones, key(at), Snapshots.NEWEST),
                bruteForce(fragments, key(at), Snapshots.NEWEST));
          }
          for (int i = 1; i < fragments.size(); i++) {
            RangeTombstone before = fragments.get(i - 1);
            RangeTombstone after = fragments.get(i);
            int gap = java.util.Arrays.compareUnsigned(before.end(), after.begin());
            assertTrue(gap <= 0 || before.sequence() > after.sequence());
          }
        });
  }

  @Test
  void manyNestedTombstonesStaySmall() {
    List<RangeTombstone> nested = new ArrayList<>();
    for (int i = 0; i < 450; i++) {
      nested.add(tombstone(i, 999 - i, 1 + i));
    }
    RangeTombstoneIndex index = RangeTombstoneIndex.of(nested);
    assertEquals(450, index.newestOver(key(500), 0, 3, Snapshots.NEWEST));
    assertEquals(17, index.newestOver(key(500), 0, 3, 17));
    assertEquals(1, index.newestOver(key(998), 0, 3, Snapshots.NEWEST));
    assertEquals(RangeTombstoneIndex.NONE, index.newestOver(key(999), 0, 3, Snapshots.NEWEST));
    assertEquals(899, index.fragments(Snapshots.NEWEST_ONLY).size());
  }
}

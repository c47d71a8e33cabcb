package dev.varve.storage.base;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Seeds;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
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

  private static List<RangeTombstone> listed(RangeTombstones all, Snapshots snapshots) {
    List<RangeTombstone> fragments = new ArrayList<>();
    all.fragments(snapshots).forEachRemaining(fragments::add);
    return fragments;
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
          // As several sets, as those of memtables and tables are.
          int cut = tombstones.isEmpty() ? 0 : random.nextInt(tombstones.size());
          RangeTombstones all =
              RangeTombstones.union(
                  List.of(
                      RangeTombstoneIndex.of(tombstones.subList(0, cut)),
                      RangeTombstoneIndex.of(tombstones.subList(cut, tombstones.size()))));
          List<RangeTombstone> fragments = listed(all, snapshots);
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
  void coversWhatNoGapCuts() {
    Seeds.forEach(
        2_000,
        random -> {
          List<RangeTombstone> tombstones = random(random, 30);
          RangeTombstoneIndex index = RangeTombstoneIndex.of(tombstones);
          int from = random.nextInt(29);
          int to = from + 1 + random.nextInt(29 - from);
          long least = random.nextInt(20);
          boolean expected =
              IntStream.range(from, to)
                  .allMatch(at -> bruteForce(tombstones, key(at), Snapshots.NEWEST) > least);
          assertEquals(expected, index.covers(key(from), key(to), each -> each > least));
        });
  }

  @Test
  void aMillionTombstonesTakeLittleMemoryAndAreAllFound() {
    RangeTombstoneIndex.Builder builder = new RangeTombstoneIndex.Builder();
    for (long i = 0; i < 1_000_000; i++) {
      assertTrue(builder.add(number(2 * i), number(2 * i + 1), 1 + i));
    }
    RangeTombstoneIndex index = builder.build();
    for (long i = 0; i < 1_000_000; i++) {
      assertEquals(1 + i, index.newestOver(number(2 * i), 0, 8, Snapshots.NEWEST));
      assertEquals(0, index.newestOver(number(2 * i + 1), 0, 8, Snapshots.NEWEST));
    }
    assertTrue(index.memoryBytes() < 60_000_000, () -> index.memoryBytes() + " bytes");
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  @Test
  void manyNestedTombstonesAreAllSeen() {
    List<RangeTombstone> nested = new ArrayList<>();
    for (int i = 0; i < 450; i++) {
      nested.add(tombstone(i, 999 - i, 1 + i));
    }
    RangeTombstoneIndex index = RangeTombstoneIndex.of(nested);
    assertEquals(450, index.newestOver(key(500), 0, 3, Snapshots.NEWEST));
    assertEquals(17, index.newestOver(key(500), 0, 3, 17));
    assertEquals(1, index.newestOver(key(998), 0, 3, Snapshots.NEWEST));
    assertEquals(RangeTombstoneIndex.NONE, index.newestOver(key(999), 0, 3, Snapshots.NEWEST));
    assertEquals(899, listed(index, Snapshots.NEWEST_ONLY).size());
  }
}

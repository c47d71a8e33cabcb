package dev.varve.storage.base;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Seeds;
import dev.varve.storage.base.AbandonedRanges.Range;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AbandonedRangesTest {
  private static byte[] key(int at) {
    return String.format("%03d", at).getBytes(ISO_8859_1);
  }

  private static List<Range> random(Random random, long from) {
    List<Range> ranges = new ArrayList<>();
    long sequence = from;
    for (int i = random.nextInt(random.nextInt(10) == 0 ? 300 : 8); i > 0; i--) {
      int begin = random.nextInt(200);
      int end = random.nextBoolean() ? begin + 1 : begin + 1 + random.nextInt(100);
      ranges.add(new Range(key(begin), key(end), ++sequence, 1 + random.nextInt(5)));
    }
    return ranges;
  }

  private static AbandonedRanges of(List<Range> ranges) {
    List<Range> sorted = new ArrayList<>(ranges);
    sorted.sort(
        Comparator.comparing(Range::begin, Arrays::compareUnsigned)
            .thenComparing(Comparator.comparingLong(Range::sequence).reversed()));
    AbandonedRanges.Builder builder = new AbandonedRanges.Builder();
    sorted.forEach(builder::add);
    return builder.build();
  }

  private static long bruteForce(List<Range> ranges, byte[] key) {
    return ranges.stream()
        .filter(
            range ->
                Arrays.compareUnsigned(range.begin(), key) <= 0
                    && Arrays.compareUnsigned(key, range.end()) < 0)
        .mapToLong(Range::sequence)
        .max()
        .orElse(0);
  }

  @Test
  void aWalkOverAscendingKeysFindsTheNewestOverEach() {
    Seeds.forEach(
        1_000,
        random -> {
          List<Range> old = random(random, 0);
          List<Range> fresh = random(random, random.nextInt(400));
          AbandonedRanges both = of(old).with(of(fresh));
          List<Range> all = new ArrayList<>(old);
          all.addAll(fresh);
          int from = random.nextInt(300);
          check(all, both, from);
          AbandonedRanges decoded = AbandonedRanges.decode(both.encode());
          assertEquals(both.count(), decoded.count());
          assertArrayEquals(both.encode(), decoded.encode());
          check(all, decoded, from);
        });
  }

  private static void check(List<Range> all, AbandonedRanges ranges, int from) {
    AbandonedRanges.Cover whole = ranges.cover(null);
    AbandonedRanges.Cover part = ranges.cover(key(from));
    for (int at = 0; at < 310; at++) {
      assertEquals(bruteForce(all, key(at)), whole.newestOver(key(at), 3), "over " + at);
      if (at >= from) {
        assertEquals(bruteForce(all, key(at)), part.newestOver(key(at), 3), at + " from " + from);
      }
    }
  }

  @Test
  void ofWhatANewerOneIncludesNothingIsKept() {
    AbandonedRanges first = of(List.of(new Range(key(1), key(5), 10, 1)));
    AbandonedRanges longer = of(List.of(new Range(key(1), key(7), 20, 2)));
    assertEquals(1, first.with(longer).count());
    assertEquals(1, longer.with(first).count());
    AbandonedRanges around = of(List.of(new Range(key(0), key(9), 30, 3)));
    assertEquals(1, longer.with(around).count());
    AbandonedRanges shorter = of(List.of(new Range(key(1), key(2), 40, 4)));
    assertEquals(2, longer.with(shorter).count(), "one says what the other doesn't");
  }

  @Test
  void onlyKeepsWhatIsAskedFor() {
    AbandonedRanges all =
        of(List.of(new Range(key(1), key(2), 1, 1), new Range(key(3), key(4), 2, 7)));
    AbandonedRanges left = all.only(range -> range.stamp() > 1);
    assertEquals(1, left.count());
    assertEquals(2, left.cover(null).newestOver(key(3), 3));
    assertEquals(all, all.only(range -> true));
    assertEquals(0, all.stamped(9).only(range -> range.stamp() != 9).count());
  }

  @Test
  void aMillionIdentitiesTakeAFewBytesEach() {
    AbandonedRanges.Builder builder = new AbandonedRanges.Builder();
    Random random = new Random(1);
    for (long id = 1; id <= 1_000_000; id++) {
      byte[] begin = prefix(2 * id);
      builder.add(
          new Range(begin, AbandonedRanges.successor(begin), 1 + random.nextInt(2_000_000), 3));
    }
    AbandonedRanges ranges = builder.build();
    assertEquals(1_000_000, ranges.count());
    assertTrue(ranges.memoryBytes() < 12_000_000, () -> ranges.memoryBytes() + " bytes");
    AbandonedRanges.Cover cover = ranges.cover(prefix(1_000_000));
    for (long id = 1_000_000; id <= 2_000_000; id++) {
      byte[] element = Arrays.copyOf(prefix(id), 20);
      assertEquals(id % 2 == 0, cover.newestOver(element, 20) > 0, "identity " + id);
    }
  }

  private static byte[] prefix(long id) {
    byte[] prefix = new byte[11];
    prefix[0] = 0x20;
    ByteBuffer.wrap(prefix).putLong(3, id);
    return prefix;
  }

  @Test
  void otherBytesAreRefused() {
    byte[] good = of(List.of(new Range(key(1), key(9), 10, 1))).encode();
    assertThrows(
        RuntimeException.class, () -> AbandonedRanges.decode(Arrays.copyOf(good, good.length - 3)));
    byte[] shares = good.clone();
    shares[0] = 5;
    assertThrows(IndexOutOfBoundsException.class, () -> AbandonedRanges.decode(shares));
  }
}

package dev.varve.storage.iterator;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Cursor;
import dev.varve.storage.ReluctantCursor;
import dev.varve.storage.Seeds;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.base.RangeTombstoneIndex;
import dev.varve.storage.iterator.ListCursor.Entry;
import dev.varve.storage.latency.Latencies;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Merging and visible cursors against brute force. */
class CursorModelTest {
  private static final int KEYS = 12;

  private static byte[] key(Random random) {
    String key = String.valueOf((char) ('a' + random.nextInt(KEYS)));
    String behind = List.of("", "", "\0", "k", "m\u00ff").get(random.nextInt(5));
    return (key + behind).getBytes(ISO_8859_1);
  }

  private static byte[] keyOrNull(Random random) {
    return random.nextBoolean() ? null : key(random);
  }

  private static final class Sources {
    final List<Entry> all = new ArrayList<>();
    final List<RangeTombstone> tombstones = new ArrayList<>();
    final List<List<Entry>> sources = new ArrayList<>();
    final List<List<RangeTombstone>> sourceTombstones = new ArrayList<>();
    long sequence;

    Sources(Random random) {
      int count = 1 + random.nextInt(5);
      for (int i = 0; i < count; i++) {
        sources.addFirst(new ArrayList<>());
        sourceTombstones.addFirst(new ArrayList<>());
        for (int n = random.nextInt(15); n > 0; n--) {
          addOne(random);
        }
      }
    }

    private void addOne(Random random) {
      sequence++;
      byte[] key = key(random);
      if (random.nextInt(8) == 0) {
        RangeTombstone tombstone = new RangeTombstone(key, key(random), sequence);
        tombstones.add(tombstone);
        sourceTombstones.getFirst().add(tombstone);
      } else {
        boolean put = random.nextInt(3) > 0;
        Entry entry =
            new Entry(
                key,
                sequence,
                put ? EntryKind.PUT : EntryKind.DELETE,
                put ? ("v" + sequence).getBytes(ISO_8859_1) : new byte[0]);
        all.add(entry);
        sources.getFirst().add(entry);
      }
    }

    List<EntryCursor> cursors() {
      return new ArrayList<>(sources.stream().map(ListCursor::new).toList());
    }

    List<EntryCursor> cursorsOnDisk(Random random) {
      return new ArrayList<>(sources.stream().map(s -> new ListCursor(s, random)).toList());
    }

    List<RangeTombstoneIndex> indexes() {
      return sourceTombstones.stream().map(RangeTombstoneIndex::of).toList();
    }

    NavigableMap<byte[], String> visible(long snapshot, byte[] lower, byte[] upper) {
      NavigableMap<byte[], String> visible = new TreeMap<>(Arrays::compareUnsigned);
      for (Entry entry : all) {
        byte[] key = entry.key();
        if (entry.sequence() > snapshot
            || (lower != null && Arrays.compareUnsigned(key, lower) < 0)
            || (upper != null && Arrays.compareUnsigned(key, upper) >= 0)) {
          continue;
        }
        boolean deleted =
            tombstones.stream()
                .anyMatch(
                    t ->
                        t.sequence() > entry.sequence()
                            && t.sequence() <= snapshot
                            && t.covers(key, 0, key.length));
        if (EntryKind.isPut(entry.kind()) && !deleted) {
          visible.put(key, new String(entry.value(), ISO_8859_1));
        } else {
          visible.remove(key);
        }
      }
      return visible;
    }
  }

  @Test
  void mergingIsSorting() {
    Seeds.forEach(
        3_000,
        random -> {
          Sources sources = new Sources(random);
          List<Entry> sorted = sources.all.stream().sorted(Entry.ORDER).toList();
          EntryCursor one = new ListCursor(sorted);
          try (EntryCursor merged = new MergingCursor(sources.cursors())) {
            for (int step = 0; step < 60; step++) {
              move(random, one, merged, sources.sequence);
              assertEquals(one.isValid(), merged.isValid());
              if (one.isValid()) {
                assertEquals(entryAt(one), entryAt(merged));
              }
            }
          }
        });
  }

  private static void move(Random random, EntryCursor a, EntryCursor b, long newest) {
    byte[] key = key(random);
    long sequence = random.nextLong(newest + 2);
    int what = a.isValid() ? random.nextInt(12) : random.nextInt(4);
    for (EntryCursor cursor : List.of(a, b)) {
      switch (what) {
        case 0 -> cursor.seekToFirst();
        case 1 -> cursor.seekToLast();
        case 2 -> cursor.seek(key, 0, key.length, sequence);
        case 3 -> cursor.seekBefore(key, 0, key.length);
        case 4, 5, 6, 7 -> cursor.next();
        default -> cursor.previous();
      }
    }
  }

  private static Entry entryAt(EntryCursor cursor) {
    return new Entry(
        Arrays.copyOf(cursor.key(), cursor.keyLength()),
        cursor.sequence(),
        cursor.kind(),
        bytes(cursor.valueSegment(), cursor.valueOffset(), cursor.valueLength()));
  }

  private static byte[] bytes(MemorySegment segment, long offset, int length) {
    return segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void twinsOfOneSequenceNumberComeInTheOrderOfTheirSources() {
    List<Entry> first = List.of(new Entry(key("a"), 0, EntryKind.PUT, key("first")));
    List<Entry> second = List.of(new Entry(key("a"), 0, EntryKind.PUT, key("second")));
    try (EntryCursor merged =
        new MergingCursor(List.of(new ListCursor(first), new ListCursor(second)))) {
      merged.seekToFirst();
      assertEquals("a#0=first", entryAt(merged).toString());
      merged.next();
      assertEquals("a#0=second", entryAt(merged).toString());
      merged.previous();
      assertEquals("a#0=first", entryAt(merged).toString());
      merged.next();
      merged.next();
      assertFalse(merged.isValid());
      merged.seekToLast();
      assertEquals("a#0=second", entryAt(merged).toString());
      merged.previous();
      assertEquals("a#0=first", entryAt(merged).toString());
      merged.next();
      assertEquals("a#0=second", entryAt(merged).toString());
    }
  }

  private static byte[] key(String key) {
    return key.getBytes(ISO_8859_1);
  }

  @Test
  void aViewSeesTheNewestVersionsThatAreNotDeleted() {
    Seeds.forEach(
        5_000,
        random -> {
          Sources sources = new Sources(random);
          long snapshot = random.nextLong(sources.sequence + 2);
          byte[] lower = keyOrNull(random);
          byte[] upper = keyOrNull(random);
          NavigableMap<byte[], String> model = sources.visible(snapshot, lower, upper);
          try (Cursor cursor = cursor(sources, snapshot, lower, upper)) {
            walk(random, model, cursor);
          }
        });
  }

  @Test
  void aCursorThatMayNotReadGoesOnWhereItNeededARead() {
    Seeds.forEach(
        5_000,
        random -> {
          Sources sources = new Sources(random);
          long snapshot = random.nextLong(sources.sequence + 2);
          byte[] lower = keyOrNull(random);
          byte[] upper = keyOrNull(random);
          NavigableMap<byte[], String> model = sources.visible(snapshot, lower, upper);
          List<String> expected = new ArrayList<>();
          model.forEach((key, value) -> expected.add(new String(key, ISO_8859_1) + "=" + value));
          Cursor onDisk = cursor(sources.cursorsOnDisk(random), sources, snapshot, lower, upper);
          try (ReluctantCursor cursor = new ReluctantCursor(onDisk, random)) {
            walk(random, model, cursor);
            assertEquals(expected, haltingForward(random, cursor));
            assertEquals(expected, haltingBackward(random, cursor).reversed());
            assertTrue(cursor.refusals() > 0, "every move was content with memory");
          }
        });
  }

  /** What was saved of a longer key before must not be taken for a part of this one. */
  @Test
  void aMoveBackwardGoesOnAtItsKeyAfterALongerOne() {
    List<Entry> entries = new ArrayList<>();
    for (String key : List.of("a2", "k", "k1")) {
      entries.add(new Entry(key(key), 1, EntryKind.PUT, new byte[0]));
    }
    Seeds.forEach(
        100,
        random -> {
          try (Cursor cursor =
              new VisibleCursor(
                  List.of(new ListCursor(entries, random)),
                  ApartValues.NONE,
                  List.of(),
                  5000,
                  null,
                  key("k1"),
                  Latencies.NONE,
                  PassedEntries.IGNORED)) {
            cursor.seekToFirst();
            cursor.next();
            cursor.mayRead(false);
            cursor.seekToLast();
            while (cursor.needsRead()) {
              cursor.resume();
            }
            assertEquals("k=", shown(cursor));
          }
        });
  }

  @Test
  void whatWasPassedBeforeAReadIsNotPassedAgain() {
    List<Entry> entries = new ArrayList<>();
    for (int i = 1000; i < 2000; i++) {
      byte kind = i == 1999 ? EntryKind.PUT : EntryKind.DELETE;
      entries.add(new Entry(key("k" + i), i, kind, new byte[0]));
    }
    ListCursor source = new ListCursor(entries, new Random(5));
    try (Cursor cursor =
        new VisibleCursor(
            List.of(source),
            ApartValues.NONE,
            List.of(),
            5000,
            null,
            null,
            Latencies.NONE,
            PassedEntries.IGNORED)) {
      cursor.mayRead(false);
      cursor.seekToFirst();
      int resumed = 0;
      while (cursor.needsRead()) {
        resumed++;
        cursor.resume();
      }
      assertTrue(cursor.isValid());
      assertTrue(resumed > 100, "only " + resumed + " moves needed a read");
      assertEquals(999, source.steps());
    }
  }

  @Test
  void aCursorThatMayPassLittleHaltsAndComesToAllKeysAllTheSame() {
    Seeds.forEach(
        5_000,
        random -> {
          Sources sources = new Sources(random);
          long snapshot = random.nextLong(sources.sequence + 2);
          byte[] lower = keyOrNull(random);
          byte[] upper = keyOrNull(random);
          NavigableMap<byte[], String> model = sources.visible(snapshot, lower, upper);
          List<String> expected = new ArrayList<>();
          model.forEach((key, value) -> expected.add(new String(key, ISO_8859_1) + "=" + value));
          try (Cursor cursor = cursor(sources, snapshot, lower, upper)) {
            assertEquals(expected, haltingForward(random, cursor));
            assertEquals(expected, haltingBackward(random, cursor).reversed());
          }
        });
  }

  private static Cursor cursor(Sources sources, long snapshot, byte[] lower, byte[] upper) {
    return cursor(sources.cursors(), sources, snapshot, lower, upper);
  }

  private static Cursor cursor(
      List<EntryCursor> cursors, Sources sources, long snapshot, byte[] lower, byte[] upper) {
    return new VisibleCursor(
        cursors,
        ApartValues.NONE,
        sources.indexes(),
        snapshot,
        lower,
        upper,
        Latencies.NONE,
        PassedEntries.IGNORED);
  }

  private static List<String> haltingForward(Random random, Cursor cursor) {
    List<String> seen = new ArrayList<>();
    cursor.passAtMost(random.nextInt(5));
    cursor.seekToFirst();
    while (cursor.isValid() || cursor.isHalted()) {
      if (cursor.isHalted()) {
        byte[] place = Arrays.copyOf(cursor.key(), cursor.keyLength());
        cursor.passAtMost(1 + random.nextInt(4));
        cursor.seek(place, 0, place.length);
      } else {
        seen.add(shown(cursor));
        cursor.next();
      }
    }
    return seen;
  }

  private static List<String> haltingBackward(Random random, Cursor cursor) {
    List<String> seen = new ArrayList<>();
    cursor.passAtMost(random.nextInt(5));
    cursor.seekToLast();
    while (cursor.isValid() || cursor.isHalted()) {
      if (cursor.isHalted()) {
        byte[] place = Arrays.copyOf(cursor.key(), cursor.keyLength());
        cursor.passAtMost(1 + random.nextInt(4));
        cursor.seekBefore(place, 0, place.length);
      } else {
        seen.add(shown(cursor));
        cursor.previous();
      }
    }
    return seen;
  }

  @Test
  void aMovePassesNoMoreThanItMay() {
    List<Entry> entries = new ArrayList<>();
    for (int i = 1000; i < 2000; i++) {
      byte kind = i == 1999 ? EntryKind.PUT : EntryKind.DELETE;
      entries.add(new Entry(key("k" + i), i, kind, new byte[0]));
    }
    ListCursor source = new ListCursor(entries);
    try (Cursor cursor =
        new VisibleCursor(
            List.of(source),
            ApartValues.NONE,
            List.of(),
            5000,
            null,
            null,
            Latencies.NONE,
            PassedEntries.IGNORED)) {
      cursor.passAtMost(100);
      cursor.seekToFirst();
      assertTrue(cursor.isHalted());
      assertFalse(cursor.isValid());
      assertEquals("k1100", new String(cursor.key(), 0, cursor.keyLength(), ISO_8859_1));
      assertEquals(100, source.steps());
      cursor.seekToFirst();
      assertTrue(cursor.isHalted());
      assertEquals(100, source.steps(), "what may be passed is passed already");
      cursor.passAtMost(899);
      cursor.seek(key("k1100"), 0, 5);
      assertTrue(cursor.isValid());
      assertFalse(cursor.isHalted());
      cursor.passAtMost(100);
      cursor.seekBefore(key("k1999"), 0, 5);
      assertTrue(cursor.isHalted());
      assertEquals("k1898", new String(cursor.key(), 0, cursor.keyLength(), ISO_8859_1));
    }
  }

  private static void walk(Random random, NavigableMap<byte[], String> model, Cursor cursor) {
    Map.Entry<byte[], String> expected = null;
    for (int step = 0; step < 60; step++) {
      byte[] key = key(random);
      switch (expected == null ? random.nextInt(4) : random.nextInt(13)) {
        case 0 -> {
          cursor.seekToFirst();
          expected = model.firstEntry();
        }
        case 1 -> {
          cursor.seekToLast();
          expected = model.lastEntry();
        }
        case 2 -> {
          cursor.seek(key, 0, key.length);
          expected = model.ceilingEntry(key);
        }
        case 3 -> {
          cursor.seekBefore(key, 0, key.length);
          expected = model.lowerEntry(key);
        }
        case 4, 5, 6, 7 -> {
          cursor.next();
          expected = model.higherEntry(expected.getKey());
        }
        case 8 -> {
          int wanted = 1 + random.nextInt(4);
          List<String> taken = new ArrayList<>();
          boolean ended =
              cursor.forEach(
                  (k, keyLength, value, offset, length) -> {
                    String itsKey = new String(k, 0, keyLength, ISO_8859_1);
                    taken.add(itsKey + "=" + new String(bytes(value, offset, length), ISO_8859_1));
                    return taken.size() < wanted;
                  });
          List<Map.Entry<byte[], String>> rest =
              model.tailMap(expected.getKey(), true).entrySet().stream().limit(wanted).toList();
          assertEquals(
              rest.stream()
                  .map(e -> new String(e.getKey(), ISO_8859_1) + "=" + e.getValue())
                  .toList(),
              taken);
          assertEquals(taken.size() < wanted, ended);
          expected = ended ? null : rest.getLast();
        }
        default -> {
          cursor.previous();
          expected = model.lowerEntry(expected.getKey());
        }
      }
      assertEquals(expected != null, cursor.isValid());
      if (expected != null) {
        assertEquals(
            new String(expected.getKey(), ISO_8859_1) + "=" + expected.getValue(), shown(cursor));
      }
    }
  }

  private static String shown(Cursor cursor) {
    return new String(cursor.key(), 0, cursor.keyLength(), ISO_8859_1)
        + "="
        + new String(
            bytes(cursor.valueSegment(), cursor.valueOffset(), cursor.valueLength()), ISO_8859_1);
  }
}

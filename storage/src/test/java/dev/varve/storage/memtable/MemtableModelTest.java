package dev.varve.storage.memtable;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.iterator.EntryCursor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random operations on a memtable, checked against a sorted map of all versions. */
class MemtableModelTest {
  private record Version(byte[] key, long sequence) {
    static final Comparator<Version> ORDER =
        Comparator.comparing(Version::key, Arrays::compareUnsigned)
            .thenComparing(Version::sequence, Comparator.reverseOrder());
  }

  private record Content(byte kind, byte[] value) {}

  /** What keys look like. */
  enum Shape {
    /** Any bytes, often a beginning of one another. */
    SHORT {
      @Override
      byte[] key(Random random) {
        byte[] key = new byte[random.nextInt(5)];
        for (int i = 0; i < key.length; i++) {
          key[i] = (byte) (random.nextInt(4) * 85);
        }
        return key;
      }
    },
    /** Zeros only: keys differ by nothing but their length. */
    ZEROS {
      @Override
      byte[] key(Random random) {
        return new byte[random.nextInt(400)];
      }
    },
    /** As the server makes them: a long common beginning, then decimals. */
    SERVER {
      @Override
      byte[] key(Random random) {
        byte[] text = ("....userprofile:" + random.nextInt(3_000)).getBytes(StandardCharsets.UTF_8);
        text[0] = (byte) (random.nextInt(2) == 0 ? 0x10 : 0x40);
        return text;
      }
    },
    /** 200 bytes that differ early or late. */
    LONG {
      @Override
      byte[] key(Random random) {
        byte[] key = new byte[200];
        Arrays.fill(key, (byte) 0xFF);
        key[random.nextInt(200)] = (byte) random.nextInt(8);
        return key;
      }
    },
    /** One key, overwritten all the time, and few others. */
    HOT {
      @Override
      byte[] key(Random random) {
        return new byte[] {(byte) Math.max(0, random.nextInt(40) - 35)};
      }
    };

    abstract byte[] key(Random random);
  }

  private final NavigableMap<Version, Content> model = new TreeMap<>(Version.ORDER);
  private Random random;
  private Memtable memtable;
  private long sequence;

  @ParameterizedTest
  @EnumSource
  void behavesLikeASortedMap(Shape shape) {
    long seed = Long.getLong("varve.seed", System.nanoTime());
    System.out.println("MemtableModelTest " + shape + " seed " + seed);
    random = new Random(seed);
    try (Arena arena = Arena.ofShared()) {
      SlabPool pool = new SlabPool(arena, true);
      for (int round = 0; round < 4; round++) {
        model.clear();
        sequence = random.nextInt(1_000);
        memtable = new Memtable(pool, random.nextLong());
        int operations = 1 << (3 + random.nextInt(12));
        for (int i = 0; i < operations; i++) {
          put(shape.key(random));
          if (random.nextInt(4) == 0) {
            checkGet(shape.key(random));
          }
          if (random.nextInt(Math.max(20, operations / 20)) == 0) {
            checkCursor(shape, randomSnapshot(), false);
          }
        }
        checkCursor(shape, Long.MAX_VALUE, false);
        checkCursor(shape, Long.MAX_VALUE, true);
        checkWithin(random.nextInt(3) == 0 ? null : shape.key(random), shape.key(random));
        checkWithin(shape.key(random), random.nextInt(3) == 0 ? null : shape.key(random));
        checkWholeWalk();
        assertEquals(model.size(), memtable.entries());
        memtable.release();
        assertEquals(0, pool.lentBytes());
      }
    }
  }

  private long randomSnapshot() {
    return random.nextInt(3) == 0 ? sequence : sequence - random.nextInt(200);
  }

  private void put(byte[] key) {
    sequence += 1 + random.nextInt(2);
    boolean delete = random.nextInt(5) == 0;
    byte kind = delete ? EntryKind.DELETE : EntryKind.PUT;
    byte[] value = new byte[delete ? 0 : random.nextInt(60)];
    random.nextBytes(value);
    byte[] both = new byte[3 + key.length + value.length];
    System.arraycopy(key, 0, both, 2, key.length);
    System.arraycopy(value, 0, both, 3 + key.length, value.length);
    memtable.add(kind, sequence, both, 2, key.length, 3 + key.length, value.length);
    model.put(new Version(key, sequence), new Content(kind, value));
  }

  /** The newest version of the key in the snapshot, or null. */
  private Map.Entry<Version, Content> visible(byte[] key, long snapshot) {
    Map.Entry<Version, Content> found = model.ceilingEntry(new Version(key, snapshot));
    return found != null && Arrays.equals(found.getKey().key, key) ? found : null;
  }

  private void checkGet(byte[] key) {
    long snapshot = randomSnapshot();
    EntryReference out = new EntryReference();
    Map.Entry<Version, Content> expected = visible(key, snapshot);
    byte[] padded = new byte[key.length + 9];
    System.arraycopy(key, 0, padded, 5, key.length);
    int answer = memtable.get(padded, 5, key.length, snapshot, out);
    if (expected == null) {
      assertEquals(EntryReference.ABSENT, answer);
      return;
    }
    assertEquals(EntryReference.FOUND, answer);
    assertEquals(expected.getKey().sequence, out.sequence());
    assertEquals(expected.getValue().kind, out.kind());
    assertArrayEquals(
        expected.getValue().value, bytes(out.valueSegment(), out.valueOffset(), out.valueLength()));
    out.release();
  }

  private static byte[] bytes(MemorySegment segment, long offset, int length) {
    return segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  private NavigableMap<Version, Content> shown(long snapshot, boolean allVersions) {
    if (allVersions) {
      return model;
    }
    NavigableMap<Version, Content> shown = new TreeMap<>(Version.ORDER);
    byte[] last = null;
    for (Map.Entry<Version, Content> entry : model.entrySet()) {
      Version version = entry.getKey();
      if (version.sequence <= snapshot && !Arrays.equals(last, version.key)) {
        shown.put(version, entry.getValue());
        last = version.key;
      }
    }
    return shown;
  }

  /** A cursor with bounds shows all that lies within them, forward and backward. */
  private void checkWithin(byte[] lower, byte[] upper) {
    List<Version> expected = new ArrayList<>();
    for (Version version : shown(sequence, false).keySet()) {
      if ((lower == null || Arrays.compareUnsigned(version.key, lower) >= 0)
          && (upper == null || Arrays.compareUnsigned(version.key, upper) < 0)) {
        expected.add(version);
      }
    }
    assertTrue(expected.isEmpty() || memtable.mayHoldBetween(lower, upper));
    try (EntryCursor cursor = memtable.cursor(sequence, lower, upper)) {
      if (lower == null) {
        cursor.seekToFirst();
      } else {
        cursor.seek(lower, 0, lower.length, Long.MAX_VALUE >> 8);
      }
      for (Version version : expected) {
        checkStandsOn(version, cursor);
        cursor.next();
      }
      if (upper == null) {
        cursor.seekToLast();
      } else {
        cursor.seekBefore(upper, 0, upper.length);
      }
      for (Version version : expected.reversed()) {
        checkStandsOn(version, cursor);
        cursor.previous();
      }
    }
  }

  private static void checkStandsOn(Version version, EntryCursor cursor) {
    assertTrue(cursor.isValid());
    assertArrayEquals(version.key, Arrays.copyOf(cursor.key(), cursor.keyLength()));
    assertEquals(version.sequence, cursor.sequence());
  }

  private void checkCursor(Shape shape, long snapshot, boolean allVersions) {
    NavigableMap<Version, Content> shown = shown(snapshot, allVersions);
    try (EntryCursor cursor = allVersions ? memtable.versions() : memtable.cursor(snapshot)) {
      assertFalse(cursor.isValid());
      Map.Entry<Version, Content> expected = null;
      for (int move = 0; move < 100; move++) {
        byte[] key = shape.key(random);
        int choice = random.nextInt(expected == null ? 4 : 30);
        if (choice == 0) {
          cursor.seekToFirst();
          expected = shown.firstEntry();
        } else if (choice == 1) {
          cursor.seekToLast();
          expected = shown.lastEntry();
        } else if (choice == 2) {
          long at = random.nextBoolean() ? Long.MAX_VALUE >> 8 : randomSnapshot();
          cursor.seek(key, 0, key.length, at);
          expected = shown.ceilingEntry(new Version(key, at));
        } else if (choice == 3) {
          cursor.seekBefore(key, 0, key.length);
          expected = shown.lowerEntry(new Version(key, Long.MAX_VALUE));
        } else if (choice % 2 == 0) {
          cursor.next();
          expected = shown.higherEntry(expected.getKey());
        } else {
          cursor.previous();
          expected = shown.lowerEntry(expected.getKey());
        }
        checkPosition(expected, cursor);
      }
    }
  }

  private void checkWholeWalk() {
    try (EntryCursor cursor = memtable.versions()) {
      cursor.seekToFirst();
      for (Map.Entry<Version, Content> expected : model.entrySet()) {
        checkPosition(expected, cursor);
        cursor.next();
      }
      assertFalse(cursor.isValid());
      cursor.seekToLast();
      for (Map.Entry<Version, Content> expected : model.descendingMap().entrySet()) {
        checkPosition(expected, cursor);
        cursor.previous();
      }
      assertFalse(cursor.isValid());
    }
  }

  private static void checkPosition(Map.Entry<Version, Content> expected, EntryCursor cursor) {
    if (expected == null) {
      assertFalse(cursor.isValid());
      return;
    }
    assertTrue(cursor.isValid());
    assertArrayEquals(expected.getKey().key, Arrays.copyOf(cursor.key(), cursor.keyLength()));
    assertEquals(expected.getKey().sequence, cursor.sequence());
    assertEquals(expected.getValue().kind, cursor.kind());
    assertArrayEquals(
        expected.getValue().value,
        bytes(cursor.valueSegment(), cursor.valueOffset(), cursor.valueLength()));
  }
}

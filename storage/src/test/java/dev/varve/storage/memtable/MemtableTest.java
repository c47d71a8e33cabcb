package dev.varve.storage.memtable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.iterator.EntryCursor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemtableTest {
  private final Arena arena = Arena.ofShared();
  private final SlabPool pool = new SlabPool(arena, true);
  private final Memtable memtable = new Memtable(pool, 1);
  private final EntryReference out = new EntryReference();

  @AfterEach
  void everyByteIsGivenBack() {
    memtable.release();
    assertEquals(0, pool.lentBytes());
    arena.close();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void put(long sequence, byte[] key, byte[] value) {
    byte[] both = Arrays.copyOf(key, key.length + value.length);
    System.arraycopy(value, 0, both, key.length, value.length);
    memtable.add(EntryKind.PUT, sequence, both, 0, key.length, key.length, value.length);
  }

  private int get(byte[] key, long snapshot) {
    return memtable.get(key, 0, key.length, snapshot, out);
  }

  private byte[] value() {
    return out.valueSegment()
        .asSlice(out.valueOffset(), out.valueLength())
        .toArray(ValueLayout.JAVA_BYTE);
  }

  @Test
  void anEmptyMemtableIsSmallAndHasNothing() {
    assertTrue(memtable.memoryBytes() <= 1024, () -> memtable.memoryBytes() + " bytes");
    assertEquals(SlabPool.SMALLEST_SLAB, pool.lentBytes());
    assertEquals(EntryReference.ABSENT, get(utf8("a"), Long.MAX_VALUE));
    assertEquals(0, memtable.entries());
    assertEquals(0, memtable.firstSequence());
    try (EntryCursor cursor = memtable.cursor(Long.MAX_VALUE)) {
      cursor.seekToFirst();
      assertFalse(cursor.isValid());
      cursor.seekToLast();
      assertFalse(cursor.isValid());
    }
  }

  @Test
  void aSnapshotOlderThanAllVersionsSeesNothing() {
    put(5, utf8("a"), utf8("1"));
    put(7, utf8("a"), utf8("2"));
    assertEquals(EntryReference.ABSENT, get(utf8("a"), 4));
    assertEquals(EntryReference.FOUND, get(utf8("a"), 6));
    assertEquals(5, out.sequence());
    assertEquals(EntryReference.FOUND, get(utf8("a"), 7));
    assertEquals(7, out.sequence());
  }

  @Test
  void aTombstoneIsFound() {
    put(1, utf8("a"), utf8("1"));
    memtable.add(EntryKind.DELETE_BLIND, 2, utf8("a"), 0, 1, 1, 0);
    assertEquals(EntryReference.FOUND, get(utf8("a"), 2));
    assertEquals(EntryKind.DELETE_BLIND, out.kind());
    assertEquals(0, out.valueLength());
    assertEquals(1, memtable.blindEntries());
    assertEquals(2, memtable.entries());
    assertEquals(1, memtable.firstSequence());
    assertEquals(2, memtable.lastSequence());
  }

  @Test
  void everyVersionOfAHotKeyIsFoundInAFewSteps() {
    int versions = 300_000;
    byte[] key = utf8("hot");
    for (int i = 1; i <= versions; i++) {
      put(2L * i, key, new byte[] {(byte) i});
    }
    for (long snapshot = 2; snapshot <= 2L * versions + 1; snapshot += 7) {
      assertEquals(EntryReference.FOUND, get(key, snapshot));
      assertEquals(snapshot & ~1L, out.sequence());
      assertEquals((byte) (snapshot / 2), value()[0]);
    }
    assertEquals(EntryReference.ABSENT, get(key, 1));
    try (EntryCursor cursor = memtable.versions()) {
      cursor.seekToLast();
      for (long sequence = 2; sequence <= 2L * versions; sequence += 2) {
        assertEquals(sequence, cursor.sequence());
        cursor.previous();
      }
      assertFalse(cursor.isValid());
    }
  }

  @Test
  void aWalkOverAllVersionsLeavesThoseThatAreNotWanted() {
    for (int i = 1; i <= 20; i++) {
      put(2L * i, utf8("a"), new byte[] {(byte) i});
      put(2L * i + 1, utf8("b"), new byte[] {(byte) i});
    }
    try (EntryCursor cursor = memtable.versions()) {
      cursor.seekToFirst();
      cursor.next();
      assertEquals(38, cursor.sequence());
      cursor.leaveOlder();
      cursor.next();
      assertEquals(41, cursor.sequence());
      cursor.next();
      assertEquals(39, cursor.sequence());
      cursor.leaveOlder();
      cursor.previous();
      assertEquals(41, cursor.sequence());
      cursor.next();
      cursor.next();
      assertEquals(37, cursor.sequence());
      cursor.leaveOlder();
      cursor.next();
      assertFalse(cursor.isValid());
    }
  }

  @Test
  void valuesAndKeysLargerThanSlabsAreKept() {
    long before = memtable.memoryBytes();
    long sequence = 0;
    int[] sizes = {0, 1, 200_000, 262_144, 300_000, 1 << 20, (1 << 20) + 1, 5 << 20};
    for (int size : sizes) {
      byte[] big = new byte[size];
      Arrays.fill(big, (byte) 7);
      put(++sequence, utf8("value " + size), big);
      byte[] key = Arrays.copyOf(utf8("key"), 3 + size);
      put(++sequence, key, utf8("value"));
      put(++sequence, key, utf8("another"));
    }
    long sum = 2 * Arrays.stream(sizes).asLongStream().sum();
    assertTrue(memtable.memoryBytes() - before >= sum);
    assertTrue(memtable.memoryBytes() - before < sum + (2 << 20));
    sequence = 0;
    for (int size : sizes) {
      assertEquals(EntryReference.FOUND, get(utf8("value " + size), Long.MAX_VALUE));
      assertEquals(++sequence, out.sequence());
      assertEquals(size, out.valueLength());
      byte[] expected = new byte[size];
      Arrays.fill(expected, (byte) 7);
      assertTrue(Arrays.equals(expected, value()));
      byte[] key = Arrays.copyOf(utf8("key"), 3 + size);
      assertEquals(EntryReference.FOUND, get(key, ++sequence));
      assertEquals("value", new String(value(), StandardCharsets.UTF_8));
      assertEquals(EntryReference.FOUND, get(key, ++sequence));
      assertEquals("another", new String(value(), StandardCharsets.UTF_8));
    }
    try (EntryCursor cursor = memtable.cursor(Long.MAX_VALUE)) {
      cursor.seekToFirst();
      for (int size : sizes) {
        assertEquals(3 + size, cursor.keyLength());
        cursor.next();
      }
    }
  }

  @Test
  void sequencesMustRise() {
    put(5, utf8("a"), utf8("1"));
    assertThrows(IllegalArgumentException.class, () -> put(5, utf8("b"), utf8("1")));
    assertThrows(
        IllegalArgumentException.class,
        () -> memtable.addRange(new RangeTombstone(utf8("a"), utf8("b"), 4)));
    assertEquals(1, memtable.entries());
  }

  @Test
  void aFrozenMemtableTakesNothing() {
    memtable.freeze();
    assertThrows(IllegalStateException.class, () -> put(1, utf8("a"), utf8("1")));
  }

  @Test
  void rangeTombstonesCoverAndTakeMemory() {
    assertTrue(memtable.rangeTombstones().isEmpty());
    memtable.addRange(new RangeTombstone(utf8("a"), utf8("b"), 1));
    long bytes = memtable.memoryBytes();
    memtable.addRange(new RangeTombstone(utf8("a"), utf8("c"), 2));
    assertEquals(2, memtable.rangeCount());
    assertEquals(2, memtable.rangeTombstones().newest());
    assertEquals(2, memtable.rangeTombstones().newestOver(utf8("bb"), 0, 2, Long.MAX_VALUE));
    assertEquals(1, memtable.rangeTombstones().newestOver(utf8("aa"), 0, 2, 1));
    assertEquals(0, memtable.rangeTombstones().newestOver(utf8("bb"), 0, 2, 1));
    assertTrue(memtable.memoryBytes() > bytes);
    assertEquals(2, memtable.entries());
  }

  @Test
  void aCursorOutlivesItsMaker() {
    put(1, utf8("a"), utf8("1"));
    Memtable other = new Memtable(pool, 2);
    other.add(EntryKind.PUT, 1, utf8("kv"), 0, 1, 1, 1);
    EntryCursor cursor = other.versions();
    other.release();
    assertTrue(other.tryRetain());
    other.release();
    cursor.seekToFirst();
    assertEquals('k', cursor.key()[0]);
    cursor.close();
    cursor.close();
    assertFalse(other.tryRetain());
    assertThrows(IllegalStateException.class, other::release);
  }

  @Test
  void slabsAreUsedAgain() {
    for (int round = 0; round < 5; round++) {
      Memtable filled = new Memtable(pool, round);
      for (int i = 1; i <= 20_000; i++) {
        filled.add(EntryKind.PUT, i, utf8("key" + i), 0, ("key" + i).length(), 0, 3);
      }
      filled.release();
    }
    assertTrue(pool.allocatedBytes() < 4 << 20, () -> pool.allocatedBytes() + " bytes");
    assertEquals(SlabPool.SMALLEST_SLAB, pool.lentBytes());
  }

  @Test
  void tellsWhatLiesOutsideItsKeys() {
    put(1, utf8("keyspace-b"), utf8(""));
    put(2, utf8("keyspace-d"), utf8(""));
    put(3, utf8("l"), utf8(""));
    assertTrue(memtable.mayHoldBetween(null, null));
    assertTrue(memtable.mayHoldBetween(utf8("a"), utf8("z")));
    assertTrue(memtable.mayHoldBetween(utf8("l"), null));
    assertTrue(memtable.mayHoldBetween(utf8(""), utf8("keyspace-bb")));
    assertFalse(memtable.mayHoldBetween(null, utf8("k")));
    assertFalse(memtable.mayHoldBetween(utf8("a"), utf8("keyspabc")));
    assertFalse(memtable.mayHoldBetween(utf8("l0"), utf8("z")));
    put(4, new byte[] {(byte) 0xFF}, utf8(""));
    assertTrue(memtable.mayHoldBetween(new byte[] {(byte) 0xFE}, null));
    put(5, new byte[0], utf8(""));
    assertTrue(memtable.mayHoldBetween(null, new byte[] {0}));
  }

  @Test
  void aWalkSortsNothingThatBeginsWithAnotherByte() {
    for (int i = 1; i <= 1000; i++) {
      put(i, utf8("busy" + i), utf8(""));
    }
    for (int i = 1001; i <= 1010; i++) {
      put(i, utf8("quiet" + i), utf8(""));
    }
    put(1011, utf8("zz"), utf8(""));
    try (EntryCursor cursor = memtable.cursor(1010, utf8("q"), utf8("r"))) {
      cursor.seekToFirst();
      assertEquals('q', cursor.key()[0]);
      for (int i = 1; i < 10; i++) {
        cursor.next();
        assertTrue(cursor.isValid());
      }
      cursor.next();
      assertFalse(cursor.isValid());
      cursor.seekBefore(utf8("r"), 0, 1);
      assertTrue(cursor.isValid());
    }
    assertEquals(1001, memtable.unsortedKeys());
    try (EntryCursor cursor = memtable.cursor(1011, utf8("c"), utf8("p"))) {
      cursor.seekToFirst();
      assertFalse(cursor.isValid());
    }
    try (EntryCursor cursor = memtable.cursor(1011)) {
      cursor.seek(utf8("quiet"), 0, 5, Long.MAX_VALUE >> 8);
      cursor.next();
      assertEquals(1001, memtable.unsortedKeys(), "without bounds, by where it goes");
      cursor.seekToFirst();
      assertEquals(1, memtable.unsortedKeys());
    }
    assertFalse(memtable.mayHoldBetween(utf8("c"), utf8("q")));
    assertTrue(memtable.mayHoldBetween(utf8("c"), utf8("qu")));
  }

  @Test
  void aWalkThatMayNotWaitSortsFewKeys() {
    put(1, utf8("a"), utf8(""));
    for (int i = 2; i <= KeyOrder.QUICK_SORT + 1; i++) {
      put(i, utf8("b" + i), utf8(""));
    }
    try (EntryCursor few = memtable.cursor(Long.MAX_VALUE)) {
      few.mayRead(false);
      few.seek(utf8("b"), 0, 1, Long.MAX_VALUE >> 8);
      assertTrue(few.isValid());
    }
    for (int i = 0; i <= KeyOrder.QUICK_SORT; i++) {
      put(10_000 + i, utf8("c" + i), utf8(""));
    }
    try (EntryCursor cursor = memtable.cursor(Long.MAX_VALUE)) {
      cursor.mayRead(false);
      cursor.seekToLast();
      assertNeedsRead(cursor);
      cursor.seek(utf8("c"), 0, 1, Long.MAX_VALUE >> 8);
      assertNeedsRead(cursor);
      cursor.seekToFirst();
      assertTrue(cursor.isValid());
      assertFalse(cursor.needsRead());
      for (int i = 0; i < KeyOrder.QUICK_SORT; i++) {
        cursor.next();
        assertEquals('b', cursor.key()[0]);
      }
      cursor.next();
      assertNeedsRead(cursor);
      cursor.seekBefore(utf8("b"), 0, 1);
      assertEquals('a', cursor.key()[0]);
      cursor.previous();
      assertFalse(cursor.isValid() || cursor.needsRead(), "before the first");
      assertEquals(KeyOrder.QUICK_SORT + 1, memtable.unsortedKeys());
      assertEquals(0, memtable.unsortedKeys(utf8("a"), utf8("c")));
      assertEquals(KeyOrder.QUICK_SORT + 1, memtable.unsortedKeys(utf8("bz"), null));
      // Whoever may wait sorts for all.
      try (EntryCursor patient = memtable.cursor(Long.MAX_VALUE)) {
        patient.seekToLast();
        assertTrue(patient.isValid());
      }
      cursor.seekToLast();
      assertEquals('c', cursor.key()[0]);
      assertFalse(cursor.needsRead());
    }
  }

  private static void assertNeedsRead(EntryCursor cursor) {
    assertTrue(cursor.needsRead());
    assertFalse(cursor.isValid());
  }

  @Test
  void fewKeysInEverySpaceTakeLittle() {
    for (int i = 0; i < 256; i++) {
      put(i + 1, new byte[] {(byte) i}, new byte[0]);
    }
    long bytes = memtable.memoryBytes();
    assertTrue(bytes < 256 * 512, () -> bytes + " bytes");
    try (EntryCursor cursor = memtable.versions()) {
      cursor.seekToFirst();
      for (int i = 0; i < 256; i++, cursor.next()) {
        assertEquals(i, cursor.key()[0] & 0xFF);
      }
      assertFalse(cursor.isValid());
    }
    assertEquals(bytes + 256 * Integer.BYTES, memtable.memoryBytes());
  }

  @Test
  void slabsMadeReadyAreUsed() {
    pool.prepare(3);
    pool.prepare(2);
    long ready = pool.allocatedBytes();
    assertEquals(3 * SlabPool.LARGEST_SLAB + SlabPool.SMALLEST_SLAB, ready);
    assertEquals(SlabPool.SMALLEST_SLAB, pool.lentBytes());
    pool.give(pool.take(SlabPool.LARGEST_SLAB));
    assertEquals(ready, pool.allocatedBytes());
  }
}

package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.CompactionStyle;
import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What walks pass is flushed and merged away, as far as it is worth it. */
final class PassedRangesTest {
  private static final int AT_ONCE = 1000;

  /** So few dead entries are passed by a walk over what was cleared away. */
  private static final int FEW = 10;

  private final SteppedScheduler scheduler = new SteppedScheduler(new Random(1));
  private LsmEngine engine;

  private void open(StorageOptions.Builder options) {
    engine =
        (LsmEngine)
            LsmEngine.open(
                Path.of("/db"),
                options.build(),
                new EngineEnvironment(
                    new SimulatedFileSystem(), () -> 1, scheduler, new Random(1)));
  }

  private static StorageOptions.Builder options(CompactionStyle style) {
    return StorageOptions.builder()
        .memtableBytes(32 << 20)
        .logSegmentBytes(8 << 20)
        .tableBytes(256 << 10)
        .compactionStyle(style);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private static byte[] key(int number) {
    return String.format("key%08d", number).getBytes(US_ASCII);
  }

  private void put(int from, int to) {
    write(from, to, any -> true, (batch, key) -> batch.put(key, new byte[20]));
  }

  private void delete(int from, int to) {
    delete(from, to, any -> true);
  }

  private void delete(int from, int to, IntPredicate which) {
    write(from, to, which, WriteBatch::delete);
  }

  private interface Operation {
    void addTo(WriteBatch batch, byte[] key);
  }

  private void write(int from, int to, IntPredicate which, Operation operation) {
    WriteBatch batch = new WriteBatch();
    for (int i = from; i < to; i++) {
      if (which.test(i)) {
        operation.addTo(batch, key(i));
      }
      if (i % AT_ONCE == AT_ONCE - 1 || i == to - 1) {
        commit(batch);
      }
    }
  }

  private void commit(WriteBatch batch) {
    while (!engine.isWritable(batch)) {
      scheduler.stepOrWait();
    }
    engine.commit(batch, SyncPolicy.NO);
    batch.clear();
  }

  private void flush() {
    engine.freeze();
    scheduler.drain();
  }

  /** All that is there lies in the last level. */
  private void compact() {
    flush();
    engine.requestCompaction();
    scheduler.drain();
  }

  /** Some seconds go by without writes. */
  private void letBackgroundWorkDoWhatItWants() {
    for (int i = 0; i < 3; i++) {
      engine.everySecond();
      scheduler.drain();
    }
  }

  /** Number of the first key, found without passing more than so much. */
  private int first(long mayPass) {
    try (ReadView view = engine.view()) {
      return first(view, mayPass);
    }
  }

  private static int first(ReadView view, long mayPass) {
    try (Cursor cursor = view.cursor(null, null)) {
      cursor.passAtMost(mayPass);
      cursor.seekToFirst();
      assertFalse(cursor.isHalted(), "more than " + mayPass + " dead entries are in the way");
      return number(cursor);
    }
  }

  private static int number(Cursor cursor) {
    return Integer.parseInt(new String(cursor.key(), 3, 8, US_ASCII));
  }

  @ParameterizedTest
  @EnumSource
  void aSecondWalkOverDeletesInAMemtablePassesLittle(CompactionStyle style) {
    open(options(style));
    put(0, 300_000);
    compact();
    delete(0, 200_000);
    letBackgroundWorkDoWhatItWants();
    assertEquals(200_000, first(Long.MAX_VALUE));
    letBackgroundWorkDoWhatItWants();
    assertEquals(200_000, first(FEW));
    assertEquals(0, engine.passedRanges(), "nothing more is asked for");
  }

  @ParameterizedTest
  @EnumSource
  void aSecondWalkOverDeletesInTablesPassesLittle(CompactionStyle style) {
    open(options(style));
    put(0, 300_000);
    compact();
    delete(0, 200_000);
    put(200_000, 300_000);
    flush();
    letBackgroundWorkDoWhatItWants();
    assertEquals(200_000, first(Long.MAX_VALUE));
    letBackgroundWorkDoWhatItWants();
    assertEquals(200_000, first(FEW));
    assertEquals(0, engine.passedRanges(), "nothing more is asked for");
  }

  @ParameterizedTest
  @EnumSource
  void aSecondWalkBackwardPassesLittle(CompactionStyle style) {
    open(options(style));
    put(0, 300_000);
    compact();
    delete(100_000, 300_000);
    for (long mayPass : new long[] {Long.MAX_VALUE, FEW}) {
      try (ReadView view = engine.view();
          Cursor cursor = view.cursor(null, null)) {
        cursor.passAtMost(mayPass);
        cursor.seekToLast();
        assertFalse(cursor.isHalted());
        assertEquals(99_999, number(cursor));
      }
      letBackgroundWorkDoWhatItWants();
    }
  }

  @Test
  void aSecondWalkOverADeletedRangePassesLittle() {
    open(options(CompactionStyle.LEVELED).tableBytes(64 << 20));
    put(0, 300_000);
    compact();
    WriteBatch batch = new WriteBatch();
    batch.deleteRange(key(0), key(200_000));
    commit(batch);
    letBackgroundWorkDoWhatItWants();
    assertEquals(200_000, first(Long.MAX_VALUE));
    letBackgroundWorkDoWhatItWants();
    assertEquals(200_000, first(FEW));
  }

  @Test
  void walksOverPagesCountTogether() {
    open(options(CompactionStyle.LEVELED));
    put(0, 300_000);
    compact();
    delete(0, 200_000);
    int pages = 0;
    byte[] from = key(0);
    while (from != null) {
      try (ReadView view = engine.view();
          Cursor cursor = view.cursor(null, null)) {
        cursor.passAtMost(5000);
        cursor.seek(from, 0, from.length);
        from = cursor.isHalted() ? Arrays.copyOf(cursor.key(), cursor.keyLength()) : null;
        pages++;
      }
      assertEquals(1, engine.passedRanges());
    }
    assertTrue(pages > 40);
    letBackgroundWorkDoWhatItWants();
    assertEquals(200_000, first(FEW));
  }

  @Test
  void manyShortRunsCountTogether() {
    open(options(CompactionStyle.LEVELED).tableBytes(16 << 20));
    put(0, 300_000);
    compact();
    delete(0, 300_000, i -> i % 2000 != 0);
    assertEquals(150, walk(Long.MAX_VALUE));
    assertTrue(engine.passedRanges() <= 8, "few are remembered");
    letBackgroundWorkDoWhatItWants();
    assertEquals(150, walk(FEW));
  }

  /** As a set of a thousand members has it, of which each pop draws one, while others come. */
  @Test
  void manyShortWalksOverFewDeadCountTogether() {
    open(options(CompactionStyle.LEVELED));
    put(0, 30_000);
    compact();
    delete(0, 30_000, i -> i % 30 != 0);
    Random random = new Random(2);
    for (int i = 0; i < 200; i++) {
      byte[] from = key(random.nextInt(30_000));
      try (ReadView view = engine.view();
          Cursor cursor = view.cursor(null, null)) {
        cursor.seek(from, 0, from.length);
        for (int live = 0; live < 8 && cursor.isValid(); live++) {
          cursor.next();
        }
      }
    }
    assertTrue(engine.passedRanges() <= 8, "few are remembered");
    letBackgroundWorkDoWhatItWants();
    assertEquals(1000, walk(FEW));
    assertEquals(0, engine.passedRanges(), "nothing more is asked for");
  }

  @Test
  void walksThatMeetMoreThatLivesAskForNothing() {
    open(options(CompactionStyle.LEVELED));
    put(0, 30_000);
    compact();
    delete(0, 30_000, i -> i % 10 == 0);
    for (int i = 0; i < 20; i++) {
      assertEquals(27_000, walk(Long.MAX_VALUE));
    }
    assertEquals(0, engine.passedRanges());
  }

  private int walk(long mayPass) {
    try (ReadView view = engine.view();
        Cursor cursor = view.cursor(null, null)) {
      int keys = 0;
      cursor.passAtMost(mayPass);
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        keys++;
      }
      assertFalse(cursor.isHalted(), "more than " + mayPass + " dead entries are in the way");
      return keys;
    }
  }

  @Test
  void anOldViewThatIsWalkedAgainAndAgainCausesNoMoreMerges() {
    open(options(CompactionStyle.LEVELED));
    put(0, 300_000);
    compact();
    delete(0, 200_000);
    flush();
    try (ReadView old = engine.view()) {
      assertEquals(200_000, first(old, Long.MAX_VALUE));
      letBackgroundWorkDoWhatItWants();
      assertEquals(200_000, first(FEW));
      long merges = engine.statistics().compactions();
      long flushes = engine.statistics().flushes();
      put(400_000, 500_000);
      for (int i = 0; i < 20; i++) {
        assertEquals(200_000, first(old, Long.MAX_VALUE));
        letBackgroundWorkDoWhatItWants();
      }
      assertEquals(merges, engine.statistics().compactions());
      assertEquals(flushes, engine.statistics().flushes());
      assertEquals(0, engine.passedRanges());
    }
  }

  @Test
  void mergesDoNoMoreWorkThanWalksHavePaidFor() {
    int dead = 2000;
    open(options(CompactionStyle.LEVELED).tableBytes(64 << 20));
    put(0, 300_000);
    compact();
    delete(0, dead);
    // Else it would be merged for being nothing but tombstones.
    put(dead, 3 * dead);
    flush();
    int walks = 0;
    for (boolean slow = true; slow; walks++) {
      assertTrue(walks < 100, "it is never worth it");
      try (ReadView view = engine.view();
          Cursor cursor = view.cursor(null, null)) {
        cursor.passAtMost(FEW);
        cursor.seekToFirst();
        slow = cursor.isHalted();
      }
      assertEquals(dead, first(Long.MAX_VALUE));
      // Else it would be merged as there is little else to do.
      put(400_000, 400_020);
      engine.everySecond();
      scheduler.drain();
    }
    long work = 300_000L + 3L * dead;
    long paid = PassedRanges.WORTH * 2 * dead * walks;
    assertTrue(paid >= work, walks + " walks paid for " + paid + " of " + work);
    assertTrue(paid <= 2 * work, walks + " walks paid for " + paid + " of " + work);
  }

  @Test
  void aMemtableIsNotFlushedForWhatTablesHave() {
    open(options(CompactionStyle.LEVELED));
    put(0, 300_000);
    compact();
    delete(0, 100_000);
    flush();
    put(0, 10);
    long flushes = engine.statistics().flushes();
    List<Integer> found = new ArrayList<>();
    try (ReadView view = engine.view();
        Cursor cursor = view.cursor(null, null)) {
      cursor.seek(key(10), 0, key(10).length);
      found.add(number(cursor));
    }
    letBackgroundWorkDoWhatItWants();
    assertEquals(List.of(100_000), found);
    assertEquals(flushes, engine.statistics().flushes());
    assertEquals(0, first(FEW));
  }
}

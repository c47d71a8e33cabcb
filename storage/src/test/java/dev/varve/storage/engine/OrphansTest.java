package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Cursor;
import dev.varve.storage.KeyGroups;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the value led to that a blind put hid is abandoned by whatever finds out. */
class OrphansTest {
  private static final int ELEMENTS = 20;

  private SimulatedFileSystem disk = new SimulatedFileSystem();
  private final SteppedScheduler scheduler = new SteppedScheduler(new Random(1));

  /** Keys that begin with k are counted, and values that begin with h lead to what follows. */
  private static final class Heads implements KeyGroups {
    @Override
    public long groupOf(byte[] key, int offset, int length) {
      return key[offset] == 'k' ? 1 : NOT_COUNTED;
    }

    @Override
    public byte[] leadsTo(MemorySegment value, long offset, int length) {
      byte[] bytes = value.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
      return bytes[0] == 'h' ? Arrays.copyOfRange(bytes, 1, length) : null;
    }
  }

  private int blobThreshold;

  private LsmEngine open() {
    StorageOptions options =
        StorageOptions.builder().keyGroups(new Heads()).blobThreshold(blobThreshold).build();
    return (LsmEngine)
        LsmEngine.open(
            Path.of("/db"),
            options,
            new EngineEnvironment(disk, () -> 1, scheduler, new Random(1)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  private static void put(LsmEngine engine, byte kind, String key, String value) {
    WriteBatch batch = new WriteBatch();
    byte[] keyBytes = bytes(key);
    byte[] valueBytes = bytes(value);
    batch.put(kind, keyBytes, 0, keyBytes.length, valueBytes, 0, valueBytes.length);
    engine.commit(batch, SyncPolicy.ALWAYS);
  }

  /** Two collections in tables, the head of the first of which is then hidden blindly. */
  private LsmEngine withHiddenHead() {
    LsmEngine engine = open();
    for (String id : new String[] {"y1/", "y2/"}) {
      put(engine, EntryKind.PUT, "k" + id, "h" + id);
      for (int i = 0; i < ELEMENTS; i++) {
        put(engine, EntryKind.PUT, id + i, "an element");
      }
    }
    compact(engine);
    put(engine, EntryKind.PUT_BLIND, "ky1/", "a string");
    return engine;
  }

  private void compact(LsmEngine engine) {
    engine.freeze();
    scheduler.drain();
    engine.requestCompaction();
    scheduler.drain();
  }

  private void settle(LsmEngine engine) {
    for (int i = 0; i < 1000 && !engine.countIsExact(); i++) {
      scheduler.stepOrWait();
    }
    assertTrue(engine.countIsExact());
  }

  private static void check(LsmEngine engine, boolean gone) {
    int[] found = new int[2];
    try (ReadView view = engine.view();
        Cursor cursor = view.cursor(bytes("y"), bytes("z"))) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        found[cursor.key()[1] - '1']++;
      }
    }
    assertEquals(gone ? 0 : ELEMENTS, found[0]);
    assertEquals(ELEMENTS, found[1]);
  }

  @Test
  void aMergeFindsOut() {
    mergeFindsOut();
  }

  private void mergeFindsOut() {
    try (LsmEngine engine = withHiddenHead()) {
      compact(engine);
      // The merge that found out left what it didn't know of.
      compact(engine);
      check(engine, true);
      assertEquals(0, engine.abandonedRanges());
    }
  }

  @Test
  void aSettlementOfATableFindsOut() {
    settlementFindsOut();
  }

  private void settlementFindsOut() {
    try (LsmEngine engine = withHiddenHead()) {
      engine.freeze();
      scheduler.drain();
      settle(engine);
      check(engine, false);
      assertEquals(1, engine.abandonedRanges());
      compact(engine);
      check(engine, true);
      assertEquals(0, engine.abandonedRanges());
    }
  }

  @Test
  void aFlushWritesDownWhatASettlementOfAMemtableFoundOut() {
    try (LsmEngine engine = withHiddenHead()) {
      settle(engine);
      compact(engine);
      check(engine, true);
      assertEquals(0, engine.abandonedRanges());
    }
  }

  @Test
  void aCrashForgetsWhatIsFoundOutInMemoryAndItIsFoundOutAgain() {
    try (LsmEngine engine = withHiddenHead()) {
      settle(engine);
      SimulatedFileSystem left = disk.crashClone(7);
      disk = left;
    }
    try (LsmEngine engine = open()) {
      compact(engine);
      compact(engine);
      check(engine, true);
    }
  }

  @Test
  void whoeverKnowsWhatIsReplacedAbandonsItself() {
    try (LsmEngine engine = withHiddenHead()) {
      put(engine, EntryKind.PUT, "ky2/", "a string");
      compact(engine);
      compact(engine);
      check(engine, true);
    }
  }

  /** What is deleted then owes what it hid, wherever a crash falls. */
  @Test
  void aBlindPutThatIsDeletedLeavesNothingBehind() {
    for (int flushes = 0; flushes < 4; flushes++) {
      disk = new SimulatedFileSystem();
      try (LsmEngine engine = withHiddenHead()) {
        if ((flushes & 1) != 0) {
          engine.freeze();
          scheduler.drain();
        }
        WriteBatch batch = new WriteBatch();
        batch.delete(bytes("ky1/"));
        batch.count(1, -1);
        engine.commit(batch, SyncPolicy.ALWAYS);
        if ((flushes & 2) != 0) {
          settle(engine);
        }
        compact(engine);
        compact(engine);
        assertTrue(engine.countIsExact());
        check(engine, true);
      }
    }
  }

  /** What lies apart isn't read by merges: a head doesn't. */
  @Test
  void aHeadThatIsLargerThanValuesThatLieApart() {
    blobThreshold = 2;
    mergeFindsOut();
    disk = new SimulatedFileSystem();
    settlementFindsOut();
  }
}

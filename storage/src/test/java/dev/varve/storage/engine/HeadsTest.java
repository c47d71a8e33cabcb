package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Cursor;
import dev.varve.storage.KeyBatch;
import dev.varve.storage.KeyGroups;
import dev.varve.storage.Lookups;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.BlobReference;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whoever wants a large value's head doesn't read the value. */
final class HeadsTest {
  private static final Path DIRECTORY = Path.of("/db");
  private static final int KEYS = 300;
  private static final int HEAD = 9;

  private final SimulatedFileSystem disk = new SimulatedFileSystem();
  private SteppedScheduler scheduler;
  private LsmEngine engine;
  private int blobReads;
  private int tableReads;

  private static StorageOptions options(int headLength, long cacheBytes) {
    return StorageOptions.builder()
        .blobThreshold(1000)
        .blockCacheBytes(cacheBytes)
        .keyGroups(
            new KeyGroups() {
              @Override
              public long groupOf(byte[] key, int offset, int length) {
                return NOT_COUNTED;
              }

              @Override
              public int headLength(MemorySegment value, long offset, int length) {
                return headLength;
              }
            })
        .build();
  }

  private void open(StorageOptions options) {
    scheduler = new SteppedScheduler(new Random(1));
    engine =
        (LsmEngine)
            LsmEngine.open(
                DIRECTORY,
                options,
                new EngineEnvironment(disk, () -> 1_000_000, scheduler, new Random(7)));
    disk.setFaultInjector(
        (operation, path, count) -> {
          if (operation == FaultInjector.Operation.READ) {
            if (path.toString().endsWith(".blob")) {
              blobReads++;
            } else {
              tableReads++;
            }
          }
        });
  }

  private void openAgain(StorageOptions options) {
    engine.close();
    open(options);
    blobReads = 0;
  }

  private void fill() {
    for (int i = 0; i < KEYS; i++) {
      put(i);
    }
    flush();
  }

  private void put(int number) {
    WriteBatch batch = new WriteBatch();
    batch.put(key(number), value(number).getBytes(ISO_8859_1));
    while (!engine.isWritable(batch)) {
      scheduler.stepOrWait();
    }
    engine.commit(batch, SyncPolicy.ALWAYS);
  }

  private void flush() {
    engine.freeze();
    scheduler.drain();
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private static byte[] key(int number) {
    return String.format("key%05d", number).getBytes(ISO_8859_1);
  }

  /** Every other one lies apart. */
  private static String value(int number) {
    return String.format("h%08d", number) + "x".repeat(number % 2 * 10_000);
  }

  private static String text(MemorySegment segment, long offset, int length) {
    return new String(segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE), ISO_8859_1);
  }

  @Test
  void walksOverHeadsReadNoValues() {
    open(options(HEAD, 1 << 20));
    fill();
    openAgain(options(HEAD, 1 << 20));
    try (ReadView view = engine.view();
        Cursor cursor = view.cursor(null, null)) {
      int seen = 0;
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        checkHead(cursor, seen++);
      }
      assertEquals(KEYS, seen);
      for (cursor.seekToLast(); cursor.isValid(); cursor.previous()) {
        checkHead(cursor, --seen);
      }
      assertEquals(0, blobReads);
      // The value itself is read where it is wanted, and is what the head said.
      cursor.seekToLast();
      assertEquals(
          value(KEYS - 1), text(cursor.valueSegment(), cursor.valueOffset(), cursor.valueLength()));
      assertTrue(blobReads > 0);
    }
  }

  private static void checkHead(Cursor cursor, int number) {
    cursor.mayRead(false);
    assertTrue(cursor.loadHead());
    cursor.mayRead(true);
    String value = value(number);
    assertEquals(value.length(), cursor.valueLength());
    assertEquals(HEAD, cursor.headLength());
    assertEquals(value.substring(0, HEAD), text(cursor.headSegment(), cursor.headOffset(), HEAD));
  }

  @Test
  void lookupsOfHeadsReadNoValues() {
    open(options(HEAD, 1 << 20));
    fill();
    openAgain(options(HEAD, 1 << 20));
    EntryReference out = new EntryReference();
    try (ReadView view = engine.view()) {
      for (int i = 0; i < KEYS; i++) {
        byte[] key = key(i);
        assertEquals(EntryReference.FOUND, view.head(key, 0, key.length, true, out));
        checkHead(out, i);
        assertEquals(EntryReference.FOUND, engine.head(key, 0, key.length, false, out));
        checkHead(out, i);
        assertEquals(EntryReference.FOUND, engine.latest().head(key, 0, key.length, false, out));
        checkHead(out, i);
      }
      Lookups lookups = new Lookups();
      KeyBatch keys = new KeyBatch();
      for (int i = 0; i < 20; i++) {
        byte[] key = key(i);
        int at = keys.add(key.length);
        System.arraycopy(key, 0, keys.bytes(), at, key.length);
      }
      view.heads(keys, false, lookups);
      for (int i = 0; i < 20; i++) {
        assertEquals(EntryReference.FOUND, lookups.answer(i));
        assertEquals(value(i).length(), lookups.entry(i).wholeLength());
      }
      lookups.release();
      assertEquals(0, blobReads);
      byte[] key = key(1);
      assertEquals(EntryReference.NEEDS_READ, view.get(key, 0, key.length, false, out));
    }
  }

  /** Who looks at many keys that are about to go shouldn't have others' blocks make room. */
  @Test
  void lookupsOfManyHeadsKeepNoBlocks() {
    open(options(HEAD, 1 << 20));
    fill();
    openAgain(options(HEAD, 1 << 20));
    KeyBatch keys = new KeyBatch();
    for (int i = 0; i < 20; i++) {
      byte[] key = key(i);
      int at = keys.add(key.length);
      System.arraycopy(key, 0, keys.bytes(), at, key.length);
    }
    Lookups lookups = new Lookups();
    EntryReference out = new EntryReference();
    try (ReadView view = engine.view()) {
      int before = tableReads;
      view.heads(keys, true, lookups);
      // Keys side by side share their blocks, kept or not.
      assertTrue(tableReads - before < 10, "reads: " + (tableReads - before));
      for (int i = 0; i < 20; i++) {
        assertEquals(EntryReference.FOUND, lookups.answer(i));
        byte[] key = key(i);
        assertEquals(EntryReference.NEEDS_READ, view.head(key, 0, key.length, false, out));
      }
      lookups.release();
      byte[] key = key(0);
      assertEquals(EntryReference.FOUND, view.head(key, 0, key.length, true, out));
      checkHead(out, 0);
      view.heads(keys, false, lookups);
      assertEquals(EntryReference.FOUND, lookups.answer(0));
      lookups.release();
    }
  }

  private static void checkHead(EntryReference out, int number) {
    String value = value(number);
    assertEquals(value.length(), out.wholeLength());
    assertEquals(HEAD, out.headLength());
    assertEquals(value.substring(0, HEAD), text(out.valueSegment(), out.headOffset(), HEAD));
    out.release();
  }

  @Test
  void whereThereIsNoHeadTheValueIsRead() {
    open(options(0, 0));
    fill();
    openAgain(options(HEAD, 0));
    EntryReference out = new EntryReference();
    byte[] key = key(1);
    try (ReadView view = engine.view();
        Cursor cursor = view.cursor(null, null)) {
      assertEquals(EntryReference.NEEDS_READ, view.head(key, 0, key.length, false, out));
      assertEquals(0, blobReads);
      assertEquals(EntryReference.FOUND, view.head(key, 0, key.length, true, out));
      assertEquals(value(1), text(out.valueSegment(), out.headOffset(), out.headLength()));
      out.release();
      assertTrue(blobReads > 0);
      cursor.seek(key, 0, key.length);
      cursor.mayRead(false);
      assertFalse(cursor.loadHead());
      cursor.mayRead(true);
      assertTrue(cursor.loadHead());
      assertEquals(value(1), text(cursor.headSegment(), cursor.headOffset(), cursor.headLength()));
    }
  }

  @Test
  void mergesHandOnEntriesWithHeadsAndWithout() {
    open(options(0, 1 << 20));
    fill();
    openAgain(options(HEAD, 1 << 20));
    for (int i = 0; i < KEYS; i += 10) {
      put(i + 1);
    }
    flush();
    engine.requestCompaction();
    scheduler.drain();
    try (ReadView view = engine.view()) {
      for (int i = 0; i < KEYS; i++) {
        assertEquals(value(i), new String(view.get(key(i)), ISO_8859_1));
      }
    }
    assertTrue(engine.verify(VerificationListener.NONE).isSound());
    openAgain(options(HEAD, 0));
    EntryReference out = new EntryReference();
    for (int i = 1; i < KEYS; i += 2) {
      byte[] key = key(i);
      int before = blobReads;
      assertEquals(EntryReference.FOUND, engine.head(key, 0, key.length, true, out));
      if (i % 10 == 1) {
        checkHead(out, i);
      } else {
        assertEquals(value(i), text(out.valueSegment(), out.headOffset(), out.headLength()));
        out.release();
      }
      assertEquals(i % 10 == 1, blobReads == before, "key " + i);
    }
  }

  /** Part of a head would be taken for all of it. */
  @Test
  void aHeadThatIsLongerThanAReferenceHoldsIsReadWithItsValue() {
    int longer = BlobReference.MOST_HEAD_BYTES + 1;
    open(options(longer, 1 << 20));
    fill();
    openAgain(options(longer, 1 << 20));
    EntryReference out = new EntryReference();
    byte[] key = key(1);
    try (ReadView view = engine.view()) {
      assertEquals(EntryReference.FOUND, view.head(key, 0, key.length, true, out));
      assertTrue(out.headLength() >= longer);
      assertEquals(
          value(1).substring(0, longer), text(out.valueSegment(), out.headOffset(), longer));
      out.release();
    }
  }
}

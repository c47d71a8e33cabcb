package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** All memtables together take no more memory than they may, however large the values are. */
class MemtableMemoryTest {
  private static final long MOST = 6 << 20;

  private static SteppedDatabase open(long most) {
    return new SteppedDatabase(
        new SimulatedFileSystem(),
        options ->
            options
                .memtableBytes(1 << 20)
                .maxMemtables(3)
                .allMemtablesBytes(most)
                .logSegmentBytes(4 << 20));
  }

  @Test
  void valuesOfEverySizeTakeNoMoreThanThereIs() {
    Random random = new Random(1);
    try (SteppedDatabase database = open(MOST)) {
      for (int i = 0; i < 200; i++) {
        int length = random.nextInt(1 << random.nextInt(21));
        database.put(SteppedDatabase.key(i % 50), new byte[length]);
        long held = database.engine.memtableMemory();
        assertTrue(held <= MOST, held + " bytes after " + i + " values");
      }
      for (int i = 0; i < 50; i++) {
        assertTrue(database.get(SteppedDatabase.key(i)) != null);
      }
    }
  }

  @Test
  void manySmallValuesLeaveTheirMemoryToLargeOnes() {
    try (SteppedDatabase database = open(MOST)) {
      for (int i = 0; i < 30_000; i++) {
        database.put(SteppedDatabase.key(i), new byte[100]);
      }
      for (int i = 0; i < 10; i++) {
        database.put("large" + i, new byte[1_000_000]);
        assertTrue(database.engine.memtableMemory() <= MOST);
      }
      assertEquals(1_000_000, database.get("large0").length);
    }
  }

  @Test
  void writesWaitForWhatReadersHold() {
    WriteBatch batch = new WriteBatch();
    batch.put(new byte[] {1}, new byte[900_000]);
    try (SteppedDatabase database = open(MOST / 2)) {
      for (int i = 0; i < 3; i++) {
        database.put(SteppedDatabase.key(i), new byte[900_000]);
      }
      AtomicBoolean called = new AtomicBoolean();
      try (ReadView held = database.engine.view()) {
        for (int i = 0; database.engine.isWritable(batch); i++) {
          assertTrue(i < 10, "nothing holds the writer back");
          database.put("more" + i, new byte[900_000]);
        }
        for (int i = 0; i < 10; i++) {
          database.letTimePass();
        }
        assertFalse(database.engine.isWritable(batch));
        database.engine.whenWritable(() -> called.set(true));
        assertFalse(called.get());
        assertEquals(900_000, held.get("key000000".getBytes(US_ASCII)).length);
      }
      assertTrue(called.get(), "the writer is told");
      assertTrue(database.engine.isWritable(batch));
    }
  }

  /** Whoever writes while it reads would wait for itself. */
  @Test
  void aViewOfWhatIsFlushedKeepsNoWriterWaiting() {
    try (SteppedDatabase database = open(MOST / 2)) {
      database.put("key", new byte[] {1});
      database.put("large", new byte[900_000]);
      database.engine.freeze();
      database.letTimePass();
      long flushed = database.engine.visibleSequence();
      database.put("key", new byte[] {2});
      try (ReadView view = database.engine.flushedView();
          ReadView another = database.engine.flushedView()) {
        assertEquals(flushed, view.flushedSequence());
        assertEquals(flushed, view.sequence());
        for (int i = 0; i < 20; i++) {
          database.put("more" + i, new byte[900_000]);
        }
        database.put("key", new byte[] {3});
        database.engine.freeze();
        database.letTimePass();
        assertArrayEquals(new byte[] {1}, view.get("key".getBytes(US_ASCII)));
        assertEquals(900_000, another.get("large".getBytes(US_ASCII)).length);
        assertNull(view.get("more0".getBytes(US_ASCII)));
        try (Cursor cursor = view.cursor(null, null)) {
          cursor.seekToFirst();
          assertEquals("key", new String(cursor.key(), 0, cursor.keyLength(), US_ASCII));
          assertEquals(1, cursor.valueLength());
          cursor.next();
          assertEquals("large", new String(cursor.key(), 0, cursor.keyLength(), US_ASCII));
          cursor.next();
          assertFalse(cursor.isValid());
        }
      }
      try (ReadView view = database.engine.flushedView()) {
        assertArrayEquals(new byte[] {3}, view.get("key".getBytes(US_ASCII)));
      }
    }
  }
}

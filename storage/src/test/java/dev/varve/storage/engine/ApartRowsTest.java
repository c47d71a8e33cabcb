package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.KeyBatch;
import dev.varve.storage.Lookups;
import dev.varve.storage.ReadView;
import dev.varve.storage.Seeds;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.fs.SimulatedFileSystem;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Of values that lie apart, the cache of rows knows where they are: as long as they are there. */
final class ApartRowsTest {
  private static final Path DIRECTORY = Path.of("/db");
  private static final int KEYS = 60;

  private final SimulatedFileSystem disk = new SimulatedFileSystem();
  private final SteppedScheduler scheduler = new SteppedScheduler(new Random(1));

  private LsmEngine open() {
    StorageOptions options =
        StorageOptions.builder()
            .blobThreshold(1000)
            .blockCacheBytes(1 << 20)
            .rowCacheBytes(1 << 20)
            .tableBytes(64 << 10)
            .build();
    return (LsmEngine)
        LsmEngine.open(
            DIRECTORY,
            options,
            new EngineEnvironment(disk, () -> 1_000_000, scheduler, new Random(7)));
  }

  private static byte[] key(int number) {
    return String.format("key%05d", number).getBytes(ISO_8859_1);
  }

  private static byte[] value(Random random) {
    byte[] value = new byte[1000 + random.nextInt(2000)];
    random.nextBytes(value);
    return value;
  }

  private void put(LsmEngine engine, int number, byte[] value) {
    WriteBatch batch = new WriteBatch();
    batch.put(key(number), value);
    while (!engine.isWritable(batch)) {
      scheduler.stepOrWait();
    }
    engine.commit(batch, SyncPolicy.ALWAYS);
  }

  /** So often that flushed memtables, which are looked through first, are of other keys. */
  private void flush(LsmEngine engine) {
    for (int i = 0; i < 4; i++) {
      put(engine, KEYS + i, new byte[10]);
      engine.freeze();
      scheduler.drain();
    }
  }

  private static byte[] get(ReadView view, byte[] key) {
    EntryReference out = new EntryReference();
    assertEquals(EntryReference.FOUND, view.get(key, 0, key.length, true, out));
    byte[] value =
        out.valueSegment()
            .asSlice(out.valueOffset(), out.valueLength())
            .toArray(ValueLayout.JAVA_BYTE);
    out.release();
    return value;
  }

  private static void check(LsmEngine engine, byte[][] values) {
    KeyBatch keys = new KeyBatch();
    for (int i = 0; i < values.length; i++) {
      byte[] key = key(i);
      System.arraycopy(key, 0, keys.bytes(), keys.add(key.length, i), key.length);
    }
    try (ReadView view = engine.view()) {
      view.warm(keys);
      Lookups found = new Lookups();
      view.get(keys, true, found);
      for (int i = 0; i < values.length; i++) {
        assertEquals(EntryReference.FOUND, found.answer(i));
        EntryReference entry = found.entry(i);
        assertArrayEquals(
            values[i],
            entry
                .valueSegment()
                .asSlice(entry.valueOffset(), entry.valueLength())
                .toArray(ValueLayout.JAVA_BYTE));
      }
      found.release();
      for (int i = 0; i < values.length; i++) {
        assertArrayEquals(values[i], get(view, key(i)));
        assertArrayEquals(values[i], get(engine.latest(), key(i)));
      }
    }
  }

  private List<String> blobs() throws IOException {
    return disk.list(DIRECTORY).stream().filter(name -> name.endsWith(".blob")).sorted().toList();
  }

  @Test
  void aValueIsFoundWhereItIsAfterItsFileIsGone() {
    Seeds.forEach(5, this::aValueIsFoundWhereItIsAfterItsFileIsGone);
  }

  private void aValueIsFoundWhereItIsAfterItsFileIsGone(Random random) throws IOException {
    byte[][] values = new byte[KEYS][];
    try (LsmEngine engine = open()) {
      for (int i = 0; i < KEYS; i++) {
        values[i] = value(random);
        put(engine, i, values[i]);
      }
      flush(engine);
      check(engine, values);
      long hits = engine.statistics().rowCacheHits();
      check(engine, values);
      assertTrue(engine.statistics().rowCacheHits() >= hits + 2L * KEYS, "no rows of values apart");
      List<String> before = blobs();
      // All but a few are new: what is left of the first files is moved.
      for (int i = 0; i < KEYS; i++) {
        if (random.nextInt(8) > 0) {
          values[i] = value(random);
          put(engine, i, values[i]);
        }
      }
      flush(engine);
      check(engine, values);
      engine.requestCompaction();
      scheduler.drain();
      assertNotEquals(before, blobs());
      check(engine, values);
      check(engine, values);
    }
    for (String name : disk.list(DIRECTORY)) {
      disk.delete(DIRECTORY.resolve(name));
    }
  }
}

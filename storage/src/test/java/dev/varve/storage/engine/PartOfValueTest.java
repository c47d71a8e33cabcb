package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.PartVisitor;
import dev.varve.storage.ReadView;
import dev.varve.storage.Seeds;
import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.fs.FaultInjector;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Parts of values of all sizes, wherever these lie. */
final class PartOfValueTest {
  private static final Path DIRECTORY = Path.of("/db");
  private static final int LARGE = 3_000_000;

  private final SimulatedFileSystem disk = new SimulatedFileSystem();
  private SteppedScheduler scheduler;
  private LsmEngine engine;
  private int blobReads;

  @BeforeEach
  void open() {
    scheduler = new SteppedScheduler(new Random(1));
    StorageOptions options =
        StorageOptions.builder().blobThreshold(1000).blockCacheBytes(4 << 20).build();
    engine =
        (LsmEngine)
            LsmEngine.open(
                DIRECTORY,
                options,
                new EngineEnvironment(disk, () -> 1_000_000, scheduler, new Random(7)));
    disk.setFaultInjector(
        (operation, path, count) -> {
          if (operation == FaultInjector.Operation.READ && path.toString().endsWith(".blob")) {
            blobReads++;
          }
        });
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private void openAgain() {
    engine.close();
    open();
    blobReads = 0;
  }

  private void put(String key, byte[] value) {
    WriteBatch batch = new WriteBatch();
    batch.put(key.getBytes(ISO_8859_1), value);
    while (!engine.isWritable(batch)) {
      scheduler.stepOrWait();
    }
    engine.commit(batch, SyncPolicy.ALWAYS);
  }

  private void flush() {
    engine.freeze();
    scheduler.drain();
  }

  private static byte[] random(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Puts the pieces together. */
  private static final class Gathered implements PartVisitor {
    private final byte[] bytes;
    private int at;
    private int pieces;

    Gathered(int count) {
      bytes = new byte[count];
    }

    @Override
    public void piece(MemorySegment segment, long offset, int length) {
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, bytes, at, length);
      at += length;
      pieces++;
    }
  }

  private static Gathered read(ReadView view, String key, int from, int count) {
    byte[] bytes = key.getBytes(ISO_8859_1);
    Gathered gathered = new Gathered(count);
    assertEquals(
        EntryReference.FOUND, view.readPart(bytes, 0, bytes.length, true, from, count, gathered));
    assertEquals(count, gathered.at);
    return gathered;
  }

  private static void check(ReadView view, String key, byte[] value, Random random) {
    for (int i = 0; i < 20; i++) {
      int from = random.nextInt(value.length);
      int count = random.nextInt(value.length - from + 1);
      byte[] expected = Arrays.copyOfRange(value, from, from + count);
      assertArrayEquals(expected, read(view, key, from, count).bytes);
    }
    assertArrayEquals(value, read(view, key, 0, value.length).bytes);
  }

  @Test
  void partsAreThoseOfTheValueWhereverItLies() {
    Seeds.forEach(1, this::partsAreThoseOfTheValueWhereverItLies);
  }

  private void partsAreThoseOfTheValueWhereverItLies(Random random) {
    String[] keys = {"small", "apart", "large", "compressed"};
    byte[][] values = {
      random(random, 900), random(random, 5000), random(random, LARGE), new byte[LARGE]
    };
    for (int i = 0; i < keys.length; i++) {
      put(keys[i], values[i]);
    }
    for (int round = 0; round < 3; round++) {
      try (ReadView view = engine.view()) {
        for (int i = 0; i < keys.length; i++) {
          check(view, keys[i], values[i], random);
          check(engine.latest(), keys[i], values[i], random);
        }
      }
      if (round == 0) {
        flush();
      } else {
        openAgain();
      }
    }
  }

  @Test
  void aLargeValueIsReadPieceByPiece() {
    byte[] value = random(new Random(5), LARGE);
    put("large", value);
    flush();
    openAgain();
    try (ReadView view = engine.view()) {
      assertTrue(read(view, "large", 0, LARGE).pieces > 5);
      assertEquals(1, read(view, "large", LARGE - 10, 10).pieces);
    }
  }

  @Test
  void whatIsNotThereOrMayNotBeReadIsNotHandedOn() {
    put("large", random(new Random(5), LARGE));
    flush();
    openAgain();
    PartVisitor nobody =
        (_, _, _) -> {
          throw new AssertionError("a piece");
        };
    byte[] large = "large".getBytes(ISO_8859_1);
    byte[] absent = "absent".getBytes(ISO_8859_1);
    try (ReadView view = engine.view()) {
      assertEquals(
          EntryReference.NEEDS_READ, view.readPart(large, 0, large.length, false, 0, 1, nobody));
      assertEquals(
          EntryReference.ABSENT, view.readPart(absent, 0, absent.length, true, 0, 1, nobody));
    }
    assertEquals(0, blobReads);
  }

  @Test
  void damageAnywhereInTheValueIsFound() throws IOException {
    put("large", random(new Random(5), LARGE));
    flush();
    openAgain();
    Path blob =
        disk.list(DIRECTORY).stream()
            .map(DIRECTORY::resolve)
            .filter(path -> path.toString().endsWith(".blob"))
            .findFirst()
            .orElseThrow();
    damage(blob, LARGE - 100);
    try (ReadView view = engine.view()) {
      // The part itself is sound.
      assertThrows(Corruption.class, () -> read(view, "large", 0, 10));
    }
  }

  private void damage(Path file, long at) throws IOException {
    ByteBuffer one = ByteBuffer.allocate(1);
    try (var readable = disk.openForRead(file)) {
      readable.read(one, at);
    }
    one.put(0, (byte) ~one.get(0)).flip();
    try (WritableFile writable = disk.openForWrite(file)) {
      writable.write(one, at);
    }
  }
}

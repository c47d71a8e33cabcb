package dev.varve.benchmarks.cache;

import dev.varve.benchmarks.amplification.Zipf;
import dev.varve.storage.Compression;
import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.engine.EngineEnvironment;
import dev.varve.storage.engine.LsmEngine;
import dev.varve.storage.engine.ThreadScheduler;
import dev.varve.storage.fs.DiskFileSystem;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Records which blocks the engine uses. Its cache is of no size, so each use is a read of the file,
 * and the file system is told of all of them. What belongs to which block was learned before, by a
 * lookup of each key. The same keys, lookups and seed give the same traces.
 */
final class TraceRecorder implements AutoCloseable {
  private static final int VALUE_BYTES = 100;
  private static final int ENTRIES_A_BATCH = 100;

  private final int keys;
  private final int lookups;
  private final long seed;
  private final ThreadScheduler scheduler = new ThreadScheduler();
  private final StorageEngine engine;
  private final EntryReference found = new EntryReference();
  private final byte[] key = new byte[16];

  /** Numbers of blocks, by file and position. */
  private final Map<Path, NavigableMap<Long, Integer>> blocks = new TreeMap<>();

  private final List<Integer> sizes = new ArrayList<>();
  private RecordingFileSystem.Listener listener = this::learn;
  private boolean listening;
  private BlockTrace trace;

  TraceRecorder(Path directory, int keys, int lookups, long seed) {
    this.keys = keys;
    this.lookups = lookups;
    this.seed = seed;
    RecordingFileSystem files =
        new RecordingFileSystem(
            new DiskFileSystem(),
            (file, position, length) -> {
              if (listening) {
                listener.read(file, position, length);
              }
            });
    // Opened once more, as the memtables that were flushed still answer lookups.
    try (StorageEngine loaded = open(directory, files)) {
      load(loaded);
    }
    engine = open(directory, files);
    listening = true;
    for (int i = 0; i < keys; i++) {
      get(i);
    }
    listener = this::record;
  }

  private StorageEngine open(Path directory, RecordingFileSystem files) {
    StorageOptions options =
        StorageOptions.builder()
            .compression(Compression.NONE)
            .bottomCompression(Compression.NONE)
            .blockCacheBytes(0)
            .build();
    return LsmEngine.open(
        directory, options, new EngineEnvironment(files, System::currentTimeMillis, scheduler));
  }

  private void load(StorageEngine into) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] value = new byte[VALUE_BYTES];
    WriteBatch batch = new WriteBatch();
    for (int i = 0; i < keys; i++) {
      random.nextBytes(value);
      batch.put(key(i), value);
      if (batch.operations() == ENTRIES_A_BATCH || i == keys - 1) {
        while (!into.isWritable(batch)) {
          LockSupport.parkNanos(100_000);
        }
        into.commit(batch, SyncPolicy.NO);
        batch.clear();
      }
    }
    into.freeze();
    into.flush();
    into.compact();
  }

  private byte[] key(int number) {
    ByteBuffer.wrap(key).putLong(0, number).putLong(8, number);
    return key;
  }

  private void get(int number) {
    if (engine.get(key(number), 0, key.length, true, found) != EntryReference.FOUND) {
      throw new IllegalStateException("key " + number + " is not there");
    }
    found.release();
  }

  private void learn(Path file, long position, int length) {
    NavigableMap<Long, Integer> known = blocks.computeIfAbsent(file, path -> new TreeMap<>());
    if (known.putIfAbsent(position, sizes.size()) == null) {
      sizes.add(length);
    }
  }

  /** One read may bring several blocks of a walk. */
  private void record(Path file, long position, int length) {
    long end = position + length;
    blocks
        .get(file)
        .subMap(position, end)
        .forEach(
            (start, block) -> {
              if (start + sizes.get(block) <= end) {
                trace.add(block);
              }
            });
  }

  private BlockTrace record(String name, Consumer<SplittableRandom> work) {
    trace = new BlockTrace(name);
    work.accept(new SplittableRandom(seed));
    return trace;
  }

  /** The size in the file of each block. */
  int[] blockBytes() {
    return sizes.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Lookups whose keys follow a Zipf distribution; hot keys lie anywhere. */
  BlockTrace zipf(double exponent) {
    return record("Zipf " + exponent, random -> lookUp(lookups, 0, exponent, random));
  }

  /** The same, but halfway other keys become the hot ones. */
  BlockTrace shiftingZipf(double exponent) {
    return record(
        "Zipf " + exponent + ", then of other keys",
        random -> {
          lookUp(lookups / 2, 0, exponent, random);
          lookUp(lookups / 2, keys / 2, exponent, random);
        });
  }

  /** The same, with a walk over all keys now and then. */
  BlockTrace zipfAndScans(double exponent) {
    return record(
        "Zipf " + exponent + " and scans",
        random -> {
          for (int i = 0; i < 8; i++) {
            lookUp(lookups / 8, 0, exponent, random);
            walk(keys);
          }
        });
  }

  /** Walks over one third of all keys, one after the other. */
  BlockTrace loop() {
    return record(
        "loop over a third",
        random -> {
          for (int i = 0; i < 12; i++) {
            walk(keys / 3);
          }
        });
  }

  private void lookUp(int count, int shift, double exponent, SplittableRandom random) {
    Zipf zipf = new Zipf(keys, exponent);
    for (int i = 0; i < count; i++) {
      long rank = zipf.next(random) + (long) shift;
      get((int) (rank * 0x9E3779B1L % keys));
    }
  }

  private void walk(int count) {
    try (ReadView view = engine.view();
        Cursor cursor = view.cursor(null, null)) {
      cursor.seekToFirst();
      for (int i = 0; i < count && cursor.isValid(); i++) {
        cursor.next();
      }
    }
  }

  @Override
  public void close() {
    listening = false;
    engine.close();
    scheduler.close();
  }
}

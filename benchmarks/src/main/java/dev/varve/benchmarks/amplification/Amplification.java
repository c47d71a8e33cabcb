package dev.varve.benchmarks.amplification;

import dev.varve.benchmarks.KeyOrder;
import dev.varve.storage.CompactionStyle;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.StorageStatistics;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.engine.EngineEnvironment;
import dev.varve.storage.engine.LsmEngine;
import dev.varve.storage.engine.ThreadScheduler;
import dev.varve.storage.fs.DiskFileSystem;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;

/**
 * What the engine writes, keeps and reads for what it is given: loads keys in their order, then
 * overwrites as many as there are, and prints after each phase
 *
 * <ul>
 *   <li>write amplification: bytes written to log and tables, to those of the keys and values;
 *   <li>space amplification: bytes of all files to those of the tables of the same data merged
 *       whole, at rest and at most;
 *   <li>the rate: overall, in the slowest second to that of the median one, the longest pause, and
 *       how long puts took, from the moment when they were due if there is a rate to hold.
 * </ul>
 *
 * <p>In the end it prints bits of index a key, and the blocks that lookups of present and absent
 * keys look into.
 */
public final class Amplification implements AutoCloseable {
  /** The sizes that go with 512 MB of memory for 100 million keys. */
  private static final StorageOptions FULL =
      StorageOptions.builder()
          .memtableBytes(64L << 20)
          .maxMemtables(3)
          .logSegmentBytes(16L << 20)
          .tableBytes(16L << 20)
          .levelBaseBytes(256L << 20)
          .blockCacheBytes(128L << 20)
          .blockBytes(16 << 10)
          .build();

  private static final int LOOKUPS = 200_000;

  private final int keys;
  private final int rate;
  private final Entries entries;
  private final ThreadScheduler scheduler = new ThreadScheduler();
  private final StorageEngine engine;
  private final DiskUse disk;
  private final WriteBatch batch = new WriteBatch();
  private final Semaphore writable = new Semaphore(0);
  private final Map<String, List<DiskUse.Use>> space = new LinkedHashMap<>();

  private Amplification(
      Path directory,
      StorageOptions options,
      int keys,
      int rate,
      int valueBytes,
      double compressTo) {
    this.keys = keys;
    this.rate = rate;
    entries = new Entries(valueBytes, compressTo, 1);
    engine =
        LsmEngine.open(
            directory,
            options,
            new EngineEnvironment(new DiskFileSystem(), System::currentTimeMillis, scheduler));
    disk = new DiskUse(directory);
  }

  /**
   * Runs with {@code DIRECTORY [--keys N] [--divide N] [--workloads load,uniform,zipf] [--rate N]
   * [--compress-to SHARE] [--style leveled|universal] [--value-bytes N] [--blob-threshold N]},
   * where the workload {@code compact} merges everything in between: {@code --divide} divides the
   * memory and the sizes of 100 million keys, {@code --rate} bounds the puts a second of the
   * overwriting.
   */
  public static void main(String[] arguments) throws InterruptedException {
    int keys = 10_000_000;
    int divisor = 10;
    int rate = 0;
    int valueBytes = 100;
    int blobThreshold = FULL.blobThreshold();
    double compressTo = 0.5;
    CompactionStyle style = CompactionStyle.LEVELED;
    List<String> workloads = List.of("load", "compact", "uniform", "zipf");
    for (int i = 1; i < arguments.length; i += 2) {
      String value = arguments[i + 1];
      switch (arguments[i]) {
        case "--keys" -> keys = Integer.parseInt(value);
        case "--divide" -> divisor = Integer.parseInt(value);
        case "--workloads" -> workloads = List.of(value.split(",", -1));
        case "--rate" -> rate = Integer.parseInt(value);
        case "--value-bytes" -> valueBytes = Integer.parseInt(value);
        case "--blob-threshold" -> blobThreshold = Integer.parseInt(value);
        case "--style" -> style = CompactionStyle.valueOf(value.toUpperCase(Locale.ROOT));
        case "--compress-to" -> compressTo = Double.parseDouble(value);
        default -> throw new IllegalArgumentException(arguments[i]);
      }
    }
    try (Amplification run =
        new Amplification(
            Path.of(arguments[0]),
            divided(divisor, style).toBuilder().blobThreshold(blobThreshold).build(),
            keys,
            rate,
            valueBytes,
            compressTo)) {
      for (String workload : workloads) {
        if (workload.equals("compact")) {
          run.engine.compact();
        } else {
          run.write(workload);
        }
      }
      run.read();
      run.compareSpace();
    }
  }

  private static StorageOptions divided(int by, CompactionStyle style) {
    return FULL.toBuilder()
        .compactionStyle(style)
        .memtableBytes(FULL.memtableBytes() / by)
        .logSegmentBytes(FULL.logSegmentBytes() / by)
        .tableBytes(FULL.tableBytes() / by)
        .levelBaseBytes(FULL.levelBaseBytes() / by)
        .blockCacheBytes(FULL.blockCacheBytes() / by)
        .build();
  }

  private interface Workload {
    int key(int operation);
  }

  private Workload workload(String name) {
    SplittableRandom random = new SplittableRandom(7);
    KeyOrder order = new KeyOrder(keys, 7);
    return switch (name) {
      case "load" -> operation -> operation;
      case "uniform" -> operation -> random.nextInt(keys);
      case "zipf" -> {
        Zipf zipf = new Zipf(keys, 0.99);
        yield operation -> order.at(zipf.next(random));
      }
      default -> throw new IllegalArgumentException(name);
    };
  }

  private void write(String name) throws InterruptedException {
    Workload workload = workload(name);
    StorageStatistics before = engine.statistics();
    disk.takeMost();
    PutTimes times = new PutTimes(name.equals("load") ? 0 : rate);
    for (int operation = 0; operation < keys; operation++) {
      times.awaitNext();
      put(workload.key(operation));
      times.done();
    }
    long atEnd = writtenBytes(engine.statistics());
    engine.freeze();
    engine.flush();
    settle();
    StorageStatistics after = engine.statistics();
    double given = (double) keys * (Entries.KEY_BYTES + entries.value.length);
    DiskUse.Use most = disk.takeMost();
    DiskUse.Use atRest = disk.now();
    System.out.printf(
        Locale.ROOT,
        "%-8s write amplification %.2f (log %.2f, flush %.2f, compaction %.2f; %.2f when the last"
            + " put returned)%n",
        name,
        (writtenBytes(after) - writtenBytes(before)) / given,
        (after.logWrittenBytes() - before.logWrittenBytes()) / given,
        (after.flushWrittenBytes() - before.flushWrittenBytes()) / given,
        (after.compactionWrittenBytes() - before.compactionWrittenBytes()) / given,
        (atEnd - writtenBytes(before)) / given);
    System.out.println(
        "         levels MiB "
            + levels(after)
            + ", blobs MiB "
            + (after.blobs().bytes() >> 20)
            + " with garbage "
            + (after.blobs().garbageBytes() >> 20)
            + ", stalls "
            + after.stalls()
            + ", slowdowns "
            + after.slowdowns());
    System.out.println("         " + times);
    space.put(name, List.of(atRest, most));
  }

  /** The tables of the same keys and values, merged whole, are what space is compared to. */
  private void compareSpace() {
    engine.compact();
    StorageStatistics.Blobs blobs = engine.statistics().blobs();
    double whole = blobs.bytes() - blobs.garbageBytes();
    for (StorageStatistics.Level level : engine.statistics().levels()) {
      whole += level.bytes();
    }
    for (Map.Entry<String, List<DiskUse.Use>> used : space.entrySet()) {
      System.out.printf(
          Locale.ROOT,
          "%-8s space amplification %.3f at rest (tables alone %.3f), %.3f at most (%.3f),"
              + " of %.0f MiB%n",
          used.getKey(),
          used.getValue().getFirst().bytes() / whole,
          used.getValue().getFirst().tables() / whole,
          used.getValue().getLast().bytes() / whole,
          used.getValue().getLast().tables() / whole,
          whole / (1 << 20));
    }
  }

  private void put(int number) throws InterruptedException {
    entries.nameKey(number);
    entries.makeValue();
    batch.clear();
    batch.put(entries.key, entries.value);
    while (!engine.isWritable(batch)) {
      engine.whenWritable(writable::release);
      writable.acquire();
    }
    engine.commit(batch, SyncPolicy.NO);
  }

  /** Waits until no compaction is due and none has run for a while. */
  private void settle() throws InterruptedException {
    StorageStatistics last;
    StorageStatistics now = engine.statistics();
    do {
      last = now;
      Thread.sleep(1_000);
      now = engine.statistics();
    } while (now.compactionPressure() >= 1 || now.compactions() != last.compactions());
  }

  private static long writtenBytes(StorageStatistics of) {
    return of.logWrittenBytes() + of.flushWrittenBytes() + of.compactionWrittenBytes();
  }

  private static List<String> levels(StorageStatistics of) {
    return of.levels().stream().map(level -> level.tables() + ":" + (level.bytes() >> 20)).toList();
  }

  private void read() {
    StorageStatistics figures = engine.statistics();
    long indexBytes = figures.tableMemoryBytes() - figures.filterMemoryBytes();
    long stored = figures.levels().stream().mapToLong(StorageStatistics.Level::entries).sum();
    System.out.printf(
        Locale.ROOT,
        "index %.2f bits a key, filters %.2f; blocks a hit %.3f, a miss %.3f%n",
        8.0 * indexBytes / stored,
        8.0 * figures.filterMemoryBytes() / stored,
        blocksPerLookup(true),
        blocksPerLookup(false));
  }

  private double blocksPerLookup(boolean present) {
    SplittableRandom random = new SplittableRandom(3);
    StorageStatistics before = engine.statistics();
    byte[] absent = new byte[Entries.KEY_BYTES + 1];
    try (ReadView view = engine.view()) {
      EntryReference found = new EntryReference();
      for (int i = 0; i < LOOKUPS; i++) {
        entries.nameKey(random.nextInt(keys));
        // An absent key lies between two present ones.
        System.arraycopy(entries.key, 0, absent, 0, Entries.KEY_BYTES);
        absent[Entries.KEY_BYTES] = 1;
        int answer = view.get(absent, 0, Entries.KEY_BYTES + (present ? 0 : 1), true, found);
        if (answer != (present ? EntryReference.FOUND : EntryReference.ABSENT)) {
          throw new IllegalStateException(
              "key " + new String(entries.key, StandardCharsets.US_ASCII) + " was lost or made up");
        }
        found.release();
      }
    }
    StorageStatistics after = engine.statistics();
    long looked =
        after.blockCacheHits()
            + after.blockCacheMisses()
            - before.blockCacheHits()
            - before.blockCacheMisses();
    return (double) looked / LOOKUPS;
  }

  @Override
  public void close() {
    disk.close();
    engine.close();
    scheduler.close();
  }
}

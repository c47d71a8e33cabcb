package dev.varve.storage;

import java.util.List;
import java.util.Map;

/**
 * Figures of an engine at one moment. Bytes unless said otherwise; counters since it was opened.
 *
 * @param memtableBytes memory taken by all memtables, flushed ones included
 * @param memtableEntries entries in those that aren't flushed
 * @param immutableMemtables memtables that wait for their flush
 * @param flushedMemtables memtables that are kept beyond their flush, for lookups
 * @param levels tables of each level, from the newest down
 * @param blobs blob files and what they hold
 * @param logBytes size of the log segments that recovery would read
 * @param blockCacheBytes memory taken by the block cache
 * @param blockCacheCapacity the most that it may take
 * @param blockCacheHits lookups that it answered
 * @param blockCacheMisses lookups that it could not answer
 * @param rowCacheBytes memory taken by rows of tables that are kept
 * @param rowCacheHits lookups that found their key among these
 * @param tableMemoryBytes memory taken by filters and indexes of open tables
 * @param filterMemoryBytes what filters take of it
 * @param filterSparedLookups lookups that filters spared the search of a block, about, by the
 *     tables that are there now
 * @param filterMisledLookups lookups that searched a block in vain, by the tables that are there
 *     now
 * @param flushes memtables flushed
 * @param flushing whether memtables are being written to tables
 * @param compactions compactions carried out, trivial moves included
 * @param compacting whether tables are being merged
 * @param logWrittenBytes bytes written to the log
 * @param flushWrittenBytes bytes written by flushes
 * @param compactionReadBytes bytes read by compactions
 * @param compactionWrittenBytes bytes written by compactions
 * @param compactionPressure how full the fullest level is; a compaction is due from 1 on
 * @param compactionDebtBytes bytes that levels have beyond what they may have; 0 if no compaction
 *     is due
 * @param stalls times that writes were stopped until background work had caught up
 * @param slowdowns times that writes were held up for a moment, as background work lagged behind
 * @param latencies how long operations took, of those kinds of which any was timed
 * @param blindEntries entries whose effect on live counts is open
 * @param reserveBytes disk space held back for deletes, flushes and compactions
 * @param diskFull whether the disk is full, so that only deletes are taken
 * @param poisoned why the engine takes no writes any more; null if it does
 * @param backgroundError the last error of flush or compaction that has not been overcome, or of a
 *     file that could not be deleted or did not close in order; null if none
 */
public record StorageStatistics(
    long memtableBytes,
    long memtableEntries,
    int immutableMemtables,
    int flushedMemtables,
    List<Level> levels,
    Blobs blobs,
    long logBytes,
    long blockCacheBytes,
    long blockCacheCapacity,
    long blockCacheHits,
    long blockCacheMisses,
    long rowCacheBytes,
    long rowCacheHits,
    long tableMemoryBytes,
    long filterMemoryBytes,
    long filterSparedLookups,
    long filterMisledLookups,
    long flushes,
    boolean flushing,
    long compactions,
    boolean compacting,
    long logWrittenBytes,
    long flushWrittenBytes,
    long compactionReadBytes,
    long compactionWrittenBytes,
    double compactionPressure,
    long compactionDebtBytes,
    long stalls,
    long slowdowns,
    Map<Operation, Latency> latencies,
    long blindEntries,
    long reserveBytes,
    boolean diskFull,
    String poisoned,
    String backgroundError) {
  /** One in so many of the operations that are sampled is timed, drawn at random. */
  public static final int SAMPLED_OF = 64;

  /** Bytes written to log and tables for each byte logged; 0 before anything is. */
  public double writeAmplification() {
    long written = logWrittenBytes + flushWrittenBytes + compactionWrittenBytes;
    return ratio(written, logWrittenBytes);
  }

  /**
   * The most tables that a lookup asks: all of level 0 and one of each level below that has any.
   * Filters spare it most of them.
   */
  public int readAmplification() {
    int tables = levels.getFirst().tables();
    for (Level level : levels.subList(1, levels.size())) {
      tables += level.tables() > 0 ? 1 : 0;
    }
    return tables;
  }

  /**
   * Bytes of all tables for each byte of the last level that has any: an estimate, as that level
   * may hold what is deleted or overwritten above, and be compressed better. 0 without tables.
   */
  public double spaceAmplification() {
    long all = 0;
    long last = 0;
    for (Level level : levels) {
      all += level.bytes();
      last = level.bytes() > 0 ? level.bytes() : last;
    }
    return ratio(all, last);
  }

  /** The share of block lookups that the cache answered, from 0 to 1. */
  public double blockCacheHitRatio() {
    return ratio(blockCacheHits, blockCacheHits + blockCacheMisses);
  }

  private static double ratio(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }

  /**
   * What is timed, unless it fails. A lookup that memory could not answer and the one that reads
   * the disk for it are two; the latter's time has that of its {@link #READ}s in it.
   */
  public enum Operation {
    /** A lookup of one key, by the engine or a view; not a writer's {@link ReadView#probe}. */
    GET(true),
    /** A lookup of many keys at once, by {@link StorageEngine#view}. */
    MULTIGET(false),
    /** A cursor's move to a key, or to the first or last one. */
    SEEK(true),
    /** {@link StorageEngine#append}: a batch goes to the log's buffer and the memtable. */
    APPEND(true),
    /** {@link StorageEngine#write}: what was appended goes to the operating system. */
    WRITE(true),
    /** {@link StorageEngine#sync}: what was written becomes durable. */
    SYNC(false),
    /** Memtables become a table that readers see. */
    FLUSH(false),
    /** A merge writes its tables, the pauses that it makes for others included. */
    COMPACTION(false),
    /**
     * A block, an index or a value apart that the block cache didn't have is read, checked and
     * decompressed; not what a walk reads ahead, nor what a merge reads.
     */
    READ(false);

    private final boolean sampled;

    Operation(boolean sampled) {
      this.sampled = sampled;
    }

    /** Whether only one in {@link #SAMPLED_OF} is timed, as to time it takes a part of its time. */
    public boolean isSampled() {
      return sampled;
    }
  }

  /**
   * How long the operations of a kind took that were timed, since the engine was opened or {@link
   * StorageEngine#resetLatencies} was called: in nanoseconds, at most 1 % too much; what took more
   * than a day counts as a day.
   *
   * @param count how many were timed: of a sampled kind about one in {@link #SAMPLED_OF}
   * @param p50Nanos half of them took that at most
   * @param p99Nanos 99 % took that at most
   * @param p999Nanos 99.9 % took that at most
   * @param maxNanos all took that at most
   */
  public record Latency(long count, long p50Nanos, long p99Nanos, long p999Nanos, long maxNanos) {}

  /**
   * The blob files that tables refer to.
   *
   * @param files number of files
   * @param bytes their size on disk
   * @param values values in them that tables refer to
   * @param garbageBytes what values take in them that no table refers to any more
   */
  public record Blobs(int files, long bytes, long values, long garbageBytes) {}

  /**
   * One level of the tree.
   *
   * @param tables number of tables
   * @param bytes their size on disk
   * @param entries entries in them, tombstones and shadowed versions included
   */
  public record Level(int tables, long bytes, long entries) {}
}

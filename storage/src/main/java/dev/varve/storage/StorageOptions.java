package dev.varve.storage;

/**
 * The options of an engine. Immutable; changed copies are made through {@link #toBuilder}. A value
 * out of its bounds is an {@link IllegalArgumentException} that names both.
 *
 * @param memtableBytes a memtable is flushed when it takes so much memory; 4 KiB to 4 GiB
 * @param memtableEntries a memtable is flushed when it has so many entries; at least 1
 * @param maxMemtables memtables in memory at once, the one written to included; writes wait when
 *     there would be more to be flushed, and flushed ones are kept for lookups as long as there are
 *     fewer; 2 to 64
 * @param allMemtablesBytes the most memory that memtables take, those included that are flushed
 *     already and still read: where it is not enough those go that are only kept for lookups, and
 *     writes wait for what readers hold; 0: as much as it comes to
 * @param logSegmentBytes size of a log segment; 32 KiB to 4 GiB
 * @param keptLogBytes the most bytes of log segments that are kept, in a folder of their own, when
 *     tables hold all that is in them: beyond, the oldest go; 0: none is kept
 * @param blockBytes size of a table's blocks before compression; 256 B to 1 MiB
 * @param filterBitsPerKey bits of the last level's Bloom filters for each key, those of the levels
 *     above have 4 more; 0 (none) to 32
 * @param compression of the upper levels' tables
 * @param bottomCompression of the last level's tables
 * @param tableBytes size at which compaction begins a new table; at least 4 KiB
 * @param level0Tables tables in level 0 that call for a compaction if the style is {@link
 *     CompactionStyle#LEVELED}; at least 1
 * @param level0Stall tables in level 0 at which writes wait; more than {@code level0Tables}
 * @param compactionStyle what tables are merged by
 * @param universal when which runs are merged if the style is {@link CompactionStyle#UNIVERSAL}
 * @param levelSizeRatio how much larger each level may be than the one above; 2 to 100
 * @param levelBaseBytes the least that the first level below 0 holds before it is compacted; at
 *     least 4 KiB
 * @param blobThreshold the least bytes of a value that lies apart from its key, in a blob file; at
 *     least 0: none does
 * @param blockCacheBytes the most memory that cached blocks take; at least 0
 * @param rowCacheBytes the most memory of single keys and values that were found in tables, kept
 *     beside their blocks as they are found quicker; at least 0: none are kept
 * @param tableMemoryBytes the most memory that filters and indexes of open tables take beside the
 *     block cache: where it is not enough filters yield, those of the last level first, and indexes
 *     that take more than three quarters of it are read through the cache; at least 0
 * @param uncachedBytes the most memory of large values that are being read and that the block cache
 *     has no room for: who reads more waits; 0: as much as it comes to
 * @param backgroundThreads merges that may be under way at once, beside a flush; 1 to 64. The
 *     {@link dev.varve.storage.engine.Scheduler} should have as many threads for them.
 * @param mergeBytesPerSecond the most bytes of keys and values that all merges together go through
 *     in a second; 0: as many as there are. Flushes are not held back.
 * @param maxOpenFiles tables and blob files that are open at once; others are opened again when
 *     they are read; at least 1. Log segments, what is being written, and what whoever uses the
 *     engine has open come on top.
 * @param passedBeforeMerge dead entries, with little that lives between them, that a cursor passes
 *     before their range is flushed and merged, as far as what walks pass is worth it; at least 1
 * @param keyGroups which keys are counted together
 */
public record StorageOptions(
    long memtableBytes,
    int memtableEntries,
    int maxMemtables,
    long allMemtablesBytes,
    long logSegmentBytes,
    long keptLogBytes,
    int blockBytes,
    int filterBitsPerKey,
    Compression compression,
    Compression bottomCompression,
    long tableBytes,
    int level0Tables,
    int level0Stall,
    CompactionStyle compactionStyle,
    UniversalCompaction universal,
    int levelSizeRatio,
    long levelBaseBytes,
    int blobThreshold,
    long blockCacheBytes,
    long rowCacheBytes,
    long tableMemoryBytes,
    long uncachedBytes,
    int backgroundThreads,
    long mergeBytesPerSecond,
    int maxOpenFiles,
    int passedBeforeMerge,
    KeyGroups keyGroups) {
  private static final long KIB = 1024;
  private static final long MIB = 1024 * KIB;
  private static final long GIB = 1024 * MIB;

  /** The defaults: for a machine with some gigabytes of memory. */
  public static final StorageOptions DEFAULT =
      new StorageOptions(
          64 * MIB,
          Integer.MAX_VALUE,
          4,
          0,
          64 * MIB,
          0,
          (int) (4 * KIB),
          10,
          Compression.LZ4,
          Compression.ZSTD,
          32 * MIB,
          2,
          20,
          CompactionStyle.LEVELED,
          UniversalCompaction.DEFAULT,
          10,
          256 * MIB,
          (int) (4 * KIB),
          256 * MIB,
          0,
          256 * MIB,
          0,
          1,
          0,
          1000,
          1024,
          KeyGroups.NONE);

  /** Checks the bounds. */
  public StorageOptions {
    check("memtableBytes", memtableBytes, 4 * KIB, 4 * GIB);
    check("memtableEntries", memtableEntries, 1, Integer.MAX_VALUE);
    check("maxMemtables", maxMemtables, 2, 64);
    check("allMemtablesBytes", allMemtablesBytes, 0, Long.MAX_VALUE);
    check("logSegmentBytes", logSegmentBytes, 32 * KIB, 4 * GIB);
    check("keptLogBytes", keptLogBytes, 0, Long.MAX_VALUE);
    check("blockBytes", blockBytes, 256, MIB);
    check("filterBitsPerKey", filterBitsPerKey, 0, 32);
    check("tableBytes", tableBytes, 4 * KIB, Long.MAX_VALUE);
    check("level0Tables", level0Tables, 1, 1000);
    check("level0Stall", level0Stall, level0Tables + 1L, 10_000);
    check("levelSizeRatio", levelSizeRatio, 2, 100);
    check("levelBaseBytes", levelBaseBytes, 4 * KIB, Long.MAX_VALUE);
    check("blobThreshold", blobThreshold, 0, Integer.MAX_VALUE);
    check("blockCacheBytes", blockCacheBytes, 0, Long.MAX_VALUE);
    check("rowCacheBytes", rowCacheBytes, 0, Long.MAX_VALUE);
    check("tableMemoryBytes", tableMemoryBytes, 0, Long.MAX_VALUE);
    check("uncachedBytes", uncachedBytes, 0, Long.MAX_VALUE);
    check("backgroundThreads", backgroundThreads, 1, 64);
    check("mergeBytesPerSecond", mergeBytesPerSecond, 0, Long.MAX_VALUE);
    check("maxOpenFiles", maxOpenFiles, 1, Integer.MAX_VALUE);
    check("passedBeforeMerge", passedBeforeMerge, 1, Integer.MAX_VALUE);
  }

  static void check(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " is " + value + ", not from " + least + " to " + most);
    }
  }

  /** A builder that begins with the defaults. */
  public static Builder builder() {
    return DEFAULT.toBuilder();
  }

  /** A builder that begins with these options. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Collects options; see {@link StorageOptions} for what each means. */
  public static final class Builder {
    private long memtableBytes;
    private int memtableEntries;
    private int maxMemtables;
    private long allMemtablesBytes;
    private long logSegmentBytes;
    private long keptLogBytes;
    private int blockBytes;
    private int filterBitsPerKey;
    private Compression compression;
    private Compression bottomCompression;
    private long tableBytes;
    private int level0Tables;
    private int level0Stall;
    private CompactionStyle compactionStyle;
    private UniversalCompaction universal;
    private int levelSizeRatio;
    private long levelBaseBytes;
    private int blobThreshold;
    private long blockCacheBytes;
    private long rowCacheBytes;
    private long tableMemoryBytes;
    private long uncachedBytes;
    private int backgroundThreads;
    private long mergeBytesPerSecond;
    private int maxOpenFiles;
    private int passedBeforeMerge;
    private KeyGroups keyGroups;

    private Builder(StorageOptions from) {
      memtableBytes = from.memtableBytes;
      memtableEntries = from.memtableEntries;
      maxMemtables = from.maxMemtables;
      allMemtablesBytes = from.allMemtablesBytes;
      logSegmentBytes = from.logSegmentBytes;
      keptLogBytes = from.keptLogBytes;
      blockBytes = from.blockBytes;
      filterBitsPerKey = from.filterBitsPerKey;
      compression = from.compression;
      bottomCompression = from.bottomCompression;
      tableBytes = from.tableBytes;
      level0Tables = from.level0Tables;
      level0Stall = from.level0Stall;
      compactionStyle = from.compactionStyle;
      universal = from.universal;
      levelSizeRatio = from.levelSizeRatio;
      levelBaseBytes = from.levelBaseBytes;
      blobThreshold = from.blobThreshold;
      blockCacheBytes = from.blockCacheBytes;
      rowCacheBytes = from.rowCacheBytes;
      tableMemoryBytes = from.tableMemoryBytes;
      uncachedBytes = from.uncachedBytes;
      backgroundThreads = from.backgroundThreads;
      mergeBytesPerSecond = from.mergeBytesPerSecond;
      maxOpenFiles = from.maxOpenFiles;
      passedBeforeMerge = from.passedBeforeMerge;
      keyGroups = from.keyGroups;
    }

    /** Sets {@code memtableBytes}. */
    public Builder memtableBytes(long value) {
      memtableBytes = value;
      return this;
    }

    /** Sets {@code memtableEntries}. */
    public Builder memtableEntries(int value) {
      memtableEntries = value;
      return this;
    }

    /** Sets {@code maxMemtables}. */
    public Builder maxMemtables(int value) {
      maxMemtables = value;
      return this;
    }

    /** Sets {@code allMemtablesBytes}. */
    public Builder allMemtablesBytes(long value) {
      allMemtablesBytes = value;
      return this;
    }

    /** Sets {@code logSegmentBytes}. */
    public Builder logSegmentBytes(long value) {
      logSegmentBytes = value;
      return this;
    }

    /** Sets {@code keptLogBytes}. */
    public Builder keptLogBytes(long value) {
      keptLogBytes = value;
      return this;
    }

    /** Sets {@code blockBytes}. */
    public Builder blockBytes(int value) {
      blockBytes = value;
      return this;
    }

    /** Sets {@code filterBitsPerKey}. */
    public Builder filterBitsPerKey(int value) {
      filterBitsPerKey = value;
      return this;
    }

    /** Sets {@code compression}. */
    public Builder compression(Compression value) {
      compression = value;
      return this;
    }

    /** Sets {@code bottomCompression}. */
    public Builder bottomCompression(Compression value) {
      bottomCompression = value;
      return this;
    }

    /** Sets {@code tableBytes}. */
    public Builder tableBytes(long value) {
      tableBytes = value;
      return this;
    }

    /** Sets {@code level0Tables}. */
    public Builder level0Tables(int value) {
      level0Tables = value;
      return this;
    }

    /** Sets {@code level0Stall}. */
    public Builder level0Stall(int value) {
      level0Stall = value;
      return this;
    }

    /** Sets {@code compactionStyle}. */
    public Builder compactionStyle(CompactionStyle value) {
      compactionStyle = value;
      return this;
    }

    /** Sets {@code universal}. */
    public Builder universal(UniversalCompaction value) {
      universal = value;
      return this;
    }

    /** Sets {@code levelSizeRatio}. */
    public Builder levelSizeRatio(int value) {
      levelSizeRatio = value;
      return this;
    }

    /** Sets {@code levelBaseBytes}. */
    public Builder levelBaseBytes(long value) {
      levelBaseBytes = value;
      return this;
    }

    /** Sets {@code blobThreshold}. */
    public Builder blobThreshold(int value) {
      blobThreshold = value;
      return this;
    }

    /** Sets {@code blockCacheBytes}. */
    public Builder blockCacheBytes(long value) {
      blockCacheBytes = value;
      return this;
    }

    /** Sets {@code rowCacheBytes}. */
    public Builder rowCacheBytes(long value) {
      rowCacheBytes = value;
      return this;
    }

    /** Sets {@code tableMemoryBytes}. */
    public Builder tableMemoryBytes(long value) {
      tableMemoryBytes = value;
      return this;
    }

    /** Sets {@code uncachedBytes}. */
    public Builder uncachedBytes(long value) {
      uncachedBytes = value;
      return this;
    }

    /** Sets {@code backgroundThreads}. */
    public Builder backgroundThreads(int value) {
      backgroundThreads = value;
      return this;
    }

    /** Sets {@code mergeBytesPerSecond}. */
    public Builder mergeBytesPerSecond(long value) {
      mergeBytesPerSecond = value;
      return this;
    }

    /** Sets {@code maxOpenFiles}. */
    public Builder maxOpenFiles(int value) {
      maxOpenFiles = value;
      return this;
    }

    /** Sets {@code passedBeforeMerge}. */
    public Builder passedBeforeMerge(int value) {
      passedBeforeMerge = value;
      return this;
    }

    /** Sets {@code keyGroups}. */
    public Builder keyGroups(KeyGroups value) {
      keyGroups = value;
      return this;
    }

    /** The options, checked. */
    public StorageOptions build() {
      return new StorageOptions(
          memtableBytes,
          memtableEntries,
          maxMemtables,
          allMemtablesBytes,
          logSegmentBytes,
          keptLogBytes,
          blockBytes,
          filterBitsPerKey,
          compression,
          bottomCompression,
          tableBytes,
          level0Tables,
          level0Stall,
          compactionStyle,
          universal,
          levelSizeRatio,
          levelBaseBytes,
          blobThreshold,
          blockCacheBytes,
          rowCacheBytes,
          tableMemoryBytes,
          uncachedBytes,
          backgroundThreads,
          mergeBytesPerSecond,
          maxOpenFiles,
          passedBeforeMerge,
          keyGroups);
    }
  }
}

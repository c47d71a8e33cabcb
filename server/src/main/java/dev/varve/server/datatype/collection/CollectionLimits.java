package dev.varve.server.datatype.collection;

/**
 * Up to where small collections are kept in a smaller way. Those of <i>form</i> are this server's
 * own, and decide how a collection lies on disk. Those of <i>encoding</i> are Redis's settings, and
 * decide no more than what OBJECT ENCODING answers. Safe for use by many threads.
 */
public final class CollectionLimits {
  /**
   * Elements of a packed collection; of pairs, as many pairs. Beyond, changing one element costs
   * more as a part of the whole than as a key of its own, see {@code
   * docs/decisions/collections.md}.
   */
  private static final int PACKED_ENTRIES = 128;

  private static final int PACKED_BYTES = 1024;

  /**
   * Sorted sets of fewer members are walked over for a rank; the same goes for what isn't farther
   * than a quarter of it from an end. See {@code docs/decisions/sorted-sets.md}.
   */
  private static final int RANKED_FROM = 4096;

  private static final int RANK_RUN = 96;
  private static final int RANK_CHILDREN = 192;

  /** See {@code docs/decisions/strings.md}. */
  private static final int WHOLE_STRING_BYTES = 8192;

  private static final int CHUNK_BYTES = 4096;

  private volatile int packedEntries = PACKED_ENTRIES;
  private volatile int packedBytes = PACKED_BYTES;
  private volatile int wholeStringBytes = WHOLE_STRING_BYTES;
  private volatile int chunkBytes = CHUNK_BYTES;
  private volatile int hashEntries = 512;
  private volatile int hashValueBytes = 64;
  private volatile int intSetEntries = 512;
  private volatile int rankedFrom = RANKED_FROM;
  private volatile int rankRun = RANK_RUN;
  private volatile int rankChildren = RANK_CHILDREN;
  private volatile int sortedSetEntries = 128;
  private volatile int sortedSetValueBytes = 64;
  private volatile long sparseBytes = 3000;
  private volatile long streamNodeBytes = 4096;
  private volatile long streamNodeEntries = 100;

  /** Sets the limits of form; for tests. */
  public void packed(int entries, int bytes) {
    packedEntries = entries;
    packedBytes = bytes;
  }

  /** Returns the most elements, or pairs, that a packed collection has. */
  public int packedEntries() {
    return packedEntries;
  }

  /** Returns the most bytes that the elements of a packed collection take. */
  public int packedBytes() {
    return packedBytes;
  }

  /**
   * Sets how strings are kept of which parts are changed; for tests.
   *
   * @param whole the most bytes of one that stays whole
   * @param chunk bytes of a chunk
   */
  public void chunks(int whole, int chunk) {
    wholeStringBytes = whole;
    chunkBytes = chunk;
  }

  /** Returns the most bytes of a string that stays whole when a part of it is changed. */
  public int wholeStringBytes() {
    return wholeStringBytes;
  }

  /** Returns the bytes of a chunk of a string that comes to be in chunks. */
  public int chunkBytes() {
    return chunkBytes;
  }

  /**
   * Sets how ranks of sorted sets are counted; for tests.
   *
   * @param from the fewest members of a set whose ranks are counted
   * @param run the most members that are counted together, at least 4
   * @param children the most children of a node, at least 4
   */
  public void ranks(int from, int run, int children) {
    rankedFrom = from;
    rankRun = run;
    rankChildren = children;
  }

  /** Returns the fewest members of a sorted set whose ranks are counted. */
  public int rankedFrom() {
    return rankedFrom;
  }

  /** Returns the most members of a sorted set that are counted together. */
  public int rankRun() {
    return rankRun;
  }

  /** Returns the most children of a node of counts. */
  public int rankChildren() {
    return rankChildren;
  }

  /**
   * Sets the limits of a hash that Redis would keep as a listpack.
   *
   * @param entries the most fields
   * @param valueBytes the most bytes of a field's name or value
   */
  public void hash(int entries, int valueBytes) {
    hashEntries = entries;
    hashValueBytes = valueBytes;
  }

  /** Returns the most fields of a hash that Redis would keep as a listpack. */
  public int hashEntries() {
    return hashEntries;
  }

  /** Returns the most bytes of a name or value in a hash that Redis would keep as a listpack. */
  public int hashValueBytes() {
    return hashValueBytes;
  }

  /** Sets the most members of a set that Redis would keep as an intset. */
  public void intSet(int entries) {
    intSetEntries = entries;
  }

  /** Returns the most members of a set that Redis would keep as an intset. */
  public int intSetEntries() {
    return intSetEntries;
  }

  /**
   * Sets the limits of a sorted set that Redis would keep as a listpack.
   *
   * @param entries the most members
   * @param valueBytes the most bytes of a member
   */
  public void sortedSet(int entries, int valueBytes) {
    sortedSetEntries = entries;
    sortedSetValueBytes = valueBytes;
  }

  /** Returns the most members of a sorted set that Redis would keep as a listpack. */
  public int sortedSetEntries() {
    return sortedSetEntries;
  }

  /** Returns the most bytes of a member in a sorted set that Redis would keep as a listpack. */
  public int sortedSetValueBytes() {
    return sortedSetValueBytes;
  }

  /** Sets the most bytes of a HyperLogLog whose registers don't all take the same room. */
  public void sparseHyperLogLog(long bytes) {
    sparseBytes = bytes;
  }

  /** Returns the most bytes of a HyperLogLog whose registers don't all take the same room. */
  public long sparseHyperLogLogBytes() {
    return sparseBytes;
  }

  /**
   * Sets the limits of what Redis would keep together of a stream.
   *
   * @param bytes the most bytes; 0: any number
   * @param entries the most entries; 0: any number
   */
  public void streamNode(long bytes, long entries) {
    streamNodeBytes = bytes;
    streamNodeEntries = entries;
  }

  /** Returns the most bytes that Redis would keep together of a stream; 0: any number. */
  public long streamNodeBytes() {
    return streamNodeBytes;
  }

  /** Returns the most entries that Redis would keep together of a stream; 0: any number. */
  public long streamNodeEntries() {
    return streamNodeEntries;
  }
}

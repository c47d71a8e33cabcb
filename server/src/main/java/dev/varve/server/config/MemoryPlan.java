package dev.varve.server.config;

/**
 * How the one memory number is divided: the only place that does it. All in bytes.
 *
 * @param total what the whole process may take
 * @param heap the JVM's heap: connections' objects, commands' garbage, cache policy
 * @param network direct memory of Netty: requests being received, replies not sent
 * @param memtables all memtables together
 * @param uncached large values being read that the block cache has no room for
 * @param blockCache blocks of tables
 * @param rows single keys of tables, kept beside their blocks
 * @param tables filters and indexes of open tables: where it is not enough filters yield, and
 *     indexes page through the block cache
 * @param maxValueBytes the longest argument and value: a share of memory, so that no one client
 *     takes it all, for which there is room wherever it comes to be
 */
public record MemoryPlan(
    long total,
    long heap,
    long network,
    long memtables,
    long uncached,
    long blockCache,
    long rows,
    long tables,
    int maxValueBytes) {

  /** The least that the server runs in. */
  public static final long LEAST_TOTAL = 96L << 20;

  /** Memtables in memory at once, the one written to included. */
  public static final int MEMTABLES = 3;

  /** Share of the heap for what is new, in an equal part and this many for what stays. */
  public static final int OLD_PARTS = 6;

  private static final long MIB = 1 << 20;

  /** With more, collections would be no more seldom than they need be. */
  private static final long MOST_YOUNG = 64 * MIB;

  /** What blocks of tables have at the least after a change, if they had it at all. */
  private static final long LEAST_BLOCK_CACHE = 4 * MIB;

  /**
   * What the JVM takes beside its heap: itself, classes, compiled code, stacks, and what compiling
   * and background work take for a while. Measured; docs/decisions/threads.md has the runs that
   * check the whole.
   */
  private static final long JVM_BASE = 116 * MIB;

  /** The same where only the quick compiler is used, at the least. */
  private static final long QUICK_JVM_BASE = 76 * MIB;

  /** How much more is left to it where there is more: scripts of all kinds took 6 MiB of that. */
  private static final long MORE_QUICK_JVM = 8 * MIB;

  /** It begins here, with half of what is beyond: with less, values would have to be shorter. */
  private static final long LEAST_FOR_MORE_QUICK = 112 * MIB;

  /** From here on there is room for the work of the compiler that optimizes. */
  private static final long LEAST_OPTIMIZED = 192 * MIB;

  /** This part of the whole is left to what nobody counts. */
  private static final int SPARE_SHARE = 32;

  /** What a server at work keeps on the heap beside the arguments of requests, at the least. */
  private static final long HEAP_BASE = 8 * MIB;

  /** What scripts have of the heap at the least: of {@link #HEAP_BASE}. */
  private static final long SCRIPTS_BASE = 2 * MIB;

  /** From here on, beside the JVM, there is more for scripts. */
  private static final long LEAST_FOR_SCRIPTS = 18 * MIB;

  /** This part of what is beyond. */
  private static final int SCRIPTS_SHARE = 48;

  /** One in so many bytes of all that is left beside the JVM is added to the heap. */
  private static final int HEAP_SHARE = 64;

  /** One in so many bytes of what is left for blocks goes to the row cache. */
  private static final int ROWS_SHARE = 8;

  /** What stands around a longest value: its key, which may be in a command four times. */
  private static final long SLACK = MIB / 8;

  /**
   * On its way to the memtable a value is on the heap in a batch, and before, if a command changes
   * it that lies on the disk, as it was.
   */
  private static final int COPIES = 2;

  /** A longest value, and its reply, take so much each of the network's memory. */
  private static final double VALUE_NETWORK_SHARE = 7.0 / 16;

  /** What small requests and replies have of the network's memory at the least. */
  private static final long NETWORK_BASE = MIB;

  /** A value takes at most this part of the whole. */
  private static final int VALUE_SHARE = 17;

  /** The most that a value may take, whatever there is. */
  private static final long LONGEST = 512 * MIB;

  /** How much of what could go to longer values does. */
  private static final double GIVEN_TO_VALUES = 0.93;

  /** Returns the division of {@code total}. */
  public static MemoryPlan of(long total) {
    long rest = besideJvm(total);
    int value = longestValue(total, rest);
    long uncached = value + SLACK;
    long more = rest - heapFor(rest, value) - networkFor(value) - memtablesFor(value) - uncached;
    long heap = Math.min(heapFor(rest, value) + more / 16, 2048 * MIB);
    long network = networkFor(value) + Math.min(more / 32, 2048 * MIB);
    long memtables = memtablesFor(value) + Math.min(more / 16, 1024 * MIB);
    long left = rest - heap - network - memtables - uncached;
    long tables = left * 2 / 5;
    long rows = (left - tables) / ROWS_SHARE;
    long blockCache = left - tables - rows;
    return new MemoryPlan(
        total, heap, network, memtables, uncached, blockCache, rows, tables, value);
  }

  private static long besideJvm(long total) {
    return total - total / SPARE_SHARE - (total < LEAST_OPTIMIZED ? quickJvm(total) : JVM_BASE);
  }

  private static long quickJvm(long total) {
    return QUICK_JVM_BASE + Math.clamp((total - LEAST_FOR_MORE_QUICK) / 2, 0, MORE_QUICK_JVM);
  }

  private static int longestValue(long total, long rest) {
    long base = heapFor(rest, 0) + networkFor(0) + memtablesFor(0) + SLACK;
    long ofOneMore = heapFor(rest, MIB) + networkFor(MIB) + memtablesFor(MIB) + MIB + SLACK - base;
    double mebibytes = (double) (rest - base) / ofOneMore;
    long value = (long) (mebibytes * GIVEN_TO_VALUES * MIB);
    return (int) Math.min(value, Math.min(total / VALUE_SHARE, LONGEST));
  }

  private static long heapFor(long rest, long value) {
    long old = HEAP_BASE + moreForScripts(rest) + rest / HEAP_SHARE + COPIES * value + 2 * SLACK;
    return old + old / OLD_PARTS;
  }

  private static long networkFor(long value) {
    return NETWORK_BASE + (long) (value / VALUE_NETWORK_SHARE);
  }

  private static long memtablesFor(long value) {
    return MEMTABLES * (value + 2 * SLACK);
  }

  private static long moreForScripts(long rest) {
    return Math.max(rest - LEAST_FOR_SCRIPTS, 0) / SCRIPTS_SHARE;
  }

  /** Returns heap for scripts: what they hold while they run, compiled ones, and their texts. */
  public long scriptBytes() {
    return SCRIPTS_BASE + moreForScripts(besideJvm(total));
  }

  /** Returns the division of {@code maxMemory} bytes; 0: of what the machine has for us. */
  public static MemoryPlan ofSetting(long maxMemory) {
    return of(total(maxMemory));
  }

  /** Returns the bytes that {@code maxMemory} stands for: 0 for what the machine has for us. */
  public static long total(long maxMemory) {
    return maxMemory == 0 ? Math.max(MachineMemory.available(), LEAST_TOTAL) : maxMemory;
  }

  /**
   * Returns what blocks of tables may take if the process is to take {@code newTotal} while the
   * server runs. All of the difference is theirs: the JVM's heap and what follows from it stay.
   *
   * @throws IllegalArgumentException if that is too little; the message says so to an operator
   */
  public long blockCacheOf(long newTotal) {
    long least = total - blockCache + Math.min(LEAST_BLOCK_CACHE, blockCache);
    if (newTotal < least) {
      throw new IllegalArgumentException(
          "can't go below "
              + least
              + " bytes without a restart, as the memory of the JVM and of memtables is fixed");
    }
    return blockCache + newTotal - total;
  }

  /**
   * Returns the bytes of the heap for what is new, from the start on: collections come as seldom as
   * the plan allows, and what requests leave is dead by then. What isn't is copied, and others
   * wait.
   */
  public long youngHeap() {
    return Math.min(heap / (OLD_PARTS + 1), MOST_YOUNG);
  }

  /** Returns whether there is no room for the work of the compiler that optimizes. */
  public boolean compilesQuickly() {
    return total < LEAST_OPTIMIZED;
  }

  /** Returns whether there is so little that compiled code has to be small as well. */
  public boolean compilesSparingly() {
    return total < LEAST_FOR_MORE_QUICK;
  }

  /** Returns the size at which a memtable is flushed: pieces of memory are rounded up beside it. */
  public long memtableBytes() {
    return (memtables - Math.min(MEMTABLES * MIB, memtables / 8)) / MEMTABLES;
  }

  /** Returns heap for what is fetched from disk for commands, all together: a longest value. */
  public long fetchBytes() {
    return maxValueBytes + SLACK;
  }

  /**
   * Returns heap for what one command changes. It is all that is left beside {@link #fetchBytes}:
   * commands that change something run one after another.
   */
  public long batchBytes() {
    long more = Math.max(heap - heapFor(besideJvm(total), maxValueBytes), 0);
    return maxValueBytes + 2 * SLACK + more - more / (OLD_PARTS + 1);
  }

  /**
   * Returns heap for what connections have the server keep, watched keys and subscriptions: half of
   * what is on the heap in proportion to the whole, and a little of the rest.
   */
  public long keptBytes() {
    return HEAP_BASE / 16 + besideJvm(total) / (2 * HEAP_SHARE);
  }
}

package dev.varve.server.config;

/**
 * How the one memory number is divided: the only place that does it. All in bytes.
 *
 * @param total what the whole process may take
 * @param heap the JVM's heap: connections' objects, commands' garbage, cache policy
 * @param network direct memory of Netty: requests being received, replies not sent
 * @param memtables all memtables together
 * @param blockCache blocks of tables
 * @param tables filters and indexes of open tables: where it is not enough filters yield, and
 *     indexes page through the block cache
 */
public record MemoryPlan(
    long total, long heap, long network, long memtables, long blockCache, long tables) {

  /** The least that the server runs in. */
  public static final long LEAST_TOTAL = 96L << 20;

  /** Memtables in memory at once, the one written to included. */
  public static final int MEMTABLES = 3;

  /** Share of the heap for what is new, in an equal part and this many for what stays. */
  public static final int OLD_PARTS = 6;

  private static final long MIB = 1 << 20;

  /** What a server at work keeps on the heap beside the arguments of requests. */
  private static final long HEAP_BASE = 10 * MIB;

  /** What stands around a longest value: its key, which may be in a command four times. */
  private static final long SLACK = MIB / 8;

  /**
   * On its way to the memtable a value is on the heap in a batch, and before, if a command changes
   * it that lies on the disk, as it was.
   */
  private static final int COPIES = 2;

  /**
   * What the JVM takes beside its heap: classes, compiled code, stacks, the collector's own. An
   * estimate; docs/decisions/threads.md has the run that checks the whole.
   */
  private static final long JVM_BASE = 64 * MIB;

  /** Returns the division of {@code total}. */
  public static MemoryPlan of(long total) {
    long rest = Math.max(total - total / 16 - JVM_BASE, 16 * MIB);
    long heap = clamp(rest / 5 + 8 * MIB, 14 * MIB, 2048 * MIB);
    long network = clamp(rest / 6, 8 * MIB, 4096 * MIB);
    long memtables = clamp(rest / 4, 3 * MIB, 1024 * MIB);
    long tables = rest / 6;
    long blockCache = Math.max(rest - heap - network - memtables - tables, MIB);
    return new MemoryPlan(total, heap, network, memtables, blockCache, tables);
  }

  /** Returns the division of {@code maxMemory} bytes; 0: of what the machine has for us. */
  public static MemoryPlan ofSetting(long maxMemory) {
    return of(maxMemory == 0 ? Math.max(MachineMemory.available(), LEAST_TOTAL) : maxMemory);
  }

  /** Returns the size at which a memtable is flushed. */
  public long memtableBytes() {
    return memtables / MEMTABLES;
  }

  /**
   * Returns the longest argument and value: a share of memory, so that no one client takes it all.
   * It is less than the half of the network's memory that requests may take, which has to hold the
   * rest of its request as well, and the heap has room for its copies.
   */
  public int maxValueBytes() {
    long most = Math.min(network / 2 - network / 16, (oldBytes() - HEAP_BASE) / COPIES);
    return (int) Math.min(512 * MIB, most);
  }

  /** Returns heap for what is fetched from disk for commands, all together: a longest value. */
  public long fetchBytes() {
    return maxValueBytes() + SLACK;
  }

  /**
   * Returns heap for what one command changes. It is all that is left beside {@link #fetchBytes}:
   * commands that change something run one after another.
   */
  public long batchBytes() {
    return Math.max(oldBytes() - HEAP_BASE - maxValueBytes(), 0) + 2 * SLACK;
  }

  private long oldBytes() {
    return heap * OLD_PARTS / (OLD_PARTS + 1);
  }

  private static long clamp(long value, long least, long most) {
    return Math.min(Math.max(value, least), most);
  }
}

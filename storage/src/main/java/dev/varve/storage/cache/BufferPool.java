package dev.varve.storage.cache;

import dev.varve.storage.base.Pages;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The process's off-heap buffers for work under way: a block that is read or written, readahead, a
 * file's output. Small ones are kept for ever, so that there are as many as were once in use
 * together; of those from {@link #LARGE_BYTES} to {@link #MAX_POOLED_BYTES}, no more are kept than
 * {@link #keep} allows. Larger ones are made for the one use: they go with values so large that the
 * copying costs more. Safe for use by many threads.
 *
 * <p>With the system property {@code varve.poison} set to true, what is given back is overwritten.
 */
public final class BufferPool {
  /** The largest buffer that is kept, in bytes. */
  public static final int MAX_POOLED_BYTES = 1 << 20;

  /** From so many bytes on a buffer may go back to the system. */
  private static final int LARGE_BYTES = 64 << 10;

  private static final long KEPT_BYTES = 32 << 20;

  private static final int MIN_SHIFT = 12;
  private static final int MAX_SHIFT = 20;
  private static final int CACHE_LINE = 64;
  private static final byte POISON = (byte) 0xDB;
  private static final boolean POISONS = Boolean.getBoolean("varve.poison");
  private static final AtomicLong POOLED_BYTES = new AtomicLong();
  private static final AtomicLong IDLE_LARGE_BYTES = new AtomicLong();
  private static volatile long kept = KEPT_BYTES;
  private static final FreeList[] FREE = new FreeList[MAX_SHIFT - MIN_SHIFT + 1];

  static {
    for (int i = 0; i < FREE.length; i++) {
      FREE[i] = new FreeList();
    }
  }

  private static final class FreeList {
    private final ArrayDeque<PooledBuffer> buffers = new ArrayDeque<>();

    synchronized PooledBuffer poll() {
      return buffers.pollLast();
    }

    synchronized void add(PooledBuffer buffer) {
      buffers.addLast(buffer);
    }
  }

  private BufferPool() {}

  /** Lends a buffer of at least {@code bytes} bytes, to be closed by the borrower. */
  public static PooledBuffer borrow(int bytes) {
    PooledBuffer buffer = bytes <= MAX_POOLED_BYTES ? pooled(bytes) : unpooled(bytes);
    buffer.lend();
    return buffer;
  }

  /** From now on large buffers of at most so many bytes together are kept while nobody has them. */
  public static void keep(long bytes) {
    kept = bytes;
  }

  /** Bytes of all pooled buffers, lent or not. */
  public static long pooledBytes() {
    return POOLED_BYTES.get();
  }

  static void giveBack(PooledBuffer buffer) {
    if (POISONS) {
      buffer.memory().fill(POISON);
    }
    int size = buffer.capacity();
    if (size >= LARGE_BYTES && IDLE_LARGE_BYTES.addAndGet(size) > kept) {
      IDLE_LARGE_BYTES.addAndGet(-size);
      POOLED_BYTES.addAndGet(-size);
      buffer.free();
    } else {
      FREE[buffer.sizeClass()].add(buffer);
    }
  }

  private static PooledBuffer pooled(int bytes) {
    int size = Math.max(bytes, 1 << MIN_SHIFT);
    int shift = Integer.SIZE - Integer.numberOfLeadingZeros(size - 1);
    int sizeClass = shift - MIN_SHIFT;
    PooledBuffer free = FREE[sizeClass].poll();
    boolean large = 1 << shift >= LARGE_BYTES;
    if (free != null) {
      if (large) {
        IDLE_LARGE_BYTES.addAndGet(-(1L << shift));
      }
      return free;
    }
    POOLED_BYTES.addAndGet(1L << shift);
    Arena arena = large ? Arena.ofShared() : Arena.global();
    MemorySegment memory = arena.allocate(1L << shift, CACHE_LINE);
    return new PooledBuffer(memory, sizeClass, arena);
  }

  private static PooledBuffer unpooled(int bytes) {
    Arena arena = Arena.ofShared();
    MemorySegment memory = Pages.allocate(arena, bytes, CACHE_LINE);
    return new PooledBuffer(memory, PooledBuffer.UNPOOLED, arena);
  }
}

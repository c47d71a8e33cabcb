package dev.varve.benchmarks.memtable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The runner-up: a skip list whose nodes lie in one off-heap arena, with inline keys and the first
 * eight bytes of each key cached beside the link to it, so that most comparisons don't touch the
 * next node. One writer, many readers. One version a key: an overwrite links a new value.
 *
 * <pre>
 * node := value:u64 | key length:u32 | height:u32 | (prefix of the next node's key:u64 | next:u64)*height | key
 * </pre>
 */
final class ArenaSkipList implements Candidate {
  private static final int MAX_HEIGHT = 16;
  private static final int LINKS = 16;
  private static final int LINK_BYTES = 16;
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong BIG_ENDIAN_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

  private final Arena arena = Arena.ofShared();
  private final SplittableRandom random = new SplittableRandom(1);
  private final long[] path = new long[MAX_HEIGHT];
  private final long head;
  private long position;
  private long end;
  private long used;

  ArenaSkipList() {
    head = allocate(LINKS + MAX_HEIGHT * LINK_BYTES + Long.BYTES);
    ALL.asSlice(head, LINKS + MAX_HEIGHT * LINK_BYTES).fill((byte) 0);
  }

  private long allocate(long bytes) {
    long size = (bytes + 7) & -8;
    if (end - position < size) {
      position = arena.allocate(1 << 20, 64).address();
      end = position + (1 << 20);
    }
    long at = position;
    position += size;
    used += size;
    return at;
  }

  private static long prefix(byte[] key, int length) {
    byte[] first = Arrays.copyOf(key, Math.min(length, Long.BYTES));
    return MemorySegment.ofArray(Arrays.copyOf(first, Long.BYTES)).get(BIG_ENDIAN_LONG, 0);
  }

  private static int compareNode(long node, byte[] key, int length) {
    int nodeLength = ALL.get(INT, node + 8);
    long nodeKey = node + LINKS + (long) ALL.get(INT, node + 12) * LINK_BYTES;
    MemorySegment array = MemorySegment.ofArray(key);
    long at = MemorySegment.mismatch(ALL, nodeKey, nodeKey + nodeLength, array, 0, length);
    if (at < 0) {
      return 0;
    }
    if (at >= nodeLength || at >= length) {
      return nodeLength - length;
    }
    return Byte.compareUnsigned(ALL.get(ValueLayout.JAVA_BYTE, nodeKey + at), key[(int) at]);
  }

  /** The first node at or after the key, 0 if there is none; the way there, if wanted. */
  private long seek(byte[] key, int length, long[] way) {
    long prefix = prefix(key, length);
    long node = head;
    long next = 0;
    for (int level = MAX_HEIGHT - 1; level >= 0; level--) {
      while (true) {
        long link = node + LINKS + (long) level * LINK_BYTES;
        next = (long) LONG.getAcquire(ALL, link + 8);
        if (next == 0) {
          break;
        }
        int order = Long.compareUnsigned(ALL.get(ValueLayout.JAVA_LONG, link), prefix);
        if (order > 0 || (order == 0 && compareNode(next, key, length) >= 0)) {
          break;
        }
        node = next;
      }
      if (way != null) {
        way[level] = node;
      }
    }
    return next;
  }

  @Override
  public void put(long sequence, byte[] bytes, int keyLength) {
    int valueLength = bytes.length - keyLength;
    long value = allocate(4L + valueLength);
    ALL.set(INT, value, valueLength);
    MemorySegment.copy(bytes, keyLength, ALL, ValueLayout.JAVA_BYTE, value + 4, valueLength);
    long found = seek(bytes, keyLength, path);
    if (found != 0 && compareNode(found, bytes, keyLength) == 0) {
      LONG.setRelease(ALL, found, value);
      return;
    }
    int height = Math.min(MAX_HEIGHT, 1 + Long.numberOfTrailingZeros(random.nextLong()) / 2);
    long node = allocate(LINKS + (long) height * LINK_BYTES + keyLength);
    ALL.set(ValueLayout.JAVA_LONG, node, value);
    ALL.set(INT, node + 8, keyLength);
    ALL.set(INT, node + 12, height);
    MemorySegment.copy(
        bytes, 0, ALL, ValueLayout.JAVA_BYTE, node + LINKS + (long) height * LINK_BYTES, keyLength);
    long prefix = prefix(bytes, keyLength);
    for (int level = 0; level < height; level++) {
      long before = path[level] + LINKS + (long) level * LINK_BYTES;
      long link = node + LINKS + (long) level * LINK_BYTES;
      MemorySegment.copy(ALL, before, ALL, link, LINK_BYTES);
      // Prefix and link can't be stored at once: a reader may see a prefix that is too small, which
      // only makes it compare keys. That is why the prefix goes first.
      ALL.set(ValueLayout.JAVA_LONG, before, prefix);
      LONG.setRelease(ALL, before + 8, node);
    }
  }

  @Override
  public long get(byte[] key) {
    long node = seek(key, key.length, null);
    if (node == 0 || compareNode(node, key, key.length) != 0) {
      return -1;
    }
    return ALL.get(ValueLayout.JAVA_BYTE, (long) LONG.getAcquire(ALL, node) + 4);
  }

  @Override
  public long walk(byte[] from, int limit) {
    byte[] begin = from == null ? new byte[0] : from;
    long walked = 0;
    byte[] key = new byte[256];
    for (long node = seek(begin, begin.length, null);
        node != 0 && walked < limit;
        node = (long) LONG.getAcquire(ALL, node + LINKS + 8)) {
      int length = ALL.get(INT, node + 8);
      long at = node + LINKS + (long) ALL.get(INT, node + 12) * LINK_BYTES;
      MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, at, key, 0, length);
      walked++;
    }
    return walked;
  }

  @Override
  public long bytes() {
    return used;
  }

  @Override
  public void close() {
    arena.close();
  }
}

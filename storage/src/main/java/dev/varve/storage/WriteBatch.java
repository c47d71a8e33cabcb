package dev.varve.storage;

import dev.varve.storage.base.AbandonedRanges;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.Varint;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.SoftReference;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Changes that take effect together or not at all. A batch is <i>physical</i>: plain puts, deletes
 * and range deletes whose times and random choices are already resolved. Its bytes are what the log
 * holds and what a replica would apply:
 *
 * <pre>
 * batch  := sequence:u64 | time:u64 | operations:u32 | operation*           (little-endian)
 * point  := kind:u8 | key length:varint | key | [put: value length:varint | value]
 * range  := 3:u8    | begin length:varint | begin | end length:varint | end
 * count  := 0x20:u8 | group:varint | delta:zigzag varint
 * forget := 0x21:u8 | group:varint
 * skip   := 0x22:u8
 * abandon := 0x23:u8 | begin length:varint | begin | end length:varint | end
 *          | 0x24:u8 | prefix length:varint | prefix
 * </pre>
 *
 * <p>{@code sequence} is the number of the first operation; each point, range, skip and abandon
 * operation takes the next one. {@code time} is the writer's monotone time in milliseconds. {@code
 * count} moves the live count of a key group by what the writer knows (see {@link EntryKind} for
 * what it doesn't); {@code forget} sets it to nothing. {@code skip} changes nothing: tables that
 * are ingested have its sequence number. {@code abandon} says that nothing can reach the keys from
 * begin to end, or those that begin with a prefix, any more.
 *
 * <p>Reusable through {@link #clear()}; allocates only to grow, and keeps the memory of a large one
 * for the next as long as nobody else wants it, if its own is bounded. Used by one thread at a
 * time.
 */
public final class WriteBatch {
  /** Bytes before the first operation. */
  public static final int HEADER_BYTES = 20;

  /** The code of a {@code count} operation. */
  public static final byte COUNT = 0x20;

  /** The code of a {@code forget} operation. */
  public static final byte FORGET = 0x21;

  /** The code of a {@code skip} operation. */
  public static final byte SKIP = 0x22;

  /** The code of an {@code abandon} operation of a range. */
  public static final byte ABANDON = 0x23;

  /** The code of an {@code abandon} operation of all keys with a prefix. */
  public static final byte ABANDON_PREFIX = 0x24;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int RETAINED_BYTES = 1 << 20;

  /**
   * An array is kept for a later batch if it has at most one in so many of the bytes that a batch
   * may take: where the largest value fills the heap, whoever wants memory for it would wait for
   * the collector to take the array away.
   */
  private static final int SPARE_SHARE = 2;

  /** Up to here it is cheaper to grow than to be asked to. */
  private static final int LEAST_EXPECTED_BYTES = 64 << 10;

  private static final Visitor NOTHING =
      new Visitor() {
        @Override
        public void point(
            byte kind,
            long sequence,
            byte[] bytes,
            int keyOffset,
            int keyLength,
            int valueOffset,
            int valueLength) {}

        @Override
        public void range(long sequence, byte[] begin, byte[] end) {}

        @Override
        public void count(long group, long delta) {}

        @Override
        public void forget(long group) {}

        @Override
        public void abandon(long sequence, byte[] begin, byte[] end) {}
      };

  /** What an operation takes beside its bytes where the batch is looked through by key. */
  private static final int OPERATION_BYTES = 64;

  /** So few take next to nothing. */
  private static final int FREE_OPERATIONS = 1024;

  private final long most;
  private byte[] bytes = new byte[512];
  private int size = HEADER_BYTES;

  /**
   * A large array that isn't needed just now, as long as nobody else needs its memory: to have
   * another one takes as long as to write to it, as it is zeroed, and the collector may have given
   * its pages back.
   */
  private SoftReference<byte[]> spare = new SoftReference<>(null);

  /** See {@link #holdsBeside}. */
  private long beside;

  private int operations;

  /** A batch would take more memory than it may; it is as it was. */
  public static final class TooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooLargeException(long most) {
      super("a batch of more than " + most + " bytes");
    }
  }

  /** Makes a batch that may become as large as an array can be. */
  public WriteBatch() {
    this(Long.MAX_VALUE);
  }

  /**
   * Makes a batch of bounded memory: what would go beyond throws {@link TooLargeException}.
   *
   * @param most bytes on the heap, arrays that are copied to grow included
   */
  public WriteBatch(long most) {
    this.most = most;
  }

  /** Receives a batch's operations in order. The arrays are the batch's own: read, don't keep. */
  public interface Visitor {
    /** A put or delete; see {@link EntryKind}. {@code valueLength} is 0 for a delete. */
    void point(
        byte kind,
        long sequence,
        byte[] bytes,
        int keyOffset,
        int keyLength,
        int valueOffset,
        int valueLength);

    /** A range delete. */
    void range(long sequence, byte[] begin, byte[] end);

    /** The live count of {@code group} moves by {@code delta}. */
    void count(long group, long delta);

    /** The live count of {@code group} is nothing from here on. */
    void forget(long group);

    /** Nothing can reach the keys in [{@code begin}, {@code end}) any more. */
    void abandon(long sequence, byte[] begin, byte[] end);

    /** Takes a sequence number: what it stands for is in tables, and not in the batch. */
    default void skip(long sequence) {}
  }

  /** A visitor to which only some kinds of operations matter: the others do nothing. */
  public interface PartialVisitor extends Visitor {
    @Override
    default void point(
        byte kind,
        long sequence,
        byte[] bytes,
        int keyOffset,
        int keyLength,
        int valueOffset,
        int valueLength) {}

    @Override
    default void range(long sequence, byte[] begin, byte[] end) {}

    @Override
    default void count(long group, long delta) {}

    @Override
    default void forget(long group) {}

    @Override
    default void abandon(long sequence, byte[] begin, byte[] end) {}
  }

  /** Sets {@code key} to {@code value}; {@code kind} is {@link EntryKind#PUT} or its blind form. */
  public void put(
      byte kind,
      byte[] key,
      int keyOffset,
      int keyLength,
      byte[] value,
      int valueOffset,
      int valueLength) {
    beginValue(kind, key, keyOffset, keyLength, valueLength);
    System.arraycopy(value, valueOffset, bytes, size, valueLength);
    size += valueLength;
  }

  /** Sets {@code key} to {@code value}. */
  public void put(byte[] key, byte[] value) {
    put(EntryKind.PUT, key, 0, key.length, value, 0, value.length);
  }

  /**
   * Begins a put whose value the caller writes itself, straight into {@link #bytes()} from the
   * returned offset on, {@code valueLength} bytes, before anything else is added.
   */
  public int putReserved(byte kind, byte[] key, int keyOffset, int keyLength, int valueLength) {
    beginValue(kind, key, keyOffset, keyLength, valueLength);
    int at = size;
    size += valueLength;
    return at;
  }

  private void beginValue(byte kind, byte[] key, int keyOffset, int keyLength, int valueLength) {
    ensure(1L + 2 * Varint.MAX_INT_BYTES + keyLength + valueLength);
    addKey(kind, key, keyOffset, keyLength);
    size = Varint.put(bytes, size, valueLength);
    operations++;
  }

  /** Removes {@code key}; {@code kind} is {@link EntryKind#DELETE} or its blind form. */
  public void delete(byte kind, byte[] key, int keyOffset, int keyLength) {
    ensure(1L + Varint.MAX_INT_BYTES + keyLength);
    addKey(kind, key, keyOffset, keyLength);
    operations++;
  }

  /** Removes {@code key}. */
  public void delete(byte[] key) {
    delete(EntryKind.DELETE, key, 0, key.length);
  }

  /** Removes every key in [{@code begin}, {@code end}). */
  public void deleteRange(byte[] begin, byte[] end) {
    ensure(1L + 2 * Varint.MAX_INT_BYTES + begin.length + end.length);
    addKey(EntryKind.DELETE_RANGE, begin, 0, begin.length);
    size = Varint.put(bytes, size, end.length);
    System.arraycopy(end, 0, bytes, size, end.length);
    size += end.length;
    operations++;
  }

  /** Moves the live count of {@code group} by {@code delta}. */
  public void count(long group, long delta) {
    ensure(1L + 2 * Varint.MAX_LONG_BYTES);
    bytes[size++] = COUNT;
    size = Varint.put(bytes, size, group);
    size = Varint.put(bytes, size, Varint.zigzag(delta));
  }

  /** Sets the live count of {@code group} to nothing. */
  public void forget(long group) {
    ensure(1L + Varint.MAX_LONG_BYTES);
    bytes[size++] = FORGET;
    size = Varint.put(bytes, size, group);
  }

  /** Takes a sequence number and changes nothing. */
  public void skip() {
    ensure(1);
    bytes[size++] = SKIP;
    operations++;
  }

  /**
   * Says that nothing can reach the keys in [{@code begin}, {@code end}) any more: whatever they
   * hold until now takes space for nothing. Lookups and walks don't know of it, so they must keep
   * away: what they would find is sometimes the last value and sometimes none. Nothing of it may be
   * counted. What is written to these keys later lives.
   *
   * <p>Of a later range with the same begin, as of any that includes an earlier one, only the later
   * one is kept. So a queue that abandons what it has taken, again and again, leaves one.
   */
  public void abandon(byte[] begin, byte[] end) {
    ensure(1L + 2 * Varint.MAX_INT_BYTES + begin.length + end.length);
    addKey(ABANDON, begin, 0, begin.length);
    size = Varint.put(bytes, size, end.length);
    System.arraycopy(end, 0, bytes, size, end.length);
    size += end.length;
    operations++;
  }

  /**
   * As {@link #abandon(byte[], byte[])}, of all keys that begin with {@code prefix}, of which not
   * every byte is 0xFF. A million of them take a few bytes each.
   */
  public void abandon(byte[] prefix, int offset, int length) {
    AbandonedRanges.successor(Arrays.copyOfRange(prefix, offset, offset + length));
    ensure(1L + Varint.MAX_INT_BYTES + length);
    addKey(ABANDON_PREFIX, prefix, offset, length);
    operations++;
  }

  private void addKey(byte kind, byte[] key, int offset, int length) {
    bytes[size] = kind;
    size = Varint.put(bytes, size + 1, length);
    System.arraycopy(key, offset, bytes, size, length);
    size += length;
  }

  private void ensure(long more) {
    long needed = size + more;
    if (needed <= bytes.length && (operations < FREE_OPERATIONS || hasRoomForOperations())) {
      return;
    }
    if (needed > Integer.MAX_VALUE - 16) {
      throw new IllegalArgumentException("a batch of more than 2 GiB");
    }
    long ample =
        needed > RETAINED_BYTES ? needed + needed / 16 : Math.max(needed, 2L * bytes.length);
    // What is there exists twice while it is copied.
    long before = isEmpty() ? 0 : bytes.length;
    long room = most - before - operations * (long) OPERATION_BYTES - beside;
    if (needed > room) {
      throw new TooLargeException(most);
    }
    grow((int) needed, (int) Math.min(Math.min(Integer.MAX_VALUE - 16, room), ample));
  }

  /** What was {@linkplain #expect expected} may have taken all the room that there is. */
  private boolean hasRoomForOperations() {
    return bytes.length + operations * (long) OPERATION_BYTES + beside <= most;
  }

  /** Makes room for so many bytes at least; what is new has {@code capacity}, which is no less. */
  private void grow(int least, int capacity) {
    if (isEmpty()) {
      // Nothing is to be copied: the one before may go first.
      bytes = null;
      bytes = empty(least, capacity);
    } else {
      bytes = Arrays.copyOf(bytes, capacity);
    }
  }

  private byte[] empty(int least, int capacity) {
    byte[] kept = spare.get();
    spare.clear();
    if (kept != null && kept.length >= least && kept.length <= capacity) {
      return kept;
    }
    // Not to be in memory beside what takes its place.
    kept = null;
    return new byte[capacity];
  }

  /**
   * Makes room for what will be added to an empty batch, as far as it may take so much, so that
   * nothing need be copied when it is. Small amounts are left to growth.
   */
  public void expect(long more) {
    long capacity = Math.min(Math.min(more, most), Integer.MAX_VALUE - 16);
    if (isEmpty() && capacity > LEAST_EXPECTED_BYTES && capacity > bytes.length) {
      grow((int) capacity, (int) capacity);
    }
  }

  /** Returns whether so many bytes more, in so many puts, are sure not to be too many. */
  public boolean hasRoomFor(long more, int puts) {
    long needed = size + more;
    long before = isEmpty() || needed <= bytes.length ? 0 : bytes.length;
    long its = (long) OPERATION_BYTES * (operations + puts);
    return needed <= Integer.MAX_VALUE - 16 && before + needed + its + beside <= most;
  }

  /**
   * Notes that whoever fills the batch holds so many bytes more on the heap, beside it, until it is
   * emptied.
   *
   * @throws TooLargeException if it has no room for them
   */
  public void holdsBeside(long more) {
    beside += more;
    if (most - bytes.length - operations * (long) OPERATION_BYTES < beside) {
      throw new TooLargeException(most);
    }
  }

  /** Empties the batch. */
  public void clear() {
    beside = 0;
    if (bytes.length > RETAINED_BYTES) {
      if (most < Long.MAX_VALUE && bytes.length <= most / SPARE_SHARE) {
        spare = new SoftReference<>(bytes);
      }
      bytes = new byte[512];
    }
    size = HEADER_BYTES;
    operations = 0;
  }

  /** A point to come back to with {@link #rollBack}: the batch as it is now. */
  public long mark() {
    return (long) operations << 32 | size;
  }

  /** Drops all that was added since {@code mark} was taken. */
  public void rollBack(long mark) {
    size = (int) mark;
    operations = (int) (mark >>> 32);
  }

  /** Whether nothing was added. */
  public boolean isEmpty() {
    return size == HEADER_BYTES;
  }

  /**
   * Whether this takes nothing but away, and so may be written though the disk is full: nothing is
   * put, or a range is deleted, which weighs more than what is put beside it.
   */
  public boolean takesAway() {
    Takings takings = new Takings();
    forEach(takings);
    return takings.ranges || !takings.puts;
  }

  private static final class Takings implements Visitor {
    boolean puts;
    boolean ranges;

    @Override
    public void point(
        byte kind,
        long sequence,
        byte[] bytes,
        int keyOffset,
        int keyLength,
        int valueOffset,
        int valueLength) {
      puts |= EntryKind.isPut(kind);
    }

    @Override
    public void range(long sequence, byte[] begin, byte[] end) {
      ranges = true;
    }

    @Override
    public void count(long group, long delta) {
      // Counts take no space worth speaking of.
    }

    @Override
    public void forget(long group) {
      // As do these.
    }

    @Override
    public void abandon(long sequence, byte[] begin, byte[] end) {
      ranges = true;
    }
  }

  /** Operations that take a sequence number. */
  public int operations() {
    return operations;
  }

  /** Bytes of header and operations. */
  public int size() {
    return size;
  }

  /** The array whose first {@link #size()} bytes are the batch. */
  public byte[] bytes() {
    return bytes;
  }

  /** Writes the header: the number of the first operation and the writer's time. */
  public void stamp(long sequence, long timeMillis) {
    LONG.set(bytes, 0, sequence);
    LONG.set(bytes, 8, timeMillis);
    INT.set(bytes, 16, operations);
  }

  /** The sequence number of the first operation, as last stamped. */
  public long sequence() {
    return (long) LONG.get(bytes, 0);
  }

  /** The writer's time in milliseconds, as last stamped. */
  public long timeMillis() {
    return (long) LONG.get(bytes, 8);
  }

  /**
   * Becomes the batch whose bytes these are, as they stood in a log.
   *
   * @throws IllegalArgumentException if they are not those of a batch
   */
  public void load(byte[] source, int offset, int length) {
    if (length < HEADER_BYTES) {
      throw new IllegalArgumentException("a batch of " + length + " bytes has no header");
    }
    clear();
    ensure(length);
    System.arraycopy(source, offset, bytes, 0, length);
    size = length;
    operations = (int) INT.get(bytes, 16);
    try {
      forEach(NOTHING);
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("a batch that ends within an operation", e);
    }
  }

  /** Hands every operation to {@code visitor}. */
  public void forEach(Visitor visitor) {
    long sequence = sequence();
    int at = HEADER_BYTES;
    while (at < size) {
      byte kind = bytes[at++];
      if (kind == SKIP) {
        visitor.skip(sequence++);
        continue;
      }
      if (kind == COUNT || kind == FORGET) {
        long group = Varint.get(bytes, at);
        at += Varint.length(group);
        if (kind == FORGET) {
          visitor.forget(group);
          continue;
        }
        long delta = Varint.get(bytes, at);
        at += Varint.length(delta);
        visitor.count(group, Varint.unzigzag(delta));
        continue;
      }
      int keyLength = lengthAt(at);
      int keyOffset = at + Varint.length(keyLength);
      at = keyOffset + keyLength;
      if (kind == ABANDON_PREFIX) {
        byte[] prefix = Arrays.copyOfRange(bytes, keyOffset, at);
        visitor.abandon(sequence++, prefix, AbandonedRanges.successor(prefix));
      } else if (kind == EntryKind.DELETE_RANGE || kind == ABANDON) {
        int endLength = lengthAt(at);
        int endOffset = at + Varint.length(endLength);
        at = endOffset + endLength;
        byte[] begin = Arrays.copyOfRange(bytes, keyOffset, keyOffset + keyLength);
        byte[] end = Arrays.copyOfRange(bytes, endOffset, at);
        if (kind == ABANDON) {
          visitor.abandon(sequence++, begin, end);
        } else {
          visitor.range(sequence++, begin, end);
        }
      } else if (EntryKind.isPut(kind)) {
        int valueLength = lengthAt(at);
        int valueOffset = at + Varint.length(valueLength);
        at = valueOffset + valueLength;
        visitor.point(kind, sequence++, bytes, keyOffset, keyLength, valueOffset, valueLength);
      } else if (EntryKind.isPoint(kind)) {
        visitor.point(kind, sequence++, bytes, keyOffset, keyLength, at, 0);
      } else {
        throw new IllegalArgumentException("operation of unknown kind " + kind);
      }
    }
    if (at != size || sequence - sequence() != operations) {
      throw new IllegalArgumentException(
          (sequence - sequence())
              + " operations in "
              + at
              + " bytes, where the header has "
              + operations
              + " in "
              + size);
    }
  }

  private int lengthAt(int at) {
    long length = Varint.get(bytes, at);
    if (length < 0 || length > size - at) {
      throw new IllegalArgumentException("length " + length + " runs over the batch's end");
    }
    return (int) length;
  }
}

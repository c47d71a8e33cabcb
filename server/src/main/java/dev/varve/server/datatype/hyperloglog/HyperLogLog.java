package dev.varve.server.datatype.hyperloglog;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A HyperLogLog, in Redis's own bytes: which elements were seen isn't kept, only how many different
 * ones there were, to within about 0.8 %.
 *
 * <pre>
 * "HYLL" | form:u8 (0 dense, 1 sparse) | 3 zeros | count:i64, little-endian; negative: unknown
 * dense:  16,384 registers of 6 bits each, lowest bits first
 * sparse: {@link SparseRuns}
 * </pre>
 *
 * It is {@linkplain #load loaded} or {@linkplain #create made}, changed, and its {@linkplain #bytes
 * bytes} are stored by the caller. What the bytes hold may be anybody's: whatever they say, nothing
 * outside of them is touched. Each thread that executes commands has one; nothing is allocated but
 * for larger strings than any that are right. Not thread-safe.
 */
public final class HyperLogLog {
  /** How many registers there are. */
  public static final int REGISTERS = Registers.COUNT;

  private static final int HEADER_BYTES = 16;
  private static final int FORM_OFFSET = 4;
  private static final int COUNT_OFFSET = 8;
  private static final byte DENSE = 0;
  private static final byte SPARSE = 1;
  private static final int REGISTER_BITS = 6;
  private static final int REGISTER_MASK = (1 << REGISTER_BITS) - 1;
  private static final int DENSE_BYTES = HEADER_BYTES + Registers.COUNT * REGISTER_BITS / 8;

  /** A register's bits are looked for in two bytes; splitting a run takes three more. */
  private static final int ROOM = 4;

  /** How many runs are looked at, from the one before a changed one on, for ones to be joined. */
  private static final int MOST_JOINED = 5;

  private static final int RETAINED_BYTES = 64 * 1024;

  private static final int MAGIC = 'H' << 24 | 'Y' << 16 | 'L' << 8 | 'L';

  private static final ValueLayout.OfInt BIG_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final ValueLayout.OfLong LITTLE_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final VarHandle COUNT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** What has become of an element that was added, or of a register. */
  public enum Change {
    /** Nothing. */
    NONE,
    /** A register has got another value. */
    CHANGED,
    /** The bytes are no HyperLogLog. */
    CORRUPT
  }

  private byte[] bytes = new byte[DENSE_BYTES + ROOM];
  private int length;

  /** Where another form is made. */
  private byte[] spare = new byte[DENSE_BYTES + ROOM];

  /** The greatest values of several. */
  private final byte[] greatest = new byte[Registers.COUNT];

  // Its bytes

  /** Makes it an empty one. */
  public void create() {
    Arrays.fill(bytes, 0, HEADER_BYTES, (byte) 0);
    bytes[0] = 'H';
    bytes[1] = 'Y';
    bytes[2] = 'L';
    bytes[3] = 'L';
    bytes[FORM_OFFSET] = SPARSE;
    end(SparseRuns.putZeros(bytes, HEADER_BYTES, Registers.COUNT));
  }

  /**
   * Returns room for a string of a length, which the caller copies there from the first place on,
   * and then has {@linkplain #load loaded}.
   */
  public byte[] room(int stringLength) {
    if (bytes.length < stringLength + ROOM) {
      bytes = new byte[Math.max(stringLength, DENSE_BYTES) + ROOM];
    }
    length = stringLength;
    return bytes;
  }

  /**
   * Makes it what the string holds that {@link #room} was made for.
   *
   * @return whether the string begins as one; it may be corrupt nevertheless
   */
  public boolean load() {
    end(length);
    return length >= HEADER_BYTES
        && bytes[0] == 'H'
        && bytes[1] == 'Y'
        && bytes[2] == 'L'
        && bytes[3] == 'L'
        && (bytes[FORM_OFFSET] == SPARSE || (bytes[FORM_OFFSET] == DENSE && length == DENSE_BYTES));
  }

  /** Returns how many bytes of heap it takes to load a string of a length, beyond its own. */
  public static int bytesToLoad(int stringLength) {
    return stringLength > RETAINED_BYTES ? stringLength : 0;
  }

  /**
   * Whether a string, as it lies, is a HyperLogLog that knows its count.
   *
   * @see #countOf
   */
  public static boolean isCounted(MemorySegment string, long offset, int stringLength) {
    return begins(string, offset, stringLength)
        && string.get(ValueLayout.JAVA_BYTE, offset + COUNT_OFFSET + Long.BYTES - 1) >= 0;
  }

  /** Returns the count that a HyperLogLog knows. */
  public static long countOf(MemorySegment string, long offset) {
    return string.get(LITTLE_LONG, offset + COUNT_OFFSET);
  }

  /** Whether a string, as it lies, is a dense HyperLogLog. */
  public static boolean isDense(MemorySegment string, long offset, int stringLength) {
    return begins(string, offset, stringLength)
        && string.get(ValueLayout.JAVA_BYTE, offset + FORM_OFFSET) == DENSE;
  }

  private static boolean begins(MemorySegment string, long offset, int stringLength) {
    if (stringLength < HEADER_BYTES || string.get(BIG_INT, offset) != MAGIC) {
      return false;
    }
    byte form = string.get(ValueLayout.JAVA_BYTE, offset + FORM_OFFSET);
    return form == SPARSE || (form == DENSE && stringLength == DENSE_BYTES);
  }

  /** Whether an element changes nothing of a dense one, as it lies. */
  public static boolean hasSeen(
      MemorySegment dense, long offset, ByteBuf buffer, int elementOffset, int elementLength) {
    long hash = MurmurHash64A.hash(buffer, elementOffset, elementLength);
    int bit = Registers.indexOf(hash) * REGISTER_BITS;
    long at = offset + HEADER_BYTES + (bit >>> 3);
    int pair = dense.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
    if ((bit & 7) > Byte.SIZE - REGISTER_BITS) {
      pair |= (dense.get(ValueLayout.JAVA_BYTE, at + 1) & 0xFF) << Byte.SIZE;
    }
    return (pair >>> (bit & 7) & REGISTER_MASK) >= Registers.valueOf(hash);
  }

  /** Lets go of what a long string took; what it holds is of no use any more. */
  public void shrink() {
    if (bytes.length > RETAINED_BYTES) {
      bytes = new byte[DENSE_BYTES + ROOM];
    }
    if (spare.length > RETAINED_BYTES) {
      spare = new byte[DENSE_BYTES + ROOM];
    }
  }

  /** Returns the array that holds its bytes, from 0 on; valid until it is changed. */
  public byte[] bytes() {
    return bytes;
  }

  /** Returns how many bytes it has. */
  public int length() {
    return length;
  }

  private void end(int itsLength) {
    length = itsLength;
    // Bytes after the end are looked at, and must be the same each time.
    Arrays.fill(bytes, length, Math.min(bytes.length, length + ROOM), (byte) 0);
  }

  /** Whether its registers all take the same room. */
  public boolean isDense() {
    return bytes[FORM_OFFSET] == DENSE;
  }

  /** Returns the place after the run at a place of the sparse form. */
  private int next(int at) {
    return at + SparseRuns.size(bytes[at]);
  }

  // Counting

  /** Whether it knows its count. */
  public boolean isCounted() {
    return bytes[COUNT_OFFSET + Long.BYTES - 1] >= 0;
  }

  /** Returns the count that it knows. */
  public long count() {
    return (long) COUNT.get(bytes, COUNT_OFFSET);
  }

  /** Forgets its count, as it has changed. */
  public void forgetCount() {
    bytes[COUNT_OFFSET + Long.BYTES - 1] |= (byte) 0x80;
  }

  /**
   * Estimates the count, and keeps it.
   *
   * @return false if it is corrupt
   */
  public boolean estimate() {
    int[] histogram = Registers.histogram();
    if (isDense()) {
      for (int i = 0; i < Registers.COUNT; i++) {
        histogram[register(i)]++;
      }
    } else if (!countRuns(histogram)) {
      return false;
    }
    COUNT.set(bytes, COUNT_OFFSET, Registers.estimate(histogram));
    return true;
  }

  private boolean countRuns(int[] histogram) {
    int registers = 0;
    for (int at = HEADER_BYTES; at < length; at = next(at)) {
      int run = SparseRuns.length(bytes, at);
      registers += run;
      if (registers > Registers.COUNT) {
        return false;
      }
      histogram[SparseRuns.value(bytes[at])] += run;
    }
    return registers == Registers.COUNT;
  }

  // Registers

  /** Returns the value of a register of the dense form. */
  public int register(int index) {
    int bit = index * REGISTER_BITS;
    int at = HEADER_BYTES + (bit >>> 3);
    int pair = (bytes[at] & 0xFF) | (bytes[at + 1] & 0xFF) << Byte.SIZE;
    return pair >>> (bit & 7) & REGISTER_MASK;
  }

  private static void put(byte[] target, int index, int value) {
    int bit = index * REGISTER_BITS;
    int at = HEADER_BYTES + (bit >>> 3);
    int shift = bit & 7;
    int pair = (target[at] & 0xFF) | (target[at + 1] & 0xFF) << Byte.SIZE;
    pair = (pair & ~(REGISTER_MASK << shift)) | value << shift;
    target[at] = (byte) pair;
    target[at + 1] = (byte) (pair >>> Byte.SIZE);
  }

  /** Gives a register of a dense one a value, whatever it has; for tests of the registers. */
  void put(int index, int value) {
    put(bytes, index, value);
  }

  /**
   * Adds an element.
   *
   * @param most the bytes that the sparse form may have; beyond, it becomes dense
   */
  public Change add(ByteBuf buffer, int offset, int elementLength, long most) {
    long hash = MurmurHash64A.hash(buffer, offset, elementLength);
    return raise(Registers.indexOf(hash), Registers.valueOf(hash), most);
  }

  /** Gives a register a value, unless it has as much. */
  private Change raise(int index, int value, long most) {
    if (!isDense()) {
      return raiseSparse(index, value, most);
    }
    if (register(index) >= value) {
      return Change.NONE;
    }
    put(bytes, index, value);
    return Change.CHANGED;
  }

  private Change raiseSparse(int index, int value, long most) {
    if (value > SparseRuns.GREATEST_VALUE) {
      return raiseAsDense(index, value);
    }
    int before = HEADER_BYTES;
    int at = HEADER_BYTES;
    int first = 0;
    while (at < length && first + SparseRuns.length(bytes, at) <= index) {
      first += SparseRuns.length(bytes, at);
      before = at;
      at = next(at);
    }
    if (at >= length || next(at) > length) {
      return Change.CORRUPT;
    }
    byte run = bytes[at];
    if (SparseRuns.value(run) >= value) {
      return Change.NONE;
    }
    int size = split(at, index - first, value);
    int more = size - SparseRuns.size(run);
    if (more > 0 && length + more > most) {
      return raiseAsDense(index, value);
    }
    replace(at, SparseRuns.size(run), size);
    join(before);
    forgetCount();
    return Change.CHANGED;
  }

  private Change raiseAsDense(int index, int value) {
    if (!toDense()) {
      return Change.CORRUPT;
    }
    put(bytes, index, value);
    return Change.CHANGED;
  }

  /**
   * Writes to {@link #spare} what becomes of the run at a place when one of its registers gets a
   * value of its own.
   *
   * @return how many bytes that are
   */
  private int split(int at, int register, int value) {
    byte run = bytes[at];
    int behind = SparseRuns.length(bytes, at) - register - 1;
    int end = 0;
    if (SparseRuns.isValue(run)) {
      int old = SparseRuns.value(run);
      end = register == 0 ? end : SparseRuns.putValue(spare, end, old, register);
      end = SparseRuns.putValue(spare, end, value, 1);
      end = behind == 0 ? end : SparseRuns.putValue(spare, end, old, behind);
    } else {
      end = SparseRuns.putZeros(spare, end, register);
      end = SparseRuns.putValue(spare, end, value, 1);
      end = SparseRuns.putZeros(spare, end, behind);
    }
    return end;
  }

  /** Puts the first bytes of {@link #spare} in the place of others. */
  private void replace(int at, int oldSize, int newSize) {
    int longer = length + newSize - oldSize;
    if (longer + ROOM > bytes.length) {
      bytes = Arrays.copyOf(bytes, longer + ROOM);
    }
    System.arraycopy(bytes, at + oldSize, bytes, at + newSize, length - at - oldSize);
    System.arraycopy(spare, 0, bytes, at, newSize);
    end(longer);
  }

  /** Makes one of runs that are neighbours and have the same value, where that can be written. */
  private void join(int from) {
    int at = from;
    for (int left = MOST_JOINED; left > 0 && at < length; left--) {
      if (SparseRuns.isValue(bytes[at]) && at + 1 < length && joins(at)) {
        System.arraycopy(bytes, at + 1, bytes, at, length - at - 1);
        end(length - 1);
      } else {
        at = next(at);
      }
    }
  }

  private boolean joins(int at) {
    byte one = bytes[at];
    byte other = bytes[at + 1];
    if (!SparseRuns.isValue(other) || SparseRuns.value(one) != SparseRuns.value(other)) {
      return false;
    }
    int both = SparseRuns.length(bytes, at) + SparseRuns.length(bytes, at + 1);
    if (both > SparseRuns.MOST_OF_VALUE) {
      return false;
    }
    SparseRuns.putValue(bytes, at + 1, SparseRuns.value(one), both);
    return true;
  }

  /**
   * Gives all registers the same room.
   *
   * @return false if it is corrupt
   */
  public boolean toDense() {
    if (isDense()) {
      return true;
    }
    if (spare.length < DENSE_BYTES + ROOM) {
      spare = new byte[DENSE_BYTES + ROOM];
    }
    Arrays.fill(spare, (byte) 0);
    int index = 0;
    for (int at = HEADER_BYTES; at < length; at = next(at)) {
      int run = SparseRuns.length(bytes, at);
      if (index + run > Registers.COUNT) {
        return false;
      }
      int value = SparseRuns.value(bytes[at]);
      for (int i = index; value > 0 && i < index + run; i++) {
        put(spare, i, value);
      }
      index += run;
    }
    if (index != Registers.COUNT) {
      return false;
    }
    System.arraycopy(bytes, 0, spare, 0, HEADER_BYTES);
    spare[FORM_OFFSET] = DENSE;
    byte[] free = bytes;
    bytes = spare;
    spare = free;
    length = DENSE_BYTES;
    return true;
  }

  // Several at once

  /** Begins to look for the greatest values of several. */
  public void beginUnion() {
    Arrays.fill(greatest, (byte) 0);
  }

  /**
   * Has its registers taken into account.
   *
   * @return false if it is corrupt
   */
  public boolean addToUnion() {
    if (isDense()) {
      for (int i = 0; i < Registers.COUNT; i++) {
        greatest[i] = (byte) Math.max(greatest[i], register(i));
      }
      return true;
    }
    int index = 0;
    for (int at = HEADER_BYTES; at < length; at = next(at)) {
      int run = SparseRuns.length(bytes, at);
      if (index + run > Registers.COUNT) {
        return false;
      }
      int value = SparseRuns.value(bytes[at]);
      for (int i = index; value > 0 && i < index + run; i++) {
        greatest[i] = (byte) Math.max(greatest[i], value);
      }
      index += run;
    }
    return index == Registers.COUNT;
  }

  /** Estimates how many different elements all that were taken into account have seen. */
  public long estimateUnion() {
    int[] histogram = Registers.histogram();
    for (byte value : greatest) {
      histogram[value]++;
    }
    return Registers.estimate(histogram);
  }

  /** Gives its registers the greatest values, where it has less; see {@link #add}. */
  public void takeUnion(long most) {
    for (int i = 0; i < Registers.COUNT; i++) {
      if (greatest[i] > 0) {
        raise(i, greatest[i], most);
      }
    }
    forgetCount();
  }

  /** Returns the runs of a sparse one, as PFDEBUG DECODE shows them. */
  public String decoded() {
    StringBuilder text = new StringBuilder();
    for (int at = HEADER_BYTES; at < length; at = next(at)) {
      byte run = bytes[at];
      if (!text.isEmpty()) {
        text.append(' ');
      }
      if (SparseRuns.isValue(run)) {
        text.append("v:").append(SparseRuns.value(run)).append(',');
      } else {
        text.append(SparseRuns.size(run) == 2 ? "Z:" : "z:");
      }
      text.append(SparseRuns.length(bytes, at));
    }
    return text.toString();
  }
}

package dev.varve.server.datatype.string;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.server.datatype.CommandMemory;
import dev.varve.server.datatype.ElementWalk;
import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.datatype.collection.CollectionLimits;
import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.IntSupplier;

/**
 * The string that the selected key of a {@link Keyspace} holds, be it whole or in chunks.
 *
 * <p>A string is whole until a part of it is changed and it is long: then it is kept in chunks,
 * elements of their own, so that a change costs what it changes. A chunk that isn't there is zeros,
 * as is what a chunk lacks at its end. Whatever gives the key a string as a whole makes it whole.
 *
 * <pre>
 * head  := encoding:u8 | database id:u32 | collection id:u48 | length:varint
 *          | bytes of a chunk:varint | chunks that are there:varint
 * chunk := part 1 | number:u32 -> bytes
 * </pre>
 *
 * <p>It is found, read or changed, and stored, before another key is selected. Not thread-safe.
 */
public final class StringValue {
  /** So many bytes are gone through in the time that an element of a collection takes. */
  public static final int BYTES_AN_ELEMENT = 256;

  private static final byte CHUNKS = 1;

  private static final int KEY_BYTES = 1 + Integer.BYTES;

  /** So few chunks are looked up, each by itself: a walk takes longer to begin. */
  private static final int FEW_CHUNKS = 4;

  /** More than a chunk takes in a batch beside its bytes. */
  private static final int CHUNK_OVERHEAD = 32;

  private static final int NONE = -1;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private final Keyspace keyspace;
  private final CollectionLimits limits;
  private final IntSupplier mostWhole;

  /** Whether the key holds one. */
  private boolean live;

  private boolean chunked;
  private int length;

  // Of one in chunks.
  private long id;
  private int databaseId;
  private int chunkBytes;
  private int chunks;
  private boolean wasChunked;
  private boolean headChanged;

  /** No chunk is there that begins here or behind. */
  private int chunksEnd;

  /** The number of the chunk that was looked up last; {@link #NONE} if none was. */
  private int chunkAt = NONE;

  private boolean chunkThere;

  /** All of a string in chunks, once somebody wants it in one piece; null: nobody has. */
  private MemorySegment whole;

  private byte single;

  private final Source ofSingle =
      (_, target, at, _) -> {
        target[at] = single;
      };

  /** Takes a string's bytes, piece by piece in their order. */
  public interface Pieces {
    /** Takes bytes; returns whether more are wanted. */
    boolean bytes(MemorySegment segment, long offset, int length);

    /** Takes so many zeros; returns whether more is wanted. */
    boolean zeros(int length);
  }

  /** Gives the bytes that are written. */
  @FunctionalInterface
  public interface Source {
    /** Copies so many bytes, from a place among those to be written on, to a place of an array. */
    void copy(int from, byte[] target, int at, int count);
  }

  /**
   * Makes one for the keys of a keyspace.
   *
   * @param mostWhole the most bytes of a string that may be in memory as a whole
   */
  public StringValue(Keyspace keyspace, CollectionLimits limits, IntSupplier mostWhole) {
    this.keyspace = keyspace;
    this.limits = limits;
    this.mostWhole = mostWhole;
  }

  // Finding

  /**
   * Looks the selected key up; one that isn't there is an empty string.
   *
   * @return whether it is there
   * @throws dev.varve.server.datatype.WrongTypeException if it holds something else
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public boolean find() {
    return load(keyspace.findString());
  }

  /** As {@link #find}, and counts the lookup as a hit or a miss. */
  public boolean findCounted() {
    return load(keyspace.findStringCounted());
  }

  /** As {@link #findCounted}, for who wants its length before its bytes, or nothing else. */
  public boolean findLengthCounted() {
    return load(keyspace.findCounted(ValueType.STRING));
  }

  /** Takes up what the selected key, which was found, holds: a string. */
  public void found() {
    load(true);
  }

  private boolean load(boolean found) {
    live = found;
    chunkAt = NONE;
    whole = null;
    headChanged = false;
    chunked = live && keyspace.isSpread();
    wasChunked = chunked;
    if (chunked) {
      loadHead(keyspace.valueSegment(), keyspace.valueOffset());
    } else {
      length = live ? keyspace.valueLength() : 0;
    }
    return live;
  }

  private void loadHead(MemorySegment head, long offset) {
    id = KeyLayout.collectionId(head, offset);
    databaseId = keyspace.selectedDatabaseId();
    long at = offset + KeyLayout.HEAD_BYTES;
    length = (int) Varint.get(head, at);
    at += Varint.length(length);
    chunkBytes = (int) Varint.get(head, at);
    chunks = (int) Varint.get(head, at + Varint.length(chunkBytes));
    chunksEnd = length;
    elements().of(databaseId, id);
  }

  private Elements elements() {
    return keyspace.elements();
  }

  /** Whether the key holds a string, as it was found. */
  public boolean isLive() {
    return live;
  }

  /** Its length in bytes; 0 if there is none. */
  public int length() {
    return length;
  }

  /** Whether it is kept in chunks. */
  public boolean isChunked() {
    return chunked;
  }

  /** Whether to go through all of it takes long, and more than its own memory. */
  public boolean isLong() {
    return chunked && Keyspace.takesTime(length / BYTES_AN_ELEMENT);
  }

  // Reading

  /** Returns a byte; beyond the end all are 0. */
  public int byteAt(long index) {
    if (index >= length) {
      return 0;
    }
    if (!chunked) {
      return byteOf(keyspace.valueSegment(), keyspace.valueOffset() + index);
    }
    int within = (int) index % chunkBytes;
    return findChunk((int) index / chunkBytes) && within < elements().valueLength()
        ? byteOf(elements().valueSegment(), elements().valueOffset() + within)
        : 0;
  }

  private static int byteOf(MemorySegment segment, long offset) {
    return segment.get(ValueLayout.JAVA_BYTE, offset) & 0xFF;
  }

  private void key(int number) {
    byte[] key = elements().key(KEY_BYTES);
    key[Elements.PREFIX_BYTES] = CHUNKS;
    INT.set(key, Elements.PREFIX_BYTES + 1, number);
  }

  private boolean findChunk(int number) {
    if (chunkAt != number) {
      chunkAt = NONE;
      key(number);
      chunkThere = elements().find();
      chunkAt = number;
    }
    return chunkThere;
  }

  /**
   * Goes through some of its bytes, as long as more are wanted. A piece is valid until the next.
   *
   * @param from the first byte
   * @param count how many, at least one; there are so many
   * @throws dev.varve.server.datatype.ReadNeeded if there are many chunks and little time, or only
   *     the disk knows one
   */
  public void forEach(int from, int count, Pieces pieces) {
    if (!chunked) {
      pieces.bytes(keyspace.valueSegment(), keyspace.valueOffset() + from, count);
      return;
    }
    keyspace.needTime(count / BYTES_AN_ELEMENT);
    int first = from / chunkBytes;
    int last = (from + count - 1) / chunkBytes;
    if (last - first < FEW_CHUNKS) {
      lookThrough(first, last, from, from + count, pieces);
    } else {
      walkThrough(first, last, from, from + count, pieces);
    }
  }

  private void lookThrough(int first, int last, int from, int to, Pieces pieces) {
    int at = from;
    for (int number = first; number <= last; number++) {
      int end = Math.min(to, (number + 1) * chunkBytes);
      boolean more =
          findChunk(number)
              ? piece(
                  elements().valueSegment(),
                  elements().valueOffset(),
                  elements().valueLength(),
                  at - number * chunkBytes,
                  end - at,
                  pieces)
              : pieces.zeros(end - at);
      if (!more) {
        return;
      }
      at = end;
    }
  }

  private void walkThrough(int first, int last, int from, int to, Pieces pieces) {
    chunkAt = NONE;
    key(first);
    byte[] behind = new byte[Integer.BYTES];
    INT.set(behind, 0, last + 1);
    int at = from;
    try (ElementWalk walk = elements().walk(behind, false)) {
      for (; walk.isValid(); walk.next()) {
        int number = (int) INT.get(walk.key(), Elements.PREFIX_BYTES + 1);
        int begin = number * chunkBytes;
        if (at < begin) {
          if (!pieces.zeros(begin - at)) {
            return;
          }
          at = begin;
        }
        int end = Math.min(to, begin + chunkBytes);
        MemorySegment segment = walk.valueSegment();
        if (!piece(
            segment, walk.valueOffset(), walk.valueLength(), at - begin, end - at, pieces)) {
          return;
        }
        at = end;
      }
    }
    if (at < to) {
      pieces.zeros(to - at);
    }
  }

  /** Hands on bytes of a chunk, from one within it on: what it lacks is zeros. */
  private static boolean piece(
      MemorySegment segment, long offset, int stored, int within, int count, Pieces pieces) {
    int there = Math.min(stored - within, count);
    if (there <= 0) {
      return pieces.zeros(count);
    }
    return pieces.bytes(segment, offset + within, there)
        && (there == count || pieces.zeros(count - there));
  }

  /** Copies some of its bytes. */
  public void copy(int from, int count, byte[] target, int offset) {
    if (count == 0) {
      return;
    }
    forEach(
        from,
        count,
        new Pieces() {
          private int at = offset;

          @Override
          public boolean bytes(MemorySegment segment, long place, int bytes) {
            MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, place, target, at, bytes);
            at += bytes;
            return true;
          }

          @Override
          public boolean zeros(int zeros) {
            Arrays.fill(target, at, at + zeros, (byte) 0);
            at += zeros;
            return true;
          }
        });
  }

  /**
   * Returns memory that has all of it in one piece, from {@link #offset} on; of one in chunks, a
   * copy on the heap.
   *
   * @throws CommandMemory.ExceededException if there is too much of it for that
   */
  public MemorySegment segment() {
    if (!chunked) {
      return keyspace.valueSegment();
    }
    if (whole == null) {
      checkWhole(length);
      keyspace.holdsIfChanging(length);
      byte[] bytes = new byte[length];
      copy(0, length, bytes, 0);
      whole = MemorySegment.ofArray(bytes);
    }
    return whole;
  }

  /** Where in {@link #segment} it begins. */
  public long offset() {
    return chunked ? 0 : keyspace.valueOffset();
  }

  /** Returns a copy of all of it; see {@link #segment}. */
  public byte[] bytes() {
    byte[] copy = new byte[length];
    MemorySegment.copy(segment(), ValueLayout.JAVA_BYTE, offset(), copy, 0, length);
    return copy;
  }

  private void checkWhole(int bytes) {
    int most = mostWhole.getAsInt();
    if (bytes > most) {
      throw new CommandMemory.ExceededException(bytes, most);
    }
  }

  // Changing

  /**
   * Writes bytes; where they begin behind the end, zeros fill what is between. The key keeps its
   * deadline.
   *
   * @param offset the place of the first one
   * @param count how many, at least one
   * @throws CommandMemory.ExceededException if the string would have to be whole, and is too long
   */
  public void write(int offset, int count, Source source) {
    int newLength = Math.max(length, offset + count);
    if (beginChunks(newLength, count)) {
      put(offset, count, source);
      store();
    } else {
      int at = reserveWhole(newLength);
      source.copy(0, keyspace.batchBytes(), at + offset, count);
    }
  }

  /** As {@link #write(int, int, Source)}, of one byte. */
  public void write(int offset, int value) {
    single = (byte) value;
    write(offset, 1, ofSingle);
  }

  /**
   * Has it in chunks, if that is the better way to make a change.
   *
   * @param newLength its length afterwards, not less than it is
   * @param written how many bytes will be written
   * @return whether it is in chunks now: then bytes are {@link #put}, and it is {@link #store
   *     stored}. If not it is {@linkplain #reserveWhole written as a whole}
   */
  public boolean beginChunks(int newLength, int written) {
    if (!chunked) {
      boolean worthIt = newLength > limits.wholeStringBytes() && written < newLength / 2;
      if (!worthIt || !hasRoomForChunks(written)) {
        return false;
      }
      spread();
    }
    if (newLength != length) {
      length = newLength;
      headChanged = true;
    }
    return true;
  }

  private boolean hasRoomForChunks(int written) {
    long bytes = (long) length + written;
    int its = limits.chunkBytes();
    return keyspace.hasRoomFor(bytes + its, (int) (bytes / its) + 2, CHUNK_OVERHEAD);
  }

  private void spread() {
    MemorySegment segment = length == 0 ? MemorySegment.NULL : keyspace.valueSegment();
    long offset = length == 0 ? 0 : keyspace.valueOffset();
    begin();
    keyspace.expect(length + (long) length / chunkBytes * CHUNK_OVERHEAD);
    for (int from = 0; from < length; from += chunkBytes) {
      putUnlessZeros(from, Math.min(chunkBytes, length - from), segment, offset + from);
    }
  }

  /** Gives it an id, and no chunks. */
  private void begin() {
    chunked = true;
    headChanged = true;
    chunkBytes = limits.chunkBytes();
    chunks = 0;
    chunksEnd = 0;
    chunkAt = NONE;
    id = keyspace.newCollectionId();
    databaseId = keyspace.selectedDatabaseId();
    elements().of(databaseId, id);
  }

  private void putUnlessZeros(int from, int count, MemorySegment segment, long offset) {
    if (!isZeros(segment, offset, count)) {
      int at = reserve(from / chunkBytes, 0, count);
      byte[] target = keyspace.batchBytes();
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, target, at, count);
    }
  }

  private static boolean isZeros(MemorySegment segment, long offset, int count) {
    int at = 0;
    for (; at + Long.BYTES <= count; at += Long.BYTES) {
      if (segment.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + at) != 0) {
        return false;
      }
    }
    for (; at < count; at++) {
      if (segment.get(ValueLayout.JAVA_BYTE, offset + at) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Writes bytes within its length, once it is in chunks; to be {@linkplain #store stored}. */
  public void put(int offset, int count, Source source) {
    int done = 0;
    while (done < count) {
      int place = offset + done;
      int within = place % chunkBytes;
      int piece = Math.min(chunkBytes - within, count - done);
      int at = reserve(place / chunkBytes, within, piece);
      source.copy(done, keyspace.batchBytes(), at, piece);
      done += piece;
    }
  }

  /** As {@link #put(int, int, Source)}, of one byte. */
  public void put(int offset, int value) {
    single = (byte) value;
    put(offset, 1, ofSingle);
  }

  /**
   * Puts a chunk as it is but for some bytes, which the caller writes to the batch from the place
   * on that is returned.
   */
  private int reserve(int number, int within, int count) {
    boolean there = number * chunkBytes < chunksEnd && findChunk(number);
    int stored = there ? elements().valueLength() : 0;
    MemorySegment segment = elements().valueSegment();
    long offset = elements().valueOffset();
    key(number);
    int at = elements().put(Math.max(stored, within + count));
    byte[] target = keyspace.batchBytes();
    if (there) {
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, target, at, stored);
    } else {
      chunks++;
      headChanged = true;
      chunksEnd = Math.max(chunksEnd, (number + 1) * chunkBytes);
    }
    if (stored < within) {
      Arrays.fill(target, at + stored, at + within, (byte) 0);
    }
    chunkAt = NONE;
    return at + within;
  }

  /** Stores what has changed of a string in chunks. */
  public void store() {
    if (headChanged) {
      storeHead(live ? keyspace.deadline() : NO_DEADLINE);
    }
  }

  private void storeHead(long deadline) {
    int bytes =
        KeyLayout.HEAD_BYTES
            + Varint.length(length)
            + Varint.length(chunkBytes)
            + Varint.length(chunks);
    int at = keyspace.reserve(ValueType.STRING, true, wasChunked, deadline, null, bytes);
    byte[] target = keyspace.batchBytes();
    target[at] = 0;
    KeyLayout.putIds(target, at, databaseId, id);
    int behind = Varint.put(target, at + KeyLayout.HEAD_BYTES, length);
    behind = Varint.put(target, behind, chunkBytes);
    Varint.put(target, behind, chunks);
  }

  /**
   * Gives the key it as a whole, with zeros at its end if it is longer; the caller changes it at
   * the place of {@link Keyspace#batchBytes} that is returned. One in chunks isn't made whole.
   *
   * @throws CommandMemory.ExceededException if it is too long for that
   */
  public int reserveWhole(int newLength) {
    checkWhole(newLength);
    MemorySegment segment = length == 0 ? MemorySegment.NULL : keyspace.valueSegment();
    long offset = length == 0 ? 0 : keyspace.valueOffset();
    int at = keyspace.reserve(live ? keyspace.deadline() : NO_DEADLINE, newLength);
    byte[] target = keyspace.batchBytes();
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, target, at, length);
    Arrays.fill(target, at + length, at + newLength, (byte) 0);
    return at;
  }

  // Making a new one

  /** Whether a new one of a length, of which so many bytes are known not to be zeros alone, is to be in chunks. */
  public boolean isBetterInChunks(int itsLength, long bytes) {
    return itsLength > limits.wholeStringBytes()
        && (bytes < itsLength / 2 || itsLength > mostWhole.getAsInt());
  }

  /**
   * Gives the selected key, which has been looked up, a string as a whole and no deadline; the
   * caller writes it to {@link Keyspace#batchBytes} from the returned place on.
   *
   * @throws CommandMemory.ExceededException if it is too long for that
   */
  public int reserveNew(int itsLength) {
    checkWhole(itsLength);
    return keyspace.reserve(NO_DEADLINE, itsLength);
  }

  /**
   * Gives the selected key, which has been looked up, a string of zeros in chunks, whatever it has
   * held, and no deadline.
   *
   * @param windows its bytes, in arrays of the same length, a multiple of 64, but for what is
   *     behind its end; null: zeros
   */
  public void create(int itsLength, byte[][] windows, int windowBytes) {
    live = false;
    wasChunked = false;
    length = itsLength;
    begin();
    for (int number = 0; number < windows.length; number++) {
      if (windows[number] != null) {
        int from = number * windowBytes;
        createWindow(from, Math.min(windowBytes, length - from), windows[number]);
      }
    }
    storeHead(NO_DEADLINE);
  }

  private void createWindow(int from, int count, byte[] window) {
    MemorySegment segment = MemorySegment.ofArray(window);
    int at = 0;
    while (at < count) {
      int within = (from + at) % chunkBytes;
      int piece = Math.min(chunkBytes - within, count - at);
      if (within == 0) {
        putUnlessZeros(from + at, piece, segment, at);
      } else if (!isZeros(segment, at, piece)) {
        int place = reserve((from + at) / chunkBytes, within, piece);
        System.arraycopy(window, at, keyspace.batchBytes(), place, piece);
      }
      at += piece;
    }
  }
}

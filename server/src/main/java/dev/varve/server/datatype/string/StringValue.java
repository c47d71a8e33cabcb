package dev.varve.server.datatype.string;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.server.datatype.CommandMemory;
import dev.varve.server.datatype.ElementWalk;
import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.datatype.collection.CollectionLimits;
import dev.varve.storage.PartVisitor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.IntSupplier;

/**
 * The string that the selected key of a {@link Keyspace} holds, be it whole or in chunks.
 *
 * <p>A string is whole until a part of it is changed and it is long: then it is kept in chunks,
 * elements of their own, so that a change costs what it changes. Small changes of a chunk are kept
 * beside it until they are many, so that walks have few chunks to go through, and a change of a bit
 * writes some bytes. A chunk that isn't there is zeros, as is what a chunk lacks at its end.
 * Whatever gives the key a string as a whole makes it whole. {@link ChunkLayout} says what is
 * stored.
 *
 * <p>It is found, read or changed, and stored, before another key is selected. Not thread-safe.
 */
public final class StringValue {
  /** So few chunks are looked up, each by itself: a walk takes longer to begin. */
  private static final int FEW_CHUNKS = 4;

  /** More than an element takes in a batch beside its bytes. */
  private static final int ELEMENT_OVERHEAD = 32;

  /** More than a head takes in a batch, but for the key, and what else is put with it. */
  private static final int HEAD_OVERHEAD = 1024;

  private static final int NONE = -1;

  private final Keyspace keyspace;
  private final CollectionLimits limits;
  private final IntSupplier mostWhole;

  /** Whether the key holds one. */
  private boolean live;

  private boolean chunked;
  private int length;

  // If it is in chunks.
  private long id;
  private int databaseId;
  private int chunkBytes;
  private int there;
  private boolean wasChunked;
  private boolean headChanged;

  /** No chunk is there that begins here or further on. */
  private int chunksEnd;

  /** The number of the chunk whose changes are at hand; {@link #NONE} if none's are. */
  private int changesAt = NONE;

  private final ChunkChanges changes = new ChunkChanges();

  /** Whether they are stored, be they none. */
  private boolean changesThere;

  /** The number of the chunk whose bytes were looked up last; {@link #NONE} if none's were. */
  private int bytesAt = NONE;

  private boolean bytesThere;

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

    /**
     * Whether bytes may come as they were before changes that are kept beside them, which are
     * {@linkplain #change told} then: it spares a copy.
     */
    default boolean takesChanges() {
      return false;
    }

    /**
     * Takes a change of what has come already. A byte may change more than once.
     *
     * @param index the byte's place in the string
     * @param before what it was, from 0 to 255
     * @param after what it is
     */
    default void change(int index, int before, int after) {
      throw new UnsupportedOperationException("changes were not asked for");
    }
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

  /** As {@link #find}, for who goes {@linkplain #forEach through} it, or wants its length. */
  public boolean findLength() {
    return load(keyspace.find(ValueType.STRING));
  }

  /**
   * As {@link #findCounted}, for who goes {@linkplain #forEach through} it, or wants its length.
   */
  public boolean findLengthCounted() {
    return load(keyspace.findCounted(ValueType.STRING));
  }

  /** Takes up what the selected key, which was found, holds: a string. */
  public void found() {
    load(true);
  }

  private boolean load(boolean found) {
    live = found;
    forgetChunk();
    headChanged = false;
    chunked = live && keyspace.selected().isSpread();
    wasChunked = chunked;
    if (chunked) {
      loadHead(keyspace.selected().valueSegment(), keyspace.selected().valueOffset());
    } else {
      length = live ? keyspace.selected().valueLength() : 0;
    }
    return live;
  }

  private void loadHead(MemorySegment head, long offset) {
    id = KeyLayout.collectionId(head, offset);
    databaseId = keyspace.selected().databaseId();
    length = ChunkLayout.length(head, offset);
    chunkBytes = ChunkLayout.chunkBytes(head, offset);
    there = ChunkLayout.elements(head, offset);
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

  /** Whether to go through all of it takes long, as it is in many chunks, or has to be read. */
  public boolean isLong() {
    return (chunked || !keyspace.selected().hasValueAtHand())
        && Keyspace.takesTime(length / Keyspace.BYTES_AN_ELEMENT);
  }

  /** How many of its bytes may be something else than zeros, as far as is known without reading. */
  public long mostOtherThanZeros() {
    return chunked ? Math.min(length, (long) there * chunkBytes) : length;
  }

  // Reading

  /** Returns a byte; beyond the end all are 0. */
  public int byteAt(long index) {
    if (index >= length) {
      return 0;
    }
    if (!chunked) {
      return byteOf(keyspace.selected().valueSegment(), keyspace.selected().valueOffset() + index);
    }
    int number = (int) index / chunkBytes;
    int within = (int) index % chunkBytes;
    findChanges(number);
    int changed = changes.placeOf(within);
    if (changed != ChunkChanges.NONE) {
      return changes.byteAt(changed);
    }
    return findBytes(number) && within < elements().valueLength()
        ? byteOf(elements().valueSegment(), elements().valueOffset() + within)
        : 0;
  }

  private static int byteOf(MemorySegment segment, long offset) {
    return segment.get(ValueLayout.JAVA_BYTE, offset) & 0xFF;
  }

  private void key(int number, byte kind) {
    ChunkLayout.putKey(elements().key(ChunkLayout.KEY_BYTES), 0, number, kind);
  }

  private void forgetChunk() {
    changesAt = NONE;
    bytesAt = NONE;
  }

  /** Has the changes of a chunk at hand. */
  private void findChanges(int number) {
    if (changesAt == number) {
      return;
    }
    forgetChunk();
    key(number, ChunkLayout.CHANGES);
    changesThere = elements().find();
    if (changesThere) {
      changes.load(elements().valueSegment(), elements().valueOffset(), elements().valueLength());
    } else {
      changes.clear();
    }
    changesAt = number;
  }

  private boolean findBytes(int number) {
    if (bytesAt != number) {
      bytesAt = NONE;
      key(number, ChunkLayout.BYTES);
      bytesThere = elements().find();
      bytesAt = number;
    }
    return bytesThere;
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
      keyspace.selected().forEachPiece(from, count, new WhileWanted(pieces));
      return;
    }
    keyspace.needTime(count / Keyspace.BYTES_AN_ELEMENT);
    int first = from / chunkBytes;
    int last = (from + count - 1) / chunkBytes;
    if (last - first < FEW_CHUNKS) {
      lookThrough(first, last, from, from + count, pieces);
    } else {
      walkThrough(first, last, from, from + count, pieces);
    }
  }

  /** Hands on pieces until no more are wanted. */
  private static final class WhileWanted implements PartVisitor {
    private final Pieces pieces;
    private boolean wanted = true;

    WhileWanted(Pieces pieces) {
      this.pieces = pieces;
    }

    @Override
    public void piece(MemorySegment segment, long offset, int length) {
      wanted = wanted && pieces.bytes(segment, offset, length);
    }
  }

  private void lookThrough(int first, int last, int from, int to, Pieces pieces) {
    int at = from;
    for (int number = first; number <= last; number++) {
      int begin = number * chunkBytes;
      int end = Math.min(to, begin + chunkBytes);
      findChanges(number);
      boolean isThere = findBytes(number);
      MemorySegment segment = isThere ? elements().valueSegment() : MemorySegment.NULL;
      long offset = isThere ? elements().valueOffset() : 0;
      int stored = isThere ? elements().valueLength() : 0;
      if (!chunk(segment, offset, stored, at, end - at, pieces)) {
        return;
      }
      at = end;
    }
  }

  private void walkThrough(int first, int last, int from, int to, Pieces pieces) {
    forgetChunk();
    key(first, ChunkLayout.CHANGES);
    try (ElementWalk walk = elements().walk(ChunkLayout.endOf(last), false)) {
      int at = from;
      while (at < to) {
        int number = walk.isValid() ? ChunkLayout.number(walk.key()) : NONE;
        int begin = number * chunkBytes;
        if (number == NONE || at < begin) {
          int end = number == NONE ? to : begin;
          if (!pieces.zeros(end - at)) {
            return;
          }
          at = end;
          continue;
        }
        int end = Math.min(to, begin + chunkBytes);
        if (!walkedChunk(walk, number, at, end - at, pieces)) {
          return;
        }
        at = end;
      }
    }
  }

  /** Hands on bytes of the chunk that a walk has come to, of which there is something. */
  private boolean walkedChunk(ElementWalk walk, int number, int from, int count, Pieces pieces) {
    changes.clear();
    if (ChunkLayout.isChanges(walk.key())) {
      changes.load(walk.valueSegment(), walk.valueOffset(), walk.valueLength());
      walk.next();
    }
    if (!walk.isValid() || ChunkLayout.number(walk.key()) != number) {
      return chunk(MemorySegment.NULL, 0, 0, from, count, pieces);
    }
    MemorySegment segment = walk.valueSegment();
    boolean more = chunk(segment, walk.valueOffset(), walk.valueLength(), from, count, pieces);
    walk.next();
    return more;
  }

  /**
   * Hands on bytes of a chunk, from one of the string on, with the changes at hand: what it lacks
   * is zeros.
   */
  private boolean chunk(
      MemorySegment segment, long offset, int stored, int from, int count, Pieces pieces) {
    int within = from % chunkBytes;
    if (changes.isEmpty()) {
      return handOn(segment, offset, stored, within, count, pieces);
    }
    if (pieces.takesChanges()) {
      boolean more = handOn(segment, offset, stored, within, count, pieces);
      changes.tell(segment, offset, stored, from, count, chunkBytes, pieces);
      return more;
    }
    return pieces.bytes(changes.applied(segment, offset, stored, chunkBytes), within, count);
  }

  private static boolean handOn(
      MemorySegment segment, long offset, int stored, int within, int count, Pieces pieces) {
    int given = Math.min(stored - within, count);
    if (given <= 0) {
      return pieces.zeros(count);
    }
    return pieces.bytes(segment, offset + within, given)
        && (given == count || pieces.zeros(count - given));
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
   * Copies all of it to an array, from its beginning on; the array is counted by the caller.
   *
   * @throws CommandMemory.ExceededException if there is too much of it to be in one piece
   */
  public void copyTo(byte[] target) {
    checkWhole(length);
    copy(0, length, target, 0);
  }

  /**
   * Returns a copy of all of it, which is counted as long as the command goes on.
   *
   * @throws CommandMemory.ExceededException if there is too much of it for that
   * @see Keyspace#holdsBeside
   */
  public byte[] bytes() {
    checkWhole(length);
    keyspace.holdsBeside(length);
    byte[] copy = new byte[length];
    copy(0, length, copy, 0);
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
   * Writes bytes; where they begin after the end, zeros fill what is between. The key keeps its
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
      spread(written);
    }
    if (newLength != length) {
      length = newLength;
      headChanged = true;
    }
    return true;
  }

  private boolean hasRoomForChunks(int written) {
    return keyspace.hasRoomFor(bytesOfChunks(written), mostElements(written));
  }

  /** What it takes in a batch to have it in chunks, and then some bytes written. */
  private long bytesOfChunks(int written) {
    long key = keyspace.selected().engineKey().length;
    long bytes = (long) length + written + 2L * limits.chunkBytes();
    return bytes + (long) mostElements(written) * ELEMENT_OVERHEAD + 8 * key + HEAD_OVERHEAD;
  }

  private int mostElements(int written) {
    return (length + written) / limits.chunkBytes() + 4;
  }

  private void spread(int written) {
    // As long as the batch is empty nothing has to be copied to make room.
    keyspace.expect(bytesOfChunks(written));
    MemorySegment segment = length == 0 ? MemorySegment.NULL : keyspace.selected().valueSegment();
    long offset = length == 0 ? 0 : keyspace.selected().valueOffset();
    begin();
    for (int from = 0; from < length; from += chunkBytes) {
      putUnlessZeros(from, Math.min(chunkBytes, length - from), segment, offset + from);
    }
  }

  /** Gives it an id, and no chunks. */
  private void begin() {
    chunked = true;
    headChanged = true;
    chunkBytes = limits.chunkBytes();
    there = 0;
    chunksEnd = 0;
    forgetChunk();
    id = keyspace.transaction().newCollectionId();
    databaseId = keyspace.selected().databaseId();
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
    boolean mayBe = number * chunkBytes < chunksEnd;
    if (mayBe) {
      findChanges(number);
    } else {
      forgetChunk();
      changes.clear();
      changesThere = false;
      chunksEnd = (number + 1) * chunkBytes;
    }
    int place = changes.reserve(within, count);
    int at =
        place == ChunkChanges.NONE
            ? reserveBytes(number, within, count, mayBe)
            : reserveChange(number, place);
    forgetChunk();
    return at;
  }

  private int reserveChange(int number, int place) {
    int at = putChanges(number, changes.length());
    changes.copyTo(keyspace.batchBytes(), at);
    return at + place;
  }

  private int putChanges(int number, int bytes) {
    key(number, ChunkLayout.CHANGES);
    int at = elements().put(bytes);
    comes(changesThere);
    return at;
  }

  /** Puts the chunk itself, with all changes. */
  private int reserveBytes(int number, int within, int count, boolean mayBe) {
    boolean isThere = mayBe && findBytes(number);
    int stored = isThere ? elements().valueLength() : 0;
    MemorySegment segment = isThere ? elements().valueSegment() : MemorySegment.NULL;
    long offset = isThere ? elements().valueOffset() : 0;
    int length = Math.max(Math.max(stored, within + count), changes.end());
    if (!changes.isEmpty()) {
      // They are none any more: what deletes them would be passed by walks as well.
      putChanges(number, 0);
    }
    key(number, ChunkLayout.BYTES);
    int at = elements().put(length);
    byte[] target = keyspace.batchBytes();
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, target, at, stored);
    Arrays.fill(target, at + stored, at + length, (byte) 0);
    changes.apply(target, at);
    comes(isThere);
    return at + within;
  }

  /** An element was put. */
  private void comes(boolean wasThere) {
    if (!wasThere) {
      there++;
      headChanged = true;
    }
  }

  /** Stores one that was found as it is, which is a change to who watches the key. */
  public void storeAsItIs() {
    if (chunked) {
      storeHead(keyspace.selected().deadline());
    } else {
      reserveWhole(length);
    }
  }

  /** Stores what has changed of a string in chunks. */
  public void store() {
    if (headChanged) {
      storeHead(live ? keyspace.selected().deadline() : NO_DEADLINE);
    }
  }

  private void storeHead(long deadline) {
    int bytes = ChunkLayout.headBytes(length, chunkBytes, there);
    int at = keyspace.reserve(ValueType.STRING, true, wasChunked, deadline, null, bytes);
    ChunkLayout.putHead(keyspace.batchBytes(), at, databaseId, id, length, chunkBytes, there);
  }

  /**
   * Gives the key it as a whole, with zeros at its end if it is longer; the caller changes it at
   * the place of {@link Keyspace#batchBytes} that is returned. One in chunks isn't made whole.
   *
   * @throws CommandMemory.ExceededException if it is too long for that
   */
  public int reserveWhole(int newLength) {
    checkWhole(newLength);
    MemorySegment segment = length == 0 ? MemorySegment.NULL : keyspace.selected().valueSegment();
    long offset = length == 0 ? 0 : keyspace.selected().valueOffset();
    int at = keyspace.reserve(live ? keyspace.selected().deadline() : NO_DEADLINE, newLength);
    byte[] target = keyspace.batchBytes();
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, target, at, length);
    Arrays.fill(target, at + length, at + newLength, (byte) 0);
    return at;
  }

  // Making a new one

  /**
   * Whether a new one of a length, of which so many bytes are known not to be zeros alone, is to be
   * in chunks.
   */
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
   * @param windows its bytes, in arrays of the same length, a multiple of 64, but for what is after
   *     its end; null: zeros
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

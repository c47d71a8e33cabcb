package dev.varve.server.datatype;

import dev.varve.storage.Cursor;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.AbandonedRanges;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The elements of spread collections, as one thread's commands see them over their {@link
 * Transaction}: engine keys of their own, looked up, put and deleted one by one, or walked over in
 * their order, with what the transaction has done before. What comes after a collection's prefix is
 * each type's own: the caller writes it straight into {@link #key}.
 *
 * <p>Whoever looks has come from a head, so what is abandoned is never asked for. Of a collection
 * whose id was given out in this very transaction, only what that has put is there: nothing else is
 * asked.
 *
 * <p>Nothing is allocated but for walks. What a lookup found is valid until the next one. Not
 * thread-safe.
 */
public final class Elements {
  /** Where in {@link #key} what is a type's own begins: the number of a part comes first. */
  public static final int PREFIX_BYTES = KeyLayout.ELEMENT_PREFIX_BYTES;

  private static final int RETAINED_KEY_BYTES = 128 * 1024;

  /** More than an element takes in a batch beside key and value. */
  private static final int ENTRY_BYTES = 32;

  private static final int STREAM_ID_BYTES = 2 * Long.BYTES;

  private final Transaction transaction;
  private byte[] key = new byte[256];
  private int keyLength;
  private long id;

  private final EntryReference entry = new EntryReference();
  private boolean pinned;
  private MemorySegment valueSegment = MemorySegment.NULL;
  private long valueOffset;
  private int valueLength;

  Elements(Transaction transaction) {
    this.transaction = transaction;
  }

  /** Lets go of what was found, and of room for a long key. */
  void unbind() {
    forget();
    valueSegment = MemorySegment.NULL;
    if (key.length > RETAINED_KEY_BYTES) {
      key = new byte[256];
    }
  }

  private void forget() {
    if (pinned) {
      entry.release();
      pinned = false;
    }
  }

  /** Makes a collection's elements the ones that keys are built for. */
  public void of(int databaseId, long collectionId) {
    id = collectionId;
    key[0] = KeyLayout.ELEMENTS;
    KeyLayout.INT.set(key, 1, databaseId);
    putId(key, 1 + Integer.BYTES, collectionId);
  }

  static void putId(byte[] target, int offset, long collectionId) {
    KeyLayout.SHORT.set(target, offset, (short) (collectionId >>> Integer.SIZE));
    KeyLayout.INT.set(target, offset + Short.BYTES, (int) collectionId);
  }

  static long id(MemorySegment segment, long offset) {
    return ((long) (segment.get(KeyLayout.SHORT_LAYOUT, offset) & 0xFFFF) << Integer.SIZE)
        | (segment.get(KeyLayout.INT_LAYOUT, offset + Short.BYTES) & 0xFFFFFFFFL);
  }

  /**
   * Begins an element's key: {@code length} bytes are written by the caller into the array that is
   * returned, from {@link #PREFIX_BYTES} on. It is the same array until a longer key is begun, and
   * keeps what was written to it.
   */
  public byte[] key(int length) {
    keyLength = PREFIX_BYTES + length;
    if (key.length < keyLength) {
      key = Arrays.copyOf(key, Math.max(keyLength, 2 * key.length));
    }
    return key;
  }

  // Lookups

  /**
   * Looks the element up whose key was built.
   *
   * @return whether it is there
   * @throws ReadNeeded if only the disk knows
   */
  public boolean find() {
    forget();
    Overlay overlay = transaction.overlay();
    if (!overlay.isEmpty()) {
      byte[] bytes = transaction.batch().bytes();
      int own = overlay.find(bytes, key, keyLength);
      if (own >= 0 && !overlay.isDelete(own)) {
        found(MemorySegment.ofArray(bytes), overlay.valueOffset(own), overlay.valueLength(own));
        return true;
      }
      if (own != Overlay.NONE) {
        return false;
      }
    }
    if (transaction.isNew(id)) {
      return false;
    }
    int answer =
        transaction.notesAll()
            ? EntryReference.NEEDS_READ
            : transaction.view().get(key, 0, keyLength, transaction.mayRead(), entry);
    if (answer == EntryReference.NEEDS_READ) {
      return findInMisses();
    }
    return foundEntry(answer);
  }

  private boolean foundEntry(int answer) {
    if (answer != EntryReference.FOUND) {
      return false;
    }
    pinned = true;
    found(entry.valueSegment(), entry.valueOffset(), entry.valueLength());
    return true;
  }

  private void found(MemorySegment segment, long offset, int length) {
    valueSegment = segment;
    valueOffset = offset;
    valueLength = length;
  }

  private boolean findInMisses() {
    Misses.Answer known = transaction.answer(key, keyLength);
    if (known == null) {
      return read();
    }
    if (known.isAbsent()) {
      return false;
    }
    found(MemorySegment.ofArray(known.bytes()), 0, known.length());
    return true;
  }

  /** Reads the element from the disk, or gives up for want of it. */
  private boolean read() {
    if (!transaction.readsMisses()) {
      throw transaction.wants(key, keyLength, true);
    }
    boolean there = foundEntry(transaction.view().get(key, 0, keyLength, true, entry));
    if (there) {
      transaction.misses().value(key, keyLength, valueSegment, valueOffset, valueLength);
    } else {
      transaction.misses().absent(key, keyLength);
    }
    return there;
  }

  /** In a rehearsal: reads the element that a run was given up for. */
  void read(byte[] wanted) {
    forget();
    System.arraycopy(wanted, 0, key(wanted.length - PREFIX_BYTES), 0, wanted.length);
    read();
  }

  /** Returns the memory that holds the value of the element that was found. */
  public MemorySegment valueSegment() {
    return valueSegment;
  }

  /** Returns where the value of the element that was found begins in {@link #valueSegment}. */
  public long valueOffset() {
    return valueOffset;
  }

  /** Returns the length in bytes of the value of the element that was found. */
  public int valueLength() {
    return valueLength;
  }

  // Chance

  /**
   * Picks an element of the part whose number the key that was built begins with, all with the same
   * likelihood, where that takes less than a walk.
   *
   * @return valid until something else is looked up; null if a walk has to tell
   */
  public ElementView draw() {
    forget();
    if (!transaction.overlay().isEmpty() || transaction.isNew(id)) {
      return null;
    }
    byte[] part = Arrays.copyOf(key, PREFIX_BYTES + 1);
    boolean mayRead = transaction.mayWalkDisk();
    byte[] drawn = transaction.view().draw(part, endOfPart(), transaction.random(), mayRead, entry);
    if (drawn == null) {
      return null;
    }
    foundEntry(EntryReference.FOUND);
    return new Drawn(drawn);
  }

  /** What was picked by chance; its value is the one found last. */
  private final class Drawn implements ElementView {
    private final byte[] itsKey;

    Drawn(byte[] itsKey) {
      this.itsKey = itsKey;
    }

    @Override
    public byte[] key() {
      return itsKey;
    }

    @Override
    public int keyLength() {
      return itsKey.length;
    }

    @Override
    public MemorySegment valueSegment() {
      return valueSegment;
    }

    @Override
    public long valueOffset() {
      return valueOffset;
    }

    @Override
    public int valueLength() {
      return valueLength;
    }
  }

  // Changes

  /**
   * Puts the element whose key was built. Its value of {@code length} bytes is written by the
   * caller into {@link Keyspace#batchBytes} from the returned offset on, before anything else is
   * done. What was found before stays readable until then.
   */
  public int put(int length) {
    transaction.beforeElement();
    WriteBatch batch = transaction.batch();
    batch.expect((long) keyLength + length + ENTRY_BYTES);
    int at = batch.putReserved(EntryKind.PUT, key, 0, keyLength, length);
    transaction.overlay().put(keyLength, at, length);
    return at;
  }

  /** Deletes the element whose key was built. */
  public void delete() {
    WriteBatch batch = transaction.batch();
    batch.delete(EntryKind.DELETE, key, 0, keyLength);
    transaction.overlay().delete(keyLength, batch.size());
  }

  /**
   * Says that nothing leads any more to elements of the collection.
   *
   * @param from what the first one's key has, or would have, after the prefix
   * @param to the same of the first one that is left out
   */
  public void abandon(byte[] from, byte[] to) {
    transaction.batch().abandon(withPrefix(key, from), withPrefix(key, to));
  }

  private static byte[] withPrefix(byte[] prefix, byte[] own) {
    byte[] whole = Arrays.copyOf(prefix, PREFIX_BYTES + own.length);
    System.arraycopy(own, 0, whole, PREFIX_BYTES, own.length);
    return whole;
  }

  /** Copies a collection's elements under another id. */
  void copy(byte[] prefix, int databaseId, long collectionId) {
    copy(prefix, AbandonedRanges.successor(prefix), databaseId, collectionId);
  }

  /** As {@link #copy}, of a list: what it has left behind isn't copied. */
  void copyList(byte[] prefix, MemorySegment head, long own, int databaseId, long collectionId) {
    byte[] singles = withPrefix(prefix, new byte[] {KeyLayout.LIST_SINGLES});
    byte[] first = withPosition(singles, head, own);
    byte[] behind = withPosition(singles, head, own + Long.BYTES);
    if (Arrays.compareUnsigned(first, behind) < 0) {
      copy(first, behind, databaseId, collectionId);
    }
    byte[] others = withPrefix(prefix, new byte[] {KeyLayout.LIST_SINGLES + 1});
    copy(others, AbandonedRanges.successor(prefix), databaseId, collectionId);
  }

  /**
   * As {@link #copy}, of a stream: neither what was trimmed is copied, nor what groups had that
   * were removed.
   */
  void copyStream(byte[] prefix, MemorySegment head, long own, int databaseId, long collectionId) {
    long firstNode = own + Integer.BYTES + STREAM_ID_BYTES;
    byte[] entry = inRun(prefix, KeyLayout.STREAM_ENTRIES, head, own, own + Integer.BYTES);
    copy(entry, endOf(prefix, KeyLayout.STREAM_ENTRIES), databaseId, collectionId);
    byte[] node = inRun(prefix, KeyLayout.STREAM_NODES, head, own, firstNode);
    copy(node, endOf(prefix, KeyLayout.STREAM_NODES), databaseId, collectionId);
    byte[] groups = withPrefix(prefix, new byte[] {KeyLayout.STREAM_GROUPS});
    byte[] end = endOf(prefix, KeyLayout.STREAM_GROUPS);
    copy(groups, end, databaseId, collectionId);
    for (byte[] first : ofGroups(prefix, groups, end)) {
      copy(first, AbandonedRanges.successor(first), databaseId, collectionId);
    }
  }

  /** Returns, for each of a stream's groups, what the keys of all that it has begin with. */
  private List<byte[]> ofGroups(byte[] prefix, byte[] groups, byte[] end) {
    List<byte[]> beginnings = new ArrayList<>();
    try (Cursor cursor = transaction.walkedView().cursor(groups, end)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        byte[] group = new byte[1 + Integer.BYTES];
        group[0] = KeyLayout.STREAM_OF_GROUP;
        long number = Varint.get(cursor.valueSegment(), cursor.valueOffset());
        KeyLayout.INT.set(group, 1, (int) number);
        beginnings.add(withPrefix(prefix, group));
      }
    }
    return beginnings;
  }

  private static byte[] inRun(
      byte[] prefix, byte part, MemorySegment head, long run, long idOffset) {
    byte[] own = new byte[1 + Integer.BYTES + STREAM_ID_BYTES];
    own[0] = part;
    MemorySegment.copy(head, ValueLayout.JAVA_BYTE, run, own, 1, Integer.BYTES);
    MemorySegment.copy(
        head, ValueLayout.JAVA_BYTE, idOffset, own, 1 + Integer.BYTES, STREAM_ID_BYTES);
    return withPrefix(prefix, own);
  }

  private static byte[] endOf(byte[] prefix, byte part) {
    return withPrefix(prefix, new byte[] {(byte) (part + 1)});
  }

  private static byte[] withPosition(byte[] singles, MemorySegment head, long offset) {
    byte[] whole = Arrays.copyOf(singles, singles.length + Long.BYTES);
    MemorySegment.copy(head, ValueLayout.JAVA_BYTE, offset, whole, singles.length, Long.BYTES);
    return whole;
  }

  private void copy(byte[] begin, byte[] end, int databaseId, long collectionId) {
    if (!transaction.mayWalkDisk()) {
      throw transaction.wantsWalk();
    }
    of(databaseId, collectionId);
    try (Cursor cursor = transaction.walkedView().cursor(begin, end)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        int own = cursor.keyLength() - PREFIX_BYTES;
        System.arraycopy(cursor.key(), PREFIX_BYTES, key(own), PREFIX_BYTES, own);
        MemorySegment value = cursor.valueSegment();
        int length = cursor.valueLength();
        int at = put(length);
        byte[] target = transaction.batch().bytes();
        MemorySegment.copy(value, ValueLayout.JAVA_BYTE, cursor.valueOffset(), target, at, length);
      }
    }
  }

  // Walks

  /**
   * Returns a walk over the collection's elements from the key that was built on, up to the end of
   * its part. It goes over what the transaction has done so far, and is of no use once that changes
   * something. Where the disk may not be read, it doesn't pass many entries of deleted elements,
   * either.
   *
   * @throws ReadNeeded if the disk would have to be read and may not be
   */
  public ElementWalk walk() {
    return walk(Arrays.copyOf(key, keyLength), endOfPart(), false, false);
  }

  /**
   * As {@link #walk()}, for who can go on another time from where the walk {@linkplain
   * ElementWalk#isHalted halts} because it has passed many entries of deleted elements.
   */
  public ElementWalk walkSome() {
    return walk(Arrays.copyOf(key, keyLength), endOfPart(), false, true);
  }

  /**
   * As {@link #walk()}, up to a bound.
   *
   * @param before only those in front of this are walked over, of what stands after the number of
   *     the part; null: all up to its end
   * @param backwards whether it begins with the last of them
   */
  public ElementWalk walk(byte[] before, boolean backwards) {
    byte[] end = before == null ? endOfPart() : partKey(before);
    return walk(Arrays.copyOf(key, keyLength), end, backwards, false);
  }

  /**
   * A walk over the whole part whose number the key that was built begins with, which stands on no
   * element before it has been told to {@linkplain ElementWalk#seek seek}.
   */
  public ElementWalk seekingWalk() {
    Cursor cursor =
        transaction.walkedView().cursor(Arrays.copyOf(key, PREFIX_BYTES + 1), endOfPart());
    return new ElementWalk(cursor, transaction, false, false);
  }

  private ElementWalk walk(byte[] from, byte[] end, boolean backwards, boolean mayHalt) {
    Cursor cursor = transaction.walkedView().cursor(from, end);
    return new ElementWalk(cursor, transaction, backwards, mayHalt).begin();
  }

  private byte[] endOfPart() {
    byte[] end = Arrays.copyOf(key, PREFIX_BYTES + 1);
    end[PREFIX_BYTES]++;
    return end;
  }

  private byte[] partKey(byte[] own) {
    byte[] whole = Arrays.copyOf(key, PREFIX_BYTES + 1 + own.length);
    System.arraycopy(own, 0, whole, PREFIX_BYTES + 1, own.length);
    return whole;
  }
}

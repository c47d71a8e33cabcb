package dev.varve.server.datatype.collection;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.FirstDeadlines;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ValueType;
import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The collection that the selected key of a {@link Keyspace} holds, as far as that doesn't depend
 * on its type.
 *
 * <pre>
 * packed := encoding:u8 | count:varint | elements, see {@link Packed}
 * spread := encoding:u8 | database id:u32 | collection id:u48 | count:varint | the type's own
 * </pre>
 *
 * <p>It is found, changed, and stored, before another key is selected. Nothing is allocated for
 * that. Not thread-safe.
 */
public final class StoredCollection {
  private static final byte[] NOTHING = {};

  private final Keyspace keyspace;
  private final ValueType type;
  private final Packed packed = new Packed();

  /** Whether the key holds one. */
  private boolean live;

  private boolean spread;
  private byte encoding;
  private long count;
  private long id;

  /** What a head has after what all have; its first {@link #ownLength} bytes. */
  private byte[] own = NOTHING;

  private int ownLength;

  /** The first deadlines of a hash whose fields were given some; null: none was. */
  private FirstDeadlines first;

  // As it was found.
  private boolean wasSpread;
  private byte foundEncoding;
  private long foundCount;
  private boolean changed;

  /** Makes one for the keys of a keyspace. */
  public StoredCollection(Keyspace keyspace, ValueType type) {
    this.keyspace = keyspace;
    this.type = type;
  }

  /**
   * Looks the selected key up. One that isn't there is an empty packed collection.
   *
   * @return whether it is there
   * @throws dev.varve.server.datatype.WrongTypeException if it holds something else
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public boolean find() {
    return load(keyspace.find(type));
  }

  /** As {@link #find}, and counts the lookup as a hit or a miss. */
  public boolean findCounted() {
    return load(keyspace.findCounted(type));
  }

  /**
   * Begins one without elements, that takes the place of whatever the selected key holds, which has
   * been looked up.
   */
  public void begin() {
    load(false);
  }

  /** Goes on with its elements after those of others were looked up. */
  public void goOn() {
    if (spread) {
      keyspace.elements().of(keyspace.selected().databaseId(), id);
    }
  }

  /** Once it is spread: the id that its elements are kept under. */
  public long id() {
    return id;
  }

  private boolean load(boolean found) {
    live = found;
    changed = false;
    first = null;
    spread = live && keyspace.selected().isSpread();
    if (!live) {
      clear();
    } else {
      MemorySegment segment = keyspace.selected().valueSegment();
      long offset = keyspace.selected().valueOffset();
      int length = keyspace.selected().valueLength();
      encoding = segment.get(ValueLayout.JAVA_BYTE, offset);
      if (spread) {
        loadHead(segment, offset, length);
      } else {
        loadPacked(segment, offset + 1, length - 1);
      }
    }
    wasSpread = spread;
    foundEncoding = encoding;
    foundCount = count;
    return live;
  }

  private void clear() {
    encoding = 0;
    count = 0;
    packed.clear();
    ownLength = 0;
  }

  private void loadPacked(MemorySegment segment, long offset, int length) {
    count = Varint.get(segment, offset);
    int counted = Varint.length(count);
    packed.load(segment, offset + counted, length - counted);
  }

  private void loadHead(MemorySegment segment, long offset, int length) {
    id = KeyLayout.collectionId(segment, offset);
    count = Varint.get(segment, offset + KeyLayout.HEAD_BYTES);
    int known = KeyLayout.HEAD_BYTES + Varint.length(count);
    own(length - known);
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset + known, own, 0, ownLength);
    keyspace.elements().of(keyspace.selected().databaseId(), id);
  }

  private void own(int length) {
    ownLength = length;
    if (own.length < length) {
      own = Arrays.copyOf(own, length);
    }
  }

  /** Whether the key holds a collection, as it was found. */
  public boolean isLive() {
    return live;
  }

  /** Whether its elements are engine keys of their own. */
  public boolean isSpread() {
    return spread;
  }

  /** The elements, while it is packed. */
  public Packed packed() {
    return packed;
  }

  /** The elements, once it is spread. */
  public Elements elements() {
    return keyspace.elements();
  }

  /** The array that values of elements, once it is spread, are written to. */
  public byte[] batchBytes() {
    return keyspace.batchBytes();
  }

  /** How many elements it has. */
  public long count() {
    return count;
  }

  /** Says that it has so many elements more, or less. */
  public void add(long elements) {
    count += elements;
  }

  /** The number of its encoding, see {@link ValueType}. */
  public int encoding() {
    return encoding;
  }

  /** Gives it an encoding; the encodings of a type are in the order of their size. */
  public void atLeast(int least) {
    if (encoding < least) {
      encoding = (byte) least;
    }
  }

  /** Says that what is packed has changed. */
  public void changed() {
    changed = true;
  }

  /** Says which deadlines of a hash's fields are the first, before it is stored. */
  public void firstDeadlines(FirstDeadlines its) {
    first = its;
  }

  /** A head's own bytes, those after what all have. */
  public byte[] own() {
    return own;
  }

  /** How many of {@link #own} there are. */
  public int ownLength() {
    return ownLength;
  }

  /** Gives the head so many own bytes, which the caller writes to {@link #own}. */
  public void changeOwn(int length) {
    own(length);
    changed = true;
  }

  /**
   * Gives a packed collection an id, under which the caller puts its elements: what {@link #packed}
   * has stays there until another collection is found.
   */
  public void spread() {
    spread = true;
    ownLength = 0;
    id = keyspace.transaction().newCollectionId();
    keyspace.elements().of(keyspace.selected().databaseId(), id);
  }

  /**
   * Stores what has changed. One without elements is no more: its key goes, with the elements. Only
   * a stream stays.
   */
  public void store() {
    if (count == 0 && type != ValueType.STREAM) {
      if (live) {
        keyspace.delete();
      }
    } else if (spread) {
      if (changed || !wasSpread || count != foundCount || encoding != foundEncoding) {
        storeHead();
      }
    } else if (changed || !live || wasSpread) {
      storePacked();
    }
  }

  private void storePacked() {
    int at = reserve(1 + Varint.length(count) + packed.end());
    byte[] target = keyspace.batchBytes();
    target[at] = encoding;
    int elements = Varint.put(target, at + 1, count);
    System.arraycopy(packed.bytes(), 0, target, elements, packed.end());
  }

  private void storeHead() {
    int at = reserve(KeyLayout.HEAD_BYTES + Varint.length(count) + ownLength);
    byte[] target = keyspace.batchBytes();
    target[at] = encoding;
    KeyLayout.putIds(target, at, keyspace.selected().databaseId(), id);
    int behind = Varint.put(target, at + KeyLayout.HEAD_BYTES, count);
    System.arraycopy(own, 0, target, behind, ownLength);
  }

  private int reserve(int length) {
    long deadline = live ? keyspace.selected().deadline() : NO_DEADLINE;
    return keyspace.reserve(type, spread, live && wasSpread && spread, deadline, first, length);
  }
}

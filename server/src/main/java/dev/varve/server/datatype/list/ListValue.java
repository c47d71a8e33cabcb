package dev.varve.server.datatype.list;

import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.FoundBytes;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.datatype.collection.CollectionLimits;
import dev.varve.server.datatype.collection.Packed;
import dev.varve.server.datatype.collection.StoredCollection;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;

/**
 * The list that the selected key of a {@link Keyspace} holds: packed in its order, or a {@link
 * SpreadList}.
 *
 * <p>It is {@linkplain #find found}, read and changed; and if something has changed it is
 * {@linkplain #store stored}, once. What is to be put is {@linkplain #select selected} before. Each
 * thread that executes commands has one, and nothing is allocated for what works on the ends. Not
 * thread-safe.
 */
public final class ListValue {
  private final CollectionLimits limits;
  private final StoredCollection stored;
  private final SpreadList spread;
  private final MiddleEdits middle;
  private final Element element = new Element();

  /** The element that was found. */
  private final FoundBytes found;

  /** Makes one for the keys of a keyspace. */
  public ListValue(Keyspace keyspace, CollectionLimits limits) {
    found = new FoundBytes(keyspace);
    this.limits = limits;
    this.stored = new StoredCollection(keyspace, ValueType.LIST);
    this.spread = new SpreadList(keyspace, stored, found);
    Elements elements = keyspace.elements();
    this.middle = new MiddleEdits(spread, elements);
  }

  /**
   * Looks the selected key up; one that isn't there is a list without elements.
   *
   * @return whether it is there
   * @throws dev.varve.server.datatype.WrongTypeException if it holds something else
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public boolean find() {
    return load(stored.find());
  }

  /** As {@link #find}, and counts the lookup as a hit or a miss. */
  public boolean findCounted() {
    return load(stored.findCounted());
  }

  /**
   * Begins a list without elements, that takes the place of whatever the selected key holds, which
   * has been looked up.
   */
  public void begin() {
    stored.begin();
  }

  private boolean load(boolean found) {
    if (stored.isSpread()) {
      spread.load();
    }
    return found;
  }

  /** How many elements it has. */
  public long count() {
    return stored.isSpread() ? spread.count() : stored.count();
  }

  /** Makes something the element that is put next. */
  public void select(ByteBuf buffer, int from, int itsLength) {
    element.select(buffer, from, itsLength);
  }

  // Reading

  /**
   * Looks up the element of an index, which there is.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public void findElement(long index) {
    if (stored.isSpread()) {
      spread.find(index);
    } else {
      Packed packed = stored.packed();
      int place = place(index);
      found.set(packed.segment(), packed.start(place), packed.length(place));
    }
  }

  private int place(long index) {
    Packed packed = stored.packed();
    int place = 0;
    for (long i = 0; i < index; i++) {
      place = packed.next(place);
    }
    return place;
  }

  /** Returns the memory that holds the element that was found. */
  public MemorySegment segment() {
    return found.segment();
  }

  /** Returns where the element that was found begins in {@link #segment}. */
  public long offset() {
    return found.offset();
  }

  /** Returns the length in bytes of the element that was found. */
  public int length() {
    return found.length();
  }

  /**
   * Hands elements to {@code visitor}, from an index up to another one, until it wants no more.
   *
   * @return whether it wanted all
   * @throws dev.varve.server.datatype.ReadNeeded if the disk would have to be read
   */
  public boolean forEach(long from, long to, ListVisitor visitor) {
    if (stored.isSpread()) {
      return spread.forEach(from, to, visitor);
    }
    Packed packed = stored.packed();
    int place = place(from);
    for (long i = from; i < to; i++) {
      if (!visitor.visit(packed.segment(), packed.start(place), packed.length(place))) {
        return false;
      }
      place = packed.next(place);
    }
    return true;
  }

  // Changing

  /** Adds the selected element at an end. */
  public void push(boolean left) {
    spreadFor(1, 0);
    if (!stored.isSpread()) {
      insertPacked(left ? 0 : stored.packed().end());
    } else if (left) {
      spread.pushLeft(element);
    } else {
      spread.pushRight(element);
    }
  }

  /**
   * Spreads a packed list that the selected element won't fit into.
   *
   * @param more how many elements it has more with it
   * @param less bytes that go for it
   */
  private void spreadFor(int more, int less) {
    if (stored.isSpread()) {
      return;
    }
    Packed packed = stored.packed();
    long bytes = packed.end() - less + (long) Packed.sizeOf(element.length());
    if (bytes > limits.packedBytes() || stored.count() + more > limits.packedEntries()) {
      stored.spread();
      spread.begin();
      spread.putPacked(packed);
    }
  }

  private void insertPacked(int place) {
    element.insertInto(stored.packed(), place);
    stored.add(1);
    stored.changed();
  }

  /** Adds the selected element before the one of an index; after all if there is none such. */
  public void insert(long index) {
    if (index == 0 || index == count()) {
      push(index == 0);
      return;
    }
    spreadFor(1, 0);
    if (stored.isSpread()) {
      middle.insert(index, element);
    } else {
      insertPacked(place(index));
    }
  }

  /** Puts the selected element in the place of the one of an index. */
  public void set(long index) {
    if (!stored.isSpread()) {
      int place = place(index);
      spreadFor(0, Packed.sizeOf(stored.packed().length(place)));
      if (!stored.isSpread()) {
        element.replaceIn(stored.packed(), place);
        stored.changed();
        return;
      }
    }
    middle.set(index, element);
  }

  /**
   * Removes elements at an end.
   *
   * @param elements how many, of those that there are
   * @param bytes what is known of their length
   */
  public void drop(boolean left, long elements, long bytes) {
    if (!stored.isSpread()) {
      if (elements > 0) {
        stored.packed().remove(left ? 0 : place(count() - elements), (int) elements);
        stored.add(-elements);
      }
      stored.changed();
    } else if (left) {
      spread.dropLeft(elements, bytes);
    } else {
      spread.dropRight(elements, bytes);
    }
  }

  /**
   * Removes elements.
   *
   * @param indexes of them, ascending; the first {@code number} of these
   */
  public void remove(long[] indexes, int number) {
    if (stored.isSpread()) {
      middle.remove(indexes, number);
      return;
    }
    for (int i = number - 1; i >= 0; i--) {
      stored.packed().remove(place(indexes[i]), 1);
    }
    stored.add(-number);
    stored.changed();
  }

  /** Stores what has changed; a list without elements is no more. */
  public void store() {
    if (stored.isSpread()) {
      spread.store();
    }
    stored.store();
  }
}

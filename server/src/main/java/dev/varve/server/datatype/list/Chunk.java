package dev.varve.server.datatype.list;

import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.collection.Packed;
import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Some elements in the middle of a spread list, while they are changed: those of a chunk, or of an
 * extent that one is made of. They are stored as one chunk, or as up to three if they have become
 * too many. Not thread-safe.
 */
final class Chunk {
  /** Says that what is stored has no number yet. */
  static final long NEW = -1;

  /** A chunk of more than one element has no more bytes: it is written whole with each change. */
  private static final int MOST_BYTES = 2048;

  private static final int MOST_ELEMENTS = 128;

  /** Chunks that are made, of an extent or two of others, are no larger. */
  private static final int AMPLE_BYTES = MOST_BYTES / 2;

  private static final int AMPLE_ELEMENTS = MOST_ELEMENTS / 2;

  private final Keyspace keyspace;
  private final Elements elements;
  private final RunTree tree;
  private final Packed packed = new Packed();
  private int count;

  Chunk(Keyspace keyspace, RunTree tree) {
    this.keyspace = keyspace;
    this.elements = keyspace.elements();
    this.tree = tree;
  }

  void clear() {
    packed.clear();
    count = 0;
  }

  int count() {
    return count;
  }

  Packed packed() {
    return packed;
  }

  /** Looks a stored one up; its bytes are {@link Elements}' then. */
  void find(Run run) {
    ListKeys.numbered(elements, ListKeys.CHUNKS, run.at());
    if (!elements.find()) {
      throw new IllegalStateException("a chunk of a list is missing: " + run.at());
    }
  }

  /** Has the elements of a stored one. */
  void load(Run run) {
    find(run);
    packed.load(elements.valueSegment(), elements.valueOffset(), elements.valueLength());
    count = (int) run.count();
  }

  /** Removes a stored one. */
  void delete(Run run) {
    ListKeys.numbered(elements, ListKeys.CHUNKS, run.at());
    elements.delete();
  }

  /** Adds the elements of a stored one after its own, and removes that, if they fit together. */
  boolean absorb(Run other) {
    if (count + other.count() > AMPLE_ELEMENTS) {
      return false;
    }
    find(other);
    if (packed.end() + (long) elements.valueLength() > AMPLE_BYTES) {
      return false;
    }
    MemorySegment segment = elements.valueSegment();
    long at = elements.valueOffset();
    for (int i = 0; i < other.count(); i++) {
      long length = Varint.get(segment, at);
      at += Varint.length(length);
      insert(packed.end(), segment, at, (int) length);
      at += length;
    }
    delete(other);
    return true;
  }

  /** Whether an element found by itself fits in beside the others. */
  boolean hasRoomForFound() {
    return count < AMPLE_ELEMENTS
        && packed.end() + (long) Packed.sizeOf(elements.valueLength()) <= AMPLE_BYTES;
  }

  /** Adds the element that was found by itself. */
  void addFound(boolean first) {
    insert(
        first ? 0 : packed.end(),
        elements.valueSegment(),
        elements.valueOffset(),
        elements.valueLength());
  }

  private void insert(int place, MemorySegment segment, long offset, int length) {
    int at = packed.insert(place, length);
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, packed.bytes(), at, length);
    count++;
  }

  /** Removes the element of a number. */
  void remove(int number) {
    packed.remove(place(number), 1);
    count--;
  }

  private int place(int number) {
    int place = 0;
    for (int i = 0; i < number; i++) {
      place = packed.next(place);
    }
    return place;
  }

  /**
   * Stores the elements.
   *
   * @param number of the chunk that they were; {@link #NEW}: of none
   * @return what stands for them in the list
   */
  List<Run> store(long number) {
    if (count == 0) {
      if (number != NEW) {
        delete(new Run(Run.CHUNK, number, 0));
      }
      return List.of();
    }
    return List.of(put(number, 0, packed.end(), count));
  }

  private Run put(long number, int from, int to, int elementCount) {
    long its = number == NEW ? tree.newNumber() : number;
    ListKeys.numbered(elements, ListKeys.CHUNKS, its);
    int at = elements.put(to - from);
    System.arraycopy(packed.bytes(), from, keyspace.batchBytes(), at, to - from);
    return new Run(Run.CHUNK, its, elementCount);
  }

  /** As {@link #store}, with one element more, which will be the one of a number. */
  List<Run> storeWith(Element element, int number, long chunk) {
    int place = place(number);
    if (fits(packed.end(), count, element)) {
      element.insertInto(packed, place);
      count++;
      return store(chunk);
    }
    List<Run> runs = new ArrayList<>();
    boolean withFirst = number > 0 && fits(place, number, element);
    boolean withLast =
        !withFirst && number < count && fits(packed.end() - place, count - number, element);
    int cut = place;
    int cutNumber = number;
    if (withFirst || withLast) {
      element.insertInto(packed, place);
      count++;
      if (withFirst) {
        cut = packed.next(place);
        cutNumber++;
      }
    }
    long free = chunk;
    if (cutNumber > 0) {
      runs.add(put(free, 0, cut, cutNumber));
      free = NEW;
    }
    if (!withFirst && !withLast) {
      runs.add(putAlone(free, element));
      free = NEW;
    }
    if (cutNumber < count) {
      runs.add(put(free, cut, packed.end(), count - cutNumber));
    }
    return runs;
  }

  private static boolean fits(int bytes, int elementCount, Element element) {
    return bytes + (long) Packed.sizeOf(element.length()) <= MOST_BYTES
        && elementCount < MOST_ELEMENTS;
  }

  /** A long element is copied no more than once. */
  private Run putAlone(long number, Element element) {
    long its = number == NEW ? tree.newNumber() : number;
    ListKeys.numbered(elements, ListKeys.CHUNKS, its);
    int at = elements.put(Packed.sizeOf(element.length()));
    byte[] target = keyspace.batchBytes();
    element.copyTo(target, Varint.put(target, at, element.length()));
    return new Run(Run.CHUNK, its, 1);
  }
}

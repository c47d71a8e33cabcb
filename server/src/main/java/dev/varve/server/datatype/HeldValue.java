package dev.varve.server.datatype;

import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The value of a key, kept readable while other keys are selected, one of which will be given it.
 * Its bytes are copied once, into the batch. Not thread-safe.
 */
final class HeldValue {
  /** Pins the memory that the value is in, if that needs it. */
  private EntryReference entry = new EntryReference();

  private boolean holds;
  private MemorySegment segment = MemorySegment.NULL;
  private long offset;
  private int length;
  private byte type;
  private final FirstDeadlines first = new FirstDeadlines();

  /**
   * Holds these bytes.
   *
   * @param pinning pins them
   * @return a reference that pins nothing, in exchange for {@code pinning}
   */
  EntryReference hold(
      MemorySegment in,
      long at,
      int bytes,
      byte typeAndForm,
      FirstDeadlines firstDeadlines,
      EntryReference pinning) {
    forget();
    EntryReference free = entry;
    entry = pinning;
    holds = true;
    segment = in;
    offset = at;
    length = bytes;
    type = typeAndForm;
    first.set(firstDeadlines);
    return free;
  }

  /** Lets go of the value, if there is one. */
  void forget() {
    if (holds) {
      holds = false;
      entry.release();
      segment = MemorySegment.NULL;
    }
  }

  /** Its type and form, as its header has them. */
  byte typeAndForm() {
    return type;
  }

  /** The first deadlines of its fields. */
  FirstDeadlines firstDeadlines() {
    return first;
  }

  /** Its length in bytes. */
  int length() {
    return length;
  }

  /** Whether it is the head of a spread collection. */
  boolean isSpread() {
    return KeyLayout.isSpread(type);
  }

  /** Returns how many elements a spread collection has; a string, how many chunks. */
  long count() {
    return Varint.get(segment, offset + KeyLayout.HEAD_BYTES);
  }

  /** Returns the type of the value. */
  ValueType valueType() {
    return KeyLayout.typeOf(type);
  }

  /** Copies its bytes to a place in a batch. */
  void copyTo(byte[] bytes, int at) {
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, bytes, at, length);
  }

  /** Copies the elements of a spread collection, to be kept under another id. */
  void copyElements(Elements elements, int databaseId, long id) {
    byte[] prefix = KeyLayout.elementPrefix(segment, offset);
    long own = offset + KeyLayout.HEAD_BYTES + Varint.length(count());
    switch (valueType()) {
      case LIST -> elements.copyList(prefix, segment, own, databaseId, id);
      case STREAM -> elements.copyStream(prefix, segment, own, databaseId, id);
      default -> elements.copy(prefix, databaseId, id);
    }
  }
}

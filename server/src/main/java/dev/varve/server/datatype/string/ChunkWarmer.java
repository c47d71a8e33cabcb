package dev.varve.server.datatype.string;

import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.ValueType;
import dev.varve.storage.KeyBatch;
import dev.varve.storage.ReadView;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Gathers which bytes of strings are about to be looked at, and has the memory that holds them
 * fetched together, as far as the strings are in chunks: what {@link
 * dev.varve.server.datatype.KeyWarmer} does for keys. Not thread-safe.
 */
public final class ChunkWarmer {
  /** Bytes that are looked at; more would not stay in the processor's caches. */
  private static final int MOST = 64;

  private static final int LONGEST_KEY = 256;

  /** Once so many strings were looked up that aren't in chunks, no more are. */
  private static final int MOST_OTHERS = 2;

  private final KeyBatch strings = new KeyBatch();
  private long[] indexes = new long[16];

  private final KeyBatch elements = new KeyBatch();
  private final EntryReference entry = new EntryReference();

  // Of the string that was looked up last.
  private int string;
  private boolean chunked;
  private byte[] prefix;
  private int length;
  private int chunkBytes;

  /**
   * Adds a byte of a string, unless there are enough.
   *
   * @param databaseId of its key
   * @param buffer has its key's bytes, from {@code offset} on {@code keyLength}
   * @param index the byte's place in the string; there may be no such one
   */
  public void add(int databaseId, ByteBuf buffer, int offset, int keyLength, long index) {
    int number = strings.size();
    if (number == MOST || keyLength > LONGEST_KEY) {
      return;
    }
    if (number == indexes.length) {
      indexes = Arrays.copyOf(indexes, 2 * number);
    }
    indexes[number] = index;
    int at = strings.add(KeyLayout.USER_KEY_OFFSET + keyLength);
    KeyLayout.putKeyPrefix(strings.bytes(), at, databaseId);
    buffer.getBytes(offset, strings.bytes(), at + KeyLayout.USER_KEY_OFFSET, keyLength);
  }

  /** Fetches what has been added, and forgets it. */
  public void warm(ReadView view) {
    int others = 0;
    for (int i = 0; i < strings.size() && others < MOST_OTHERS; i++) {
      if (i == 0 || !isSame(i, string)) {
        lookUp(view, i);
        others += chunked ? 0 : 1;
      }
      if (chunked && indexes[i] >= 0 && indexes[i] < length) {
        addElements((int) indexes[i] / chunkBytes);
      }
    }
    strings.clear();
    view.warm(elements);
    elements.clear();
  }

  private boolean isSame(int one, int other) {
    int begin = strings.offset(one);
    int otherBegin = strings.offset(other);
    return Arrays.equals(
        strings.bytes(),
        begin,
        begin + strings.length(one),
        strings.bytes(),
        otherBegin,
        otherBegin + strings.length(other));
  }

  private void lookUp(ReadView view, int number) {
    string = number;
    chunked = false;
    int answer =
        view.get(strings.bytes(), strings.offset(number), strings.length(number), false, entry);
    if (answer != EntryReference.FOUND) {
      return;
    }
    byte type = KeyLayout.typeAndForm(entry.valueSegment(), entry.headOffset());
    if (!EntryKind.isApart(entry.kind())
        && KeyLayout.isSpread(type)
        && KeyLayout.typeOf(type) == ValueType.STRING) {
      load();
    }
    entry.release();
  }

  private void load() {
    long own =
        entry.valueOffset() + KeyLayout.headerBytes(entry.valueSegment(), entry.valueOffset());
    chunked = true;
    prefix = KeyLayout.elementPrefix(entry.valueSegment(), own);
    length = ChunkLayout.length(entry.valueSegment(), own);
    chunkBytes = ChunkLayout.chunkBytes(entry.valueSegment(), own);
  }

  private void addElements(int number) {
    addElement(number, ChunkLayout.CHANGES);
    addElement(number, ChunkLayout.BYTES);
  }

  private void addElement(int number, byte kind) {
    int at = elements.add(Elements.PREFIX_BYTES + ChunkLayout.KEY_BYTES);
    System.arraycopy(prefix, 0, elements.bytes(), at, prefix.length);
    ChunkLayout.putKey(elements.bytes(), at, number, kind);
  }
}

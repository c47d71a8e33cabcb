package dev.varve.server.datatype.warming;

import dev.varve.server.datatype.Databases;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.MemberHash;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.datatype.collection.Members;
import dev.varve.server.datatype.string.ChunkLayout;
import dev.varve.storage.KeyBatch;
import dev.varve.storage.ReadView;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Gathers which elements of spread values are about to be looked at (members of sets and sorted
 * sets, fields of hashes, bytes of strings in chunks) and has the memory that holds them fetched
 * together: what {@link dev.varve.server.datatype.KeyWarmer} does for keys. Not thread-safe.
 */
public final class ElementWarmer {
  /** More elements would not stay in the processor's caches. */
  private static final int MOST = 128;

  /** Longer keys and members are not worth the copy. */
  private static final int LONGEST = 256;

  /** Once so many values were looked up that aren't spread, no more are. */
  private static final int MOST_OTHERS = 2;

  /** After as many times at most that nothing was looked up, what comes is looked at again. */
  private static final int MOST_SKIPPED = 15;

  private final MemberHash hash;
  private final KeyBatch elements = new KeyBatch();
  private final EntryReference entry = new EntryReference();
  private ReadView view;
  private int others;

  // How often nothing is looked up, the next time that there is nothing, and from now on.
  private int skips;
  private int toSkip;

  // The value that was looked up last.
  private byte[] key = new byte[KeyLayout.USER_KEY_OFFSET + LONGEST];
  private int keyLength;
  private boolean spread;
  private ValueType type;
  private byte[] prefix;
  private int length;
  private int chunkBytes;

  // The value that is asked for.
  private byte[] asked = new byte[KeyLayout.USER_KEY_OFFSET + LONGEST];

  /** Makes one for the collections of these databases. */
  public ElementWarmer(Databases databases) {
    this.hash = databases.memberHash();
  }

  /**
   * Whether it is worth the while: not for some time after there was nothing to fetch, as small
   * values aren't spread, and whoever asks for one mostly asks for more of them.
   */
  public boolean isWorthwhile() {
    if (toSkip == 0) {
      return true;
    }
    toSkip--;
    return false;
  }

  /** Begins anew, with what this view has. */
  public void begin(ReadView newView) {
    view = newView;
    others = 0;
    keyLength = 0;
  }

  /** Whether no more elements are taken, as there are enough, or none seem to come. */
  public boolean isDone() {
    return elements.size() >= MOST || others == MOST_OTHERS;
  }

  /**
   * Adds what holds a byte of a string.
   *
   * @param databaseId of its key
   * @param buffer has its key's bytes, from {@code offset} on {@code itsLength}
   * @param index the byte's place in the string; there may be no such one
   */
  public void addByte(int databaseId, ByteBuf buffer, int offset, int itsLength, long index) {
    if (find(databaseId, buffer, offset, itsLength)
        && type == ValueType.STRING
        && index >= 0
        && index < length) {
      int chunk = (int) index / chunkBytes;
      int bytes = prefix.length + ChunkLayout.KEY_BYTES;
      putChunk(elements.add(bytes), chunk, ChunkLayout.CHANGES);
      putChunk(elements.add(bytes, (int) index % chunkBytes), chunk, ChunkLayout.BYTES);
    }
  }

  /**
   * Adds a member of a set or sorted set, or a field of a hash.
   *
   * @param databaseId of its key
   * @param buffer has its key's bytes, from {@code offset} on {@code itsLength}, and the member's,
   *     from {@code memberOffset} on {@code memberLength}
   */
  public void addMember(
      int databaseId,
      ByteBuf buffer,
      int offset,
      int itsLength,
      int memberOffset,
      int memberLength) {
    if (memberLength <= LONGEST
        && find(databaseId, buffer, offset, itsLength)
        && (type == ValueType.SET || type == ValueType.SORTED_SET || type == ValueType.HASH)) {
      int at = elements.add(Members.OFFSET + memberLength);
      System.arraycopy(prefix, 0, elements.bytes(), at, prefix.length);
      buffer.getBytes(memberOffset, elements.bytes(), at + Members.OFFSET, memberLength);
      Members.putKey(elements.bytes(), at, memberLength, hash);
    }
  }

  private void putChunk(int at, int number, byte kind) {
    System.arraycopy(prefix, 0, elements.bytes(), at, prefix.length);
    ChunkLayout.putKey(elements.bytes(), at, number, kind);
  }

  /** Fetches what has been added, and forgets it. */
  public void warm() {
    if (elements.size() > 0) {
      view.warm(elements);
      elements.clear();
      skips = 0;
    } else {
      skips = Math.min(2 * skips + 1, MOST_SKIPPED);
      toSkip = skips;
    }
    view = null;
  }

  /** Whether the value of a key is spread: looks it up, unless it was the last one. */
  private boolean find(int databaseId, ByteBuf buffer, int offset, int itsLength) {
    if (itsLength > LONGEST) {
      return false;
    }
    int askedLength = KeyLayout.USER_KEY_OFFSET + itsLength;
    KeyLayout.putKeyPrefix(asked, 0, databaseId);
    buffer.getBytes(offset, asked, KeyLayout.USER_KEY_OFFSET, itsLength);
    if (!Arrays.equals(asked, 0, askedLength, key, 0, keyLength)) {
      byte[] last = key;
      key = asked;
      asked = last;
      keyLength = askedLength;
      lookUp();
      others += spread ? 0 : 1;
    }
    return spread;
  }

  private void lookUp() {
    spread = false;
    if (view.get(key, 0, keyLength, false, entry) != EntryReference.FOUND) {
      return;
    }
    byte typeAndForm = KeyLayout.typeAndForm(entry.valueSegment(), entry.headOffset());
    if (!EntryKind.isApart(entry.kind()) && KeyLayout.isSpread(typeAndForm)) {
      load(KeyLayout.typeOf(typeAndForm));
    }
    entry.release();
  }

  private void load(ValueType itsType) {
    long own =
        entry.valueOffset() + KeyLayout.headerBytes(entry.valueSegment(), entry.valueOffset());
    spread = true;
    type = itsType;
    prefix = KeyLayout.elementPrefix(entry.valueSegment(), own);
    if (type == ValueType.STRING) {
      length = ChunkLayout.length(entry.valueSegment(), own);
      chunkBytes = ChunkLayout.chunkBytes(entry.valueSegment(), own);
    }
  }
}

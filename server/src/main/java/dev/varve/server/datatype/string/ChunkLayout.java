package dev.varve.server.datatype.string;

import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Where things are in the head of a string in chunks, and in its elements' keys.
 *
 * <pre>
 * head    := encoding:u8 | database id:u32 | collection id:u48 | length:varint
 *            | bytes of a chunk:varint | elements that are there:varint
 * element := part 1 | chunk's number:u32 | 0 -> (offset:u16 | length:u8 | bytes)*   changes
 *            part 1 | chunk's number:u32 | 1 -> bytes
 * </pre>
 *
 * <p>Changes hold one after another: the last one of a byte counts.
 */
public final class ChunkLayout {
  /** The element that has a chunk's changes. */
  public static final byte CHANGES = 0;

  /** The element that has a chunk's bytes. */
  public static final byte BYTES = 1;

  /** Bytes of an element's key after what those of all collections begin with. */
  public static final int KEY_BYTES = 1 + Integer.BYTES + 1;

  private static final byte PART = 1;
  private static final int NUMBER = Elements.PREFIX_BYTES + 1;
  private static final int KIND = NUMBER + Integer.BYTES;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private ChunkLayout() {}

  /**
   * Writes what is an element's own of its key.
   *
   * @param begin where the key begins
   * @param kind {@link #CHANGES} or {@link #BYTES}
   */
  public static void putKey(byte[] target, int begin, int number, byte kind) {
    target[begin + Elements.PREFIX_BYTES] = PART;
    INT.set(target, begin + NUMBER, number);
    target[begin + KIND] = kind;
  }

  /** The number of the chunk that an element belongs to. */
  static int number(byte[] key) {
    return (int) INT.get(key, NUMBER);
  }

  /** Whether an element holds a chunk's changes; if not, it holds its bytes. */
  static boolean isChanges(byte[] key) {
    return key[KIND] == CHANGES;
  }

  /** Returns what is after all keys of a chunk, and not after those of the next. */
  static byte[] endOf(int number) {
    byte[] end = new byte[Integer.BYTES];
    INT.set(end, 0, number + 1);
    return end;
  }

  /** How long the string is, from its head's own bytes. */
  public static int length(MemorySegment head, long offset) {
    return (int) Varint.get(head, offset + KeyLayout.HEAD_BYTES);
  }

  /** How many bytes each chunk has. */
  public static int chunkBytes(MemorySegment head, long offset) {
    return (int) Varint.get(head, behind(head, offset + KeyLayout.HEAD_BYTES));
  }

  /** How many elements are there. */
  static int elements(MemorySegment head, long offset) {
    return (int) Varint.get(head, behind(head, behind(head, offset + KeyLayout.HEAD_BYTES)));
  }

  private static long behind(MemorySegment head, long at) {
    return at + Varint.length(Varint.get(head, at));
  }

  /** How many bytes a head has of its own. */
  static int headBytes(int length, int chunkBytes, int elements) {
    return KeyLayout.HEAD_BYTES
        + Varint.length(length)
        + Varint.length(chunkBytes)
        + Varint.length(elements);
  }

  /** Writes a head's own bytes, from a place on. */
  static void putHead(
      byte[] target, int at, int databaseId, long id, int length, int chunkBytes, int elements) {
    target[at] = 0;
    KeyLayout.putIds(target, at, databaseId, id);
    int behind = Varint.put(target, at + KeyLayout.HEAD_BYTES, length);
    behind = Varint.put(target, behind, chunkBytes);
    Varint.put(target, behind, elements);
  }
}

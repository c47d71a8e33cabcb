package dev.varve.server.datatype.list;

import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.KeyLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * What a spread list has after its prefix.
 *
 * <pre>
 * 1 | position:u64 -> an element
 * 2 | number:u32   -> a chunk: elements as in {@link dev.varve.server.datatype.collection.Packed}
 * 3 | number:u32   -> a node: runs, see {@link RunTree}
 * </pre>
 *
 * <p>Positions are signed here, and begin with 0; their sign is turned over in keys, so that they
 * order.
 */
final class ListKeys {
  static final byte CHUNKS = 2;
  static final byte NODES = 3;

  private static final byte SINGLES = KeyLayout.LIST_SINGLES;
  private static final int PART_OFFSET = Elements.PREFIX_BYTES;
  private static final int OWN_OFFSET = PART_OFFSET + 1;
  private static final int SINGLE_BYTES = 1 + Long.BYTES;
  private static final int NUMBERED_BYTES = 1 + Integer.BYTES;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private ListKeys() {}

  /** A position as it stands in keys and heads. */
  static long stored(long position) {
    return position ^ Long.MIN_VALUE;
  }

  /** Begins the key of the element at a position. */
  static void single(Elements elements, long position) {
    byte[] key = elements.key(SINGLE_BYTES);
    key[PART_OFFSET] = SINGLES;
    LONG.set(key, OWN_OFFSET, stored(position));
  }

  /** Begins the key of a chunk or node. */
  static void numbered(Elements elements, byte part, long number) {
    byte[] key = elements.key(NUMBERED_BYTES);
    key[PART_OFFSET] = part;
    INT.set(key, OWN_OFFSET, (int) number);
  }

  /** The position of the element whose key this is. */
  static long position(byte[] key) {
    return stored((long) LONG.get(key, OWN_OFFSET));
  }

  /** What stands after the prefix in the key of a position. */
  static byte[] bound(long position) {
    byte[] own = new byte[SINGLE_BYTES];
    own[0] = SINGLES;
    LONG.set(own, 1, stored(position));
    return own;
  }

  /** What stands after the prefix before all positions. */
  static byte[] firstBound() {
    return new byte[] {SINGLES};
  }

  /** What stands after the prefix after all positions. */
  static byte[] lastBound() {
    return new byte[] {SINGLES + 1};
  }
}

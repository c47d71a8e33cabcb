package dev.varve.server.datatype.stream;

import dev.varve.server.datatype.collection.StoredCollection;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * What a stream's key holds beside the number of its entries.
 *
 * <pre>
 * head's own := run:u32 | first id | first node | last id | one before last | generated | deleted
 *             | added:varint | node's first id | node's last id | node's live, dead, bytes:varint
 *             | nodes:varint | groups:varint | next group:varint | behind:varint | owed:varint
 * </pre>
 *
 * <p>The first two ids are u64|u64, the others two varints each. Not thread-safe.
 */
final class StreamHead {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final int FIRST_OFFSET = Integer.BYTES;
  private static final int NODE_OFFSET = FIRST_OFFSET + 2 * Long.BYTES;
  private static final int VARIABLE_OFFSET = NODE_OFFSET + 2 * Long.BYTES;

  private final Fields fields = new Fields();

  /**
   * Which run of ids the entries are of: a new one begins where ids step back, as entries that were
   * trimmed are left where they are.
   */
  int run;

  /** The first entry; {@link StreamId#ZERO}: there is none. */
  StreamId first;

  /** No node in front of this one is of any use. */
  StreamId firstNode;

  /** The last entry; {@link StreamId#ZERO}: there is none. */
  StreamId last;

  /** The entry before the last; {@link StreamId#ZERO}: not known. */
  StreamId beforeLast;

  /** The last id that was given out. */
  StreamId generated;

  /** The greatest id of those that were deleted, not trimmed. */
  StreamId deleted;

  /** How many entries were ever added. */
  long added;

  /** The entry that the node which entries are added to began with. */
  StreamId nodeFirst;

  /** The last entry that was added to that node. */
  StreamId nodeLast;

  /** Entries of that node. */
  long nodeLive;

  /** Entries of that node that were deleted. With none of either it isn't there. */
  long nodeDead;

  long nodeBytes;

  /** How many nodes there are before that one. */
  long nodes;

  long groups;
  int nextGroup;

  /** How many trimmed entries were left where they are since some were abandoned. */
  long behind;

  /** Bytes that were added since something was abandoned. */
  long owed;

  void clear() {
    run = 0;
    first = StreamId.ZERO;
    firstNode = StreamId.ZERO;
    last = StreamId.ZERO;
    beforeLast = StreamId.ZERO;
    generated = StreamId.ZERO;
    deleted = StreamId.ZERO;
    added = 0;
    nodeFirst = StreamId.ZERO;
    nodeLast = StreamId.ZERO;
    nodeLive = 0;
    nodeDead = 0;
    nodeBytes = 0;
    nodes = 0;
    groups = 0;
    nextGroup = 0;
    behind = 0;
    owed = 0;
  }

  void load(StoredCollection stored) {
    byte[] own = stored.own();
    run = (int) INT.get(own, 0);
    first = id(own, FIRST_OFFSET);
    firstNode = id(own, NODE_OFFSET);
    Fields from = fields.load(own, VARIABLE_OFFSET, stored.ownLength());
    last = from.id();
    beforeLast = from.id();
    generated = from.id();
    deleted = from.id();
    added = from.number();
    nodeFirst = from.id();
    nodeLast = from.id();
    nodeLive = from.number();
    nodeDead = from.number();
    nodeBytes = from.number();
    nodes = from.number();
    groups = from.number();
    nextGroup = (int) from.number();
    behind = from.number();
    owed = from.number();
  }

  private static StreamId id(byte[] source, int offset) {
    return new StreamId(
        (long) LONG.get(source, offset), (long) LONG.get(source, offset + Long.BYTES));
  }

  private static void putId(byte[] target, int offset, StreamId id) {
    LONG.set(target, offset, id.millis());
    LONG.set(target, offset + Long.BYTES, id.sequence());
  }

  void store(StoredCollection stored) {
    Fields to = fields.begin();
    to.put(last).put(beforeLast).put(generated).put(deleted).put(added);
    to.put(nodeFirst).put(nodeLast).put(nodeLive).put(nodeDead).put(nodeBytes);
    to.put(nodes).put(groups).put(Integer.toUnsignedLong(nextGroup)).put(behind).put(owed);
    stored.changeOwn(VARIABLE_OFFSET + to.length());
    byte[] own = stored.own();
    INT.set(own, 0, run);
    putId(own, FIRST_OFFSET, first);
    putId(own, NODE_OFFSET, firstNode);
    System.arraycopy(to.bytes(), 0, own, VARIABLE_OFFSET, to.length());
  }
}

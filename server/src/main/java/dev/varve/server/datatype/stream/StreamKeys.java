package dev.varve.server.datatype.stream;

import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.KeyLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * What a stream has after its prefix.
 *
 * <pre>
 * 1 | run:u32 | id                            -> an entry, see {@link StreamValue}
 * 2 | run:u32 | first id                      -> a node, see {@link Nodes}
 * 5 | a group's name                          -> the group, see {@link ConsumerGroup}
 * 6 | group:u32 | 1 | a consumer's name       -> the consumer's number:u32
 * 6 | group:u32 | 2 | consumer:u32            -> the consumer, see {@link Consumer}
 * 6 | group:u32 | 3 | id                      -> who has it pending, see {@link Pending}
 * 6 | group:u32 | 4 | consumer:u32 | id       -> nothing: the same by consumers
 *
 * id := ms:u64 | sequence:u64
 * </pre>
 */
final class StreamKeys {
  static final byte ENTRIES = KeyLayout.STREAM_ENTRIES;
  static final byte NODES = KeyLayout.STREAM_NODES;

  private static final byte GROUPS = KeyLayout.STREAM_GROUPS;
  private static final byte OF_GROUP = KeyLayout.STREAM_OF_GROUP;
  private static final byte NAMES = 1;
  private static final byte CONSUMERS = 2;
  private static final byte PENDING = 3;
  private static final byte PENDING_OF_CONSUMER = 4;

  private static final int PART_OFFSET = Elements.PREFIX_BYTES;
  private static final int ID_BYTES = 2 * Long.BYTES;
  private static final int IN_RUN_BYTES = 1 + Integer.BYTES + ID_BYTES;
  private static final int OF_GROUP_BYTES = 1 + Integer.BYTES + 1;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private StreamKeys() {}

  private static void putId(byte[] target, int offset, StreamId id) {
    LONG.set(target, offset, id.millis());
    LONG.set(target, offset + Long.BYTES, id.sequence());
  }

  /** The id that ends a key. */
  static StreamId id(byte[] key, int length) {
    return new StreamId(
        (long) LONG.get(key, length - ID_BYTES), (long) LONG.get(key, length - Long.BYTES));
  }

  // Entries and nodes

  /** Begins the key of an entry or node. */
  static void inRun(Elements elements, byte part, int run, StreamId id) {
    byte[] key = elements.key(IN_RUN_BYTES);
    key[PART_OFFSET] = part;
    INT.set(key, PART_OFFSET + 1, run);
    putId(key, PART_OFFSET + 1 + Integer.BYTES, id);
  }

  /** What stands after the prefix in the key of an entry or node. */
  static byte[] boundInRun(byte part, int run, StreamId id) {
    byte[] own = new byte[IN_RUN_BYTES];
    own[0] = part;
    INT.set(own, 1, run);
    putId(own, 1 + Integer.BYTES, id);
    return own;
  }

  /** As {@link #boundInRun}, of the last one at most, and after it. */
  static byte[] behindInRun(byte part, int run, StreamId last) {
    return last.equals(StreamId.MAX)
        ? Arrays.copyOf(boundInRun(part, run, last), IN_RUN_BYTES + 1)
        : boundInRun(part, run, last.next());
  }

  /** A bound as walks take it: without the number of the part. */
  static byte[] withoutPart(byte[] bound) {
    return Arrays.copyOfRange(bound, 1, bound.length);
  }

  /** What stands after the prefix before all of a part. */
  static byte[] firstOf(byte part) {
    return new byte[] {part};
  }

  // Groups

  /** Begins the key of a group. */
  static void group(Elements elements, byte[] name) {
    byte[] key = elements.key(1 + name.length);
    key[PART_OFFSET] = GROUPS;
    System.arraycopy(name, 0, key, PART_OFFSET + 1, name.length);
  }

  /** The name that ends the key of a group. */
  static byte[] groupName(byte[] key, int length) {
    return Arrays.copyOfRange(key, PART_OFFSET + 1, length);
  }

  private static byte[] ofGroup(Elements elements, int group, byte kind, int more) {
    byte[] key = elements.key(OF_GROUP_BYTES + more);
    key[PART_OFFSET] = OF_GROUP;
    INT.set(key, PART_OFFSET + 1, group);
    key[PART_OFFSET + 1 + Integer.BYTES] = kind;
    return key;
  }

  private static byte[] boundOfGroup(int group, byte kind, int more) {
    byte[] own = new byte[OF_GROUP_BYTES + more];
    own[0] = OF_GROUP;
    INT.set(own, 1, group);
    own[1 + Integer.BYTES] = kind;
    return own;
  }

  /** What stands after the prefix before all that is a group's. */
  static byte[] firstOfGroup(int group) {
    return boundOfGroup(group, (byte) 0, 0);
  }

  /** What stands after the prefix after all that is a group's. */
  static byte[] behindGroup(int group) {
    return boundOfGroup(group, (byte) -1, 0);
  }

  /** Begins the key of a consumer's name. */
  static void name(Elements elements, int group, byte[] name) {
    byte[] key = ofGroup(elements, group, NAMES, name.length);
    System.arraycopy(name, 0, key, PART_OFFSET + OF_GROUP_BYTES, name.length);
  }

  /** Where walks over a group's names end. */
  static byte[] behindNames(int group) {
    return withoutPart(boundOfGroup(group, CONSUMERS, 0));
  }

  /** Begins the key of a consumer. */
  static void consumer(Elements elements, int group, int number) {
    byte[] key = ofGroup(elements, group, CONSUMERS, Integer.BYTES);
    INT.set(key, PART_OFFSET + OF_GROUP_BYTES, number);
  }

  /** Begins the key of what is pending. */
  static void pending(Elements elements, int group, StreamId id) {
    byte[] key = ofGroup(elements, group, PENDING, ID_BYTES);
    putId(key, PART_OFFSET + OF_GROUP_BYTES, id);
  }

  /** Where walks over what is pending end, after an id. */
  static byte[] behindPending(int group, StreamId last) {
    boolean isLast = last.equals(StreamId.MAX);
    byte[] own = boundOfGroup(group, PENDING, ID_BYTES + (isLast ? 1 : 0));
    putId(own, OF_GROUP_BYTES, isLast ? last : last.next());
    return withoutPart(own);
  }

  /** Begins the key of what a consumer has pending. */
  static void pendingOf(Elements elements, int group, int consumer, StreamId id) {
    byte[] key = ofGroup(elements, group, PENDING_OF_CONSUMER, Integer.BYTES + ID_BYTES);
    INT.set(key, PART_OFFSET + OF_GROUP_BYTES, consumer);
    putId(key, PART_OFFSET + OF_GROUP_BYTES + Integer.BYTES, id);
  }

  /** Where walks over what a consumer has pending end, after an id. */
  static byte[] behindPendingOf(int group, int consumer, StreamId last) {
    boolean isLast = last.equals(StreamId.MAX);
    byte[] own =
        boundOfGroup(group, PENDING_OF_CONSUMER, Integer.BYTES + ID_BYTES + (isLast ? 1 : 0));
    INT.set(own, OF_GROUP_BYTES, consumer);
    putId(own, OF_GROUP_BYTES + Integer.BYTES, isLast ? last : last.next());
    return withoutPart(own);
  }
}

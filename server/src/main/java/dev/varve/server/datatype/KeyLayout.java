package dev.varve.server.datatype;

import dev.varve.storage.KeyGroups;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * How Redis's keys lie in the engine. Every engine key begins with its keyspace; numbers are
 * big-endian, so that they sort.
 *
 * <pre>
 * internal  0x00 | kind:u8 | …                                        see each owner
 * keys      0x10 | database id:u32 | user key                      -> value
 * elements  0x20 | database id:u32 | collection id:u48 | part:u8 | … -> see each type
 * times     index:u8 | deadline ms:u64 | database id:u32 | user key -> (empty)   see {@link TimeIndex}
 *
 * value  := header:u8 | [has deadline: deadline ms:i64] | [has first: elapsed ms:i64 | date ms:i64]
 *           | the value's bytes, a string's as they are
 * header := bits 0-3: type (0 string, 1 list, 2 set, 3 sorted set, 4 hash, 5 stream,
 *           6 string in chunks, always spread)
 *           | bit 4: spread | bit 5: has the first deadlines of its fields
 *           | bit 6: the deadline is the wall clock's | bit 7: has deadline
 * </pre>
 *
 * A value is whole, or <i>spread</i>: then it is no more than the head of a collection, whose
 * elements have engine keys of their own under the collection's id. A head's own bytes begin with
 *
 * <pre>
 * encoding:u8 | database id:u32 | collection id:u48 | …
 * </pre>
 *
 * An id belongs to one collection for ever, whatever key has its head. What has lost its head is
 * abandoned: nothing leads there, so nobody looks.
 *
 * <p>The live keys of a database are counted in the group of its id, and those that have a deadline
 * in another one beside. Elements are not counted. Keyspace 0x30 is not used.
 */
public final class KeyLayout {
  /** Where a user key begins within an engine key of the keyspace of keys. */
  public static final int USER_KEY_OFFSET = 5;

  /** Says that a key never expires; where a {@link Deadline} is. */
  public static final long NO_DEADLINE = -1;

  /**
   * Which keys the engine counts: those of a database together, and of them those that have a
   * deadline.
   */
  public static final KeyGroups GROUPS = new Groups();

  private static final long EXPIRING_BIT = 1L << 32;

  static final byte INTERNAL = 0x00;

  /** The keyspace of keys. */
  public static final byte KEYS = 0x10;

  /** The keyspace of elements. */
  public static final byte ELEMENTS = 0x20;

  /** Where a database id begins within an engine key of a time index. */
  static final int EXPIRY_DATABASE_OFFSET = 1 + Long.BYTES;

  static final int EXPIRY_USER_KEY_OFFSET = EXPIRY_DATABASE_OFFSET + Integer.BYTES;

  static final int TYPE_MASK = 0x0F;

  /** The bit of a header's form that says that the value is spread. */
  static final int SPREAD = 0x10;

  /** The bit of a header that says that the {@link FirstDeadlines} of a hash's fields follow. */
  static final int HAS_FIRST = 0x20;

  private static final int FIRST_BYTES = 2 * Long.BYTES;

  /** Bytes that all keys of a collection's elements begin with. */
  public static final int ELEMENT_PREFIX_BYTES = 1 + Integer.BYTES + 6;

  /** Where in a head's own bytes the ids are: all that {@link #ELEMENTS} is followed by. */
  static final int HEAD_IDS_OFFSET = 1;

  /** Bytes that a head's own begin with, whatever its type. */
  public static final int HEAD_BYTES = HEAD_IDS_OFFSET + ELEMENT_PREFIX_BYTES - 1;

  /**
   * The part of a list's elements that have keys of their own; their positions follow. A list's
   * head has, after the count, the first position that has one, and the one after the last.
   */
  public static final byte LIST_SINGLES = 1;

  /**
   * The part of a stream's entries: {@code run:u32 | id} follows. A stream's head has, after the
   * count, the run, the first entry's id and the first node's.
   */
  public static final byte STREAM_ENTRIES = 1;

  /** The part of a stream's nodes; as {@link #STREAM_ENTRIES}. */
  public static final byte STREAM_NODES = 2;

  /** The part of a stream's groups; their values begin with a varint, the group's number. */
  public static final byte STREAM_GROUPS = 5;

  /** The part of what a stream's groups have; the group's {@code number:u32} follows. */
  public static final byte STREAM_OF_GROUP = 6;

  static final int HAS_DEADLINE = 0x80;
  static final int BY_WALL_CLOCK = 0x40;

  static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfShort SHORT_LAYOUT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfInt INT_LAYOUT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfLong LONG_LAYOUT =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private KeyLayout() {}

  /**
   * Whether the key of an element is of a stream's groups: no other type has parts of these
   * numbers.
   */
  static boolean isOfGroups(byte[] key, int offset, int length) {
    if (length <= ELEMENT_PREFIX_BYTES) {
      return false;
    }
    byte part = key[offset + ELEMENT_PREFIX_BYTES];
    return part == STREAM_GROUPS || part == STREAM_OF_GROUP;
  }

  private static final class Groups implements KeyGroups {
    @Override
    public long groupOf(byte[] key, int offset, int length) {
      return length >= USER_KEY_OFFSET && key[offset] == KEYS
          ? groupOfKeys((int) INT.get(key, offset + 1))
          : NOT_COUNTED;
    }

    @Override
    public long markedGroupOf(long group) {
      return group | EXPIRING_BIT;
    }

    /** What is in front of the value's own bytes. */
    @Override
    public int headLength(MemorySegment value, long offset, int length) {
      return headerBytes(value, offset);
    }

    @Override
    public boolean isMarked(MemorySegment value, long offset, int length) {
      return (value.get(ValueLayout.JAVA_BYTE, offset) & HAS_DEADLINE) != 0;
    }

    @Override
    public byte[] leadsTo(MemorySegment value, long offset, int length) {
      if (!isSpread(typeAndForm(value, offset))) {
        return null;
      }
      return elementPrefix(value, offset + headerBytes(value, offset));
    }
  }

  /** The group in which the live keys of a database id are counted. */
  public static long groupOfKeys(int databaseId) {
    return Integer.toUnsignedLong(databaseId);
  }

  /** The group in which those of them are counted, besides, that have a deadline. */
  public static long groupOfExpiring(int databaseId) {
    return groupOfKeys(databaseId) | EXPIRING_BIT;
  }

  /** The first engine key that a database id's keys can have. */
  static byte[] firstKeyOf(int databaseId) {
    byte[] key = new byte[USER_KEY_OFFSET];
    putKeyPrefix(key, 0, databaseId);
    return key;
  }

  /** The first engine key after those of a database id. */
  static byte[] endOf(int databaseId) {
    return databaseId == -1 ? new byte[] {KEYS + 1} : firstKeyOf(databaseId + 1);
  }

  /** The engine key of a user key. */
  public static byte[] keyOf(int databaseId, byte[] userKey) {
    byte[] key = new byte[USER_KEY_OFFSET + userKey.length];
    putKeyPrefix(key, 0, databaseId);
    System.arraycopy(userKey, 0, key, USER_KEY_OFFSET, userKey.length);
    return key;
  }

  /** Bytes of a header with a deadline or without. */
  public static int headerBytes(long deadline) {
    return deadline == NO_DEADLINE ? 1 : 1 + Long.BYTES;
  }

  /** Bytes in front of a value's own. */
  static int headerBytes(byte typeAndForm, long deadline) {
    return headerBytes(deadline) + (hasFirst(typeAndForm) ? FIRST_BYTES : 0);
  }

  /** Bytes in front of the own ones of a value that is stored somewhere. */
  public static int headerBytes(MemorySegment value, long offset) {
    byte header = value.get(ValueLayout.JAVA_BYTE, offset);
    int deadline = (header & HAS_DEADLINE) == 0 ? 1 : 1 + Long.BYTES;
    return hasFirst(header) ? deadline + FIRST_BYTES : deadline;
  }

  /** Writes a header with a deadline or without, and returns the place after it. */
  public static int putHeader(byte[] target, int offset, byte type, long deadline) {
    if (deadline == NO_DEADLINE) {
      target[offset] = type;
      return offset + 1;
    }
    int clock = Deadline.isWall(deadline) ? BY_WALL_CLOCK : 0;
    target[offset] = (byte) (type | HAS_DEADLINE | clock);
    LONG.set(target, offset + 1, Deadline.millis(deadline));
    return offset + 1 + Long.BYTES;
  }

  /** The deadline in a value's header, or {@link #NO_DEADLINE}. */
  public static long deadline(MemorySegment value, long offset) {
    byte header = value.get(ValueLayout.JAVA_BYTE, offset);
    if ((header & HAS_DEADLINE) == 0) {
      return NO_DEADLINE;
    }
    long millis = value.get(LONG_LAYOUT, offset + 1);
    return (header & BY_WALL_CLOCK) == 0 ? millis : Deadline.ofWall(millis);
  }

  /** The type and form in a value's header, as {@link #putHeader} takes them. */
  public static byte typeAndForm(MemorySegment value, long offset) {
    return (byte) (value.get(ValueLayout.JAVA_BYTE, offset) & ~(HAS_DEADLINE | BY_WALL_CLOCK));
  }

  /** Whether what {@link #typeAndForm} gives is that of a spread collection's head. */
  public static boolean isSpread(byte typeAndForm) {
    return (typeAndForm & SPREAD) != 0;
  }

  /** Whether a header says that the first deadlines of a hash's fields follow. */
  public static boolean hasFirst(byte typeAndForm) {
    return (typeAndForm & HAS_FIRST) != 0;
  }

  /** The id of a collection, from its head's own bytes. */
  public static long collectionId(MemorySegment head, long offset) {
    return Elements.id(head, offset + HEAD_IDS_OFFSET + Integer.BYTES);
  }

  /** Writes the ids among a head's own bytes. */
  public static void putIds(byte[] head, int offset, int databaseId, long collectionId) {
    INT.set(head, offset + HEAD_IDS_OFFSET, databaseId);
    Elements.putId(head, offset + HEAD_IDS_OFFSET + Integer.BYTES, collectionId);
  }

  /** Writes what an engine key of a database id has in front of the user's. */
  public static void putKeyPrefix(byte[] target, int at, int databaseId) {
    target[at] = KEYS;
    INT.set(target, at + 1, databaseId);
  }

  /** What all keys of a collection's elements begin with, from its head's own bytes. */
  public static byte[] elementPrefix(MemorySegment head, long offset) {
    byte[] prefix = new byte[ELEMENT_PREFIX_BYTES];
    prefix[0] = ELEMENTS;
    MemorySegment.copy(
        head, ValueLayout.JAVA_BYTE, offset + HEAD_IDS_OFFSET, prefix, 1, ELEMENT_PREFIX_BYTES - 1);
    return prefix;
  }

  /** What all keys of a database id's elements begin with. */
  static byte[] elementsOf(int databaseId) {
    byte[] prefix = new byte[1 + Integer.BYTES];
    prefix[0] = ELEMENTS;
    INT.set(prefix, 1, databaseId);
    return prefix;
  }

  /** The type in what {@link #typeAndForm} gives. */
  public static ValueType typeOf(byte typeAndForm) {
    return ValueType.of(typeAndForm & TYPE_MASK);
  }
}

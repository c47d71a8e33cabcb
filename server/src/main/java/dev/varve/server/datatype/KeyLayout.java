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
 * expiry    0x40 | deadline ms:u64 | database id:u32 | user key    -> (empty)
 * by dates  0x48 | deadline ms:u64 | database id:u32 | user key    -> (empty)
 *
 * value  := header:u8 | [has deadline: deadline ms:i64] | the value's bytes, a string's as they are
 * header := bits 0-3: type (0 string, 1 list, 2 set, 3 sorted set, 4 hash, 5 stream)
 *           | bits 4-5: the type's form | bit 6: it is the wall clock's | bit 7: has deadline
 * </pre>
 *
 * The live keys of a database are counted in the group of its id, and those that have a deadline in
 * another one beside. Keyspaces 0x20 and 0x30 are kept for the elements of collections.
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
  static final byte KEYS = 0x10;
  static final byte EXPIRY = 0x40;
  static final byte EXPIRY_BY_DATE = 0x48;

  /** Where a database id begins within an engine key of the expiry index. */
  static final int EXPIRY_DATABASE_OFFSET = 1 + Long.BYTES;

  static final int EXPIRY_USER_KEY_OFFSET = EXPIRY_DATABASE_OFFSET + Integer.BYTES;

  static final byte STRING = 0;
  private static final String[] TYPE_NAMES = {"string", "list", "set", "zset", "hash", "stream"};
  static final int TYPE_MASK = 0x0F;
  static final int HAS_DEADLINE = 0x80;
  static final int BY_WALL_CLOCK = 0x40;

  static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfInt INT_LAYOUT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfLong LONG_LAYOUT =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private KeyLayout() {}

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

    @Override
    public boolean isMarked(MemorySegment value, long offset, int length) {
      return (value.get(ValueLayout.JAVA_BYTE, offset) & HAS_DEADLINE) != 0;
    }
  }

  /** The group in which the live keys of a database id are counted. */
  static long groupOfKeys(int databaseId) {
    return Integer.toUnsignedLong(databaseId);
  }

  /** The group in which those of them are counted, besides, that have a deadline. */
  static long groupOfExpiring(int databaseId) {
    return groupOfKeys(databaseId) | EXPIRING_BIT;
  }

  /** The first engine key that a database id's keys can have. */
  static byte[] firstKeyOf(int databaseId) {
    byte[] key = new byte[USER_KEY_OFFSET];
    key[0] = KEYS;
    INT.set(key, 1, databaseId);
    return key;
  }

  /** The first engine key behind those of a database id. */
  static byte[] endOf(int databaseId) {
    return databaseId == -1 ? new byte[] {KEYS + 1} : firstKeyOf(databaseId + 1);
  }

  /** The engine key of a user key. */
  static byte[] keyOf(int databaseId, byte[] userKey) {
    byte[] key = new byte[USER_KEY_OFFSET + userKey.length];
    key[0] = KEYS;
    INT.set(key, 1, databaseId);
    System.arraycopy(userKey, 0, key, USER_KEY_OFFSET, userKey.length);
    return key;
  }

  /** The keyspace of the index that a deadline is in. */
  static byte indexOf(long deadline) {
    return Deadline.isWall(deadline) ? EXPIRY_BY_DATE : EXPIRY;
  }

  /** Bytes in front of a value's own. */
  static int headerBytes(long deadline) {
    return deadline == NO_DEADLINE ? 1 : 1 + Long.BYTES;
  }

  /** Writes what is in front of a value's own bytes and returns where those begin. */
  static int putHeader(byte[] target, int offset, byte type, long deadline) {
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
  static long deadline(MemorySegment value, long offset) {
    byte header = value.get(ValueLayout.JAVA_BYTE, offset);
    if ((header & HAS_DEADLINE) == 0) {
      return NO_DEADLINE;
    }
    long millis = value.get(LONG_LAYOUT, offset + 1);
    return (header & BY_WALL_CLOCK) == 0 ? millis : Deadline.ofWall(millis);
  }

  /** The type and form in a value's header, as {@link #putHeader} takes them. */
  static byte typeAndForm(MemorySegment value, long offset) {
    return (byte) (value.get(ValueLayout.JAVA_BYTE, offset) & ~(HAS_DEADLINE | BY_WALL_CLOCK));
  }

  /** The name that Redis has for the type in what {@link #typeAndForm} gives. */
  static String typeName(byte typeAndForm) {
    int type = typeAndForm & TYPE_MASK;
    if (type >= TYPE_NAMES.length) {
      throw new IllegalStateException("a value of unknown type " + type);
    }
    return TYPE_NAMES[type];
  }
}

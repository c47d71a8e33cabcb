package dev.varve.server.datatype.check;

import dev.varve.server.datatype.Deadline;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.ValueType;
import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The value of a key that holds a collection, taken apart. */
final class Head {
  /** No field of a hash has a deadline by that clock. */
  static final long NONE = Long.MAX_VALUE;

  /** The engine's key. */
  final byte[] key;

  final ValueType type;
  final boolean isSpread;

  /** When the key expires, see {@link Deadline}. */
  final long deadline;

  /** Whether fields of the hash were given deadlines. */
  final boolean hasFirst;

  /** The first of these, by elapsed time and by date. */
  final long[] first = {NONE, NONE};

  final byte encoding;

  /** What all keys of its elements begin with, if it is spread. */
  final byte[] prefix;

  final long count;

  /** What stands after the count. */
  final byte[] own;

  private final byte[] value;
  private final int firstAt;

  /**
   * Takes a value apart.
   *
   * @throws RuntimeException if it isn't a collection's
   */
  Head(byte[] key, byte[] value) {
    this.key = key;
    this.value = value;
    MemorySegment segment = MemorySegment.ofArray(value);
    byte form = KeyLayout.typeAndForm(segment, 0);
    type = KeyLayout.typeOf(form);
    isSpread = KeyLayout.isSpread(form);
    deadline = KeyLayout.deadline(segment, 0);
    hasFirst = KeyLayout.hasFirst(form);
    int ownFrom = KeyLayout.headerBytes(segment, 0);
    firstAt = ownFrom - 2 * Long.BYTES;
    if (hasFirst) {
      first[0] = ByteBuffer.wrap(value).getLong(firstAt);
      first[1] = ByteBuffer.wrap(value).getLong(firstAt + Long.BYTES);
    }
    encoding = value[ownFrom];
    prefix = isSpread ? KeyLayout.elementPrefix(segment, ownFrom) : null;
    int countAt = isSpread ? ownFrom + KeyLayout.HEAD_BYTES : ownFrom + 1;
    count = Varint.get(value, countAt);
    own = Arrays.copyOfRange(value, countAt + Varint.length(count), value.length);
  }

  int databaseId() {
    return ByteBuffer.wrap(key).getInt(1);
  }

  byte[] userKey() {
    return Arrays.copyOfRange(key, KeyLayout.USER_KEY_OFFSET, key.length);
  }

  /** The id of a spread one. */
  long id() {
    return idOf(prefix);
  }

  /** The id in the key of an element. */
  static long idOf(byte[] element) {
    ByteBuffer bytes = ByteBuffer.wrap(element);
    return Short.toUnsignedLong(bytes.getShort(5)) << 32 | Integer.toUnsignedLong(bytes.getInt(7));
  }

  /** The value with another count and other bytes after it. */
  byte[] with(long newCount, byte[] newOwn, long[] newFirst) {
    int front = value.length - own.length - Varint.length(count);
    Output out = new Output().bytes(Arrays.copyOf(value, front)).number(newCount).bytes(newOwn);
    byte[] made = out.done();
    if (hasFirst) {
      ByteBuffer.wrap(made)
          .putLong(firstAt, newFirst[0])
          .putLong(firstAt + Long.BYTES, newFirst[1]);
    }
    return made;
  }
}

package dev.varve.server.datatype;

import dev.varve.storage.ReadView;
import dev.varve.storage.WriteBatch;
import java.util.random.RandomGenerator;

/**
 * Gives out the ids of spread collections: each once, over restarts and crashes, too. Some thousand
 * are reserved together, by a record in the batch that uses the first of them; those that are left
 * when the server ends are never used.
 *
 * <p>Beside them is the database's secret, which the hash of members is keyed with (see {@link
 * MemberHash}): it is stored with the first reservation, before which nothing has been hashed.
 *
 * <pre>
 * 0x00 | 'i' -> next id that isn't reserved:u64 | secret:u64
 * </pre>
 *
 * <p>The storage thread's, or whoever's that has borrowed its role, but for {@link #hash}.
 */
final class CollectionIds {
  /** No id is that large; ids from here on are those of rehearsals, and never stored. */
  static final long REHEARSED = 1L << 47;

  private static final int RESERVED_TOGETHER = 4096;
  private static final byte[] KEY = {KeyLayout.INTERNAL, 'i'};

  private final long secret;
  private final MemberHash hash;
  private long next;
  private long reservedUpTo;

  private CollectionIds(long reservedUpTo, long secret) {
    this.next = reservedUpTo;
    this.reservedUpTo = reservedUpTo;
    this.secret = secret;
    this.hash = new MemberHash(secret);
  }

  /**
   * Begins where a database has got to.
   *
   * @param random gives a new database its secret
   */
  static CollectionIds load(ReadView view, RandomGenerator random) {
    byte[] stored = view.get(KEY);
    return stored == null
        ? new CollectionIds(0, random.nextLong())
        : new CollectionIds(
            (long) KeyLayout.LONG.get(stored, 0), (long) KeyLayout.LONG.get(stored, Long.BYTES));
  }

  /** The hash of a database's members; null if it has given out no id. */
  static MemberHash storedHash(ReadView view) {
    byte[] stored = view.get(KEY);
    return stored == null ? null : new MemberHash((long) KeyLayout.LONG.get(stored, Long.BYTES));
  }

  /** Any thread: the hash of this database's members. */
  MemberHash hash() {
    return hash;
  }

  /** The next id that has not been given out in an appended batch. */
  long next() {
    return next;
  }

  /** Ids below this are reserved by appended batches. */
  long reservedUpTo() {
    return reservedUpTo;
  }

  /**
   * Adds a reservation to a batch.
   *
   * @param from up to where ids are reserved already
   * @return up to where they are then
   */
  long reserve(WriteBatch batch, long from) {
    long upTo = from + RESERVED_TOGETHER;
    if (upTo > REHEARSED) {
      throw new IllegalStateException("there are no more ids for collections");
    }
    byte[] value = new byte[2 * Long.BYTES];
    KeyLayout.LONG.set(value, 0, upTo);
    KeyLayout.LONG.set(value, Long.BYTES, secret);
    batch.put(KEY, value);
    return upTo;
  }

  /** A batch is appended in which ids up to {@code given} were given out. */
  void appended(long given, long reserved) {
    next = given;
    reservedUpTo = reserved;
  }
}

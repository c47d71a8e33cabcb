package dev.varve.storage;

import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.KeySpread;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * The database as it was at one sequence number. It pins the memtables and tables that it reads, so
 * close it soon: what compaction replaces takes up disk until the last view of it is closed.
 *
 * <p>Safe for use by many threads at once until it is closed, but for {@link
 * StorageEngine#latest()}.
 */
public interface ReadView extends AutoCloseable {
  /** Says that a {@linkplain #countByWalk walk} would take long. */
  long TOO_MANY = -1;

  /** Everything up to this sequence number is seen, and nothing after it. */
  long sequence();

  /**
   * Everything up to this sequence number lies in tables, and nothing after it does. What another
   * view at or after it read from tables is therefore still what this one would read there.
   */
  long flushedSequence();

  /**
   * Looks a key up.
   *
   * @param mayRead whether the disk may be read; if not, the answer may be {@link
   *     EntryReference#NEEDS_READ}
   * @param out set, and to be released by the caller, if the answer is {@link EntryReference#FOUND}
   * @return {@link EntryReference#FOUND} if the key has a value, {@link EntryReference#ABSENT} if
   *     it has none
   * @throws StorageException if a read fails
   */
  int get(byte[] key, int offset, int length, boolean mayRead, EntryReference out);

  /**
   * Looks a key up, and hands a part of its value on, piece by piece. A large value that lies apart
   * is read for that, as its checksum is that of all of it, but is never in memory as a whole,
   * unless it is compressed.
   *
   * @param from the part's first byte
   * @param count how many bytes it has; there are so many
   * @param to is given all of them if the answer is {@link EntryReference#FOUND}. If a read fails,
   *     what it was given before is of no use: nothing of it has been checked
   * @return as {@link #get(byte[], int, int, boolean, EntryReference)}
   * @throws StorageException if a read fails
   */
  default int readPart(
      byte[] key, int offset, int length, boolean mayRead, int from, int count, PartVisitor to) {
    EntryReference entry = new EntryReference();
    int answer = get(key, offset, length, mayRead, entry);
    if (answer == EntryReference.FOUND) {
      to.piece(entry.valueSegment(), entry.valueOffset() + from, count);
      entry.release();
    }
    return answer;
  }

  /**
   * As {@link #get(byte[], int, int, boolean, EntryReference)}, for one who wants no more of the
   * value than its head, see {@link KeyGroups#headLength}: a value that lies apart isn't read for
   * that. What was found is to be asked for its {@linkplain EntryReference#headOffset head} only.
   *
   * <p>A value that was put apart by a version of this library that knew nothing of heads is read.
   */
  default int head(byte[] key, int offset, int length, boolean mayRead, EntryReference out) {
    return get(key, offset, length, mayRead, out);
  }

  /**
   * Looks the heads of many values up, as {@link #get(KeyBatch, boolean, Lookups)} does whole ones,
   * and in passing: what is read for it is not kept, as nobody will soon ask for these keys again.
   */
  default void heads(KeyBatch keys, boolean mayRead, Lookups out) {
    get(keys, mayRead, out);
  }

  /**
   * Looks many keys up, each as {@link #get(byte[], int, int, boolean, EntryReference)} would, but
   * side by side: source after source is asked for all of them, so that their waits for memory
   * overlap. Pays from a handful of keys on. Each one found pins its block, so take some dozens at
   * a time, not thousands.
   *
   * @param out set, and to be {@linkplain Lookups#release() released} by the caller
   * @throws StorageException if a read fails; nothing is pinned then
   */
  default void get(KeyBatch keys, boolean mayRead, Lookups out) {
    out.begin(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      int offset = keys.offset(i);
      out.answer(i, get(keys.bytes(), offset, keys.length(i), mayRead, out.entry(i)));
    }
  }

  /**
   * Looks a key up without reading tables, not even those in memory: for a writer that overwrites
   * the key whatever it holds, and would rather not know than search for it.
   *
   * @return as {@link #get(byte[], int, int, boolean, EntryReference)}: {@link
   *     EntryReference#FOUND} only in memtables, {@link EntryReference#ABSENT} if the filters of
   *     all tables say so, else {@link EntryReference#NEEDS_READ}
   */
  default int probe(byte[] key, int offset, int length, EntryReference out) {
    return get(key, offset, length, false, out);
  }

  /**
   * Has the processor fetch the memory that lookups of these keys will read, all keys' side by
   * side, so that the waits overlap instead of following one another. Nothing but time changes.
   */
  default void warm(KeyBatch keys) {}

  /** The value of a key, or null if it has none. For callers that don't mind the copy. */
  byte[] get(byte[] key);

  /**
   * An ordered walk over the live keys in [{@code lower}, {@code upper}); null means unbounded.
   * Making one reads nothing. The view must stay open as long as the cursor.
   */
  Cursor cursor(byte[] lower, byte[] upper);

  /**
   * Picks one of the live keys in [{@code lower}, {@code upper}), all with the same likelihood,
   * where that takes less than a walk.
   *
   * @param lower of the same first byte as {@code upper}
   * @param random each number of which is as likely as any other
   * @param mayRead whether the disk may be read, or other work be done that takes long
   * @param out set to the key's value, and to be released by the caller, if there is one
   * @return the key; null if a walk has to tell, or there is none
   * @throws StorageException if a read fails
   */
  default byte[] draw(
      byte[] lower, byte[] upper, RandomGenerator random, boolean mayRead, EntryReference out) {
    return null;
  }

  /**
   * Returns keys that enclose all live keys in [{@code lower}, {@code upper}); null if there are
   * none. They may lie farther out, where keys were that are deleted: a view that would have to
   * pass these to find a live one doesn't.
   *
   * @throws StorageException if a read fails
   */
  default KeyBounds bounds(byte[] lower, byte[] upper) {
    try (Cursor cursor = cursor(lower, upper)) {
      cursor.seekToFirst();
      if (!cursor.isValid()) {
        return null;
      }
      byte[] least = Arrays.copyOf(cursor.key(), cursor.keyLength());
      cursor.seekToLast();
      return new KeyBounds(least, Arrays.copyOf(cursor.key(), cursor.keyLength()));
    }
  }

  /**
   * Tells where entries in [{@code lower}, {@code upper}) lie, from what is in memory of tables and
   * memtables. Dead entries count as live ones do.
   *
   * @param lower of the same first byte as {@code upper}
   * @param most about how many keys each source names at most: the more, the closer to the truth
   */
  default KeySpread spread(byte[] lower, byte[] upper, int most) {
    KeySpread spread = new KeySpread();
    try (Cursor cursor = cursor(lower, upper)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        spread.add(Arrays.copyOf(cursor.key(), cursor.keyLength()), 1);
      }
    }
    return spread;
  }

  /**
   * Returns how many live keys a group has that lie from {@code lower} on and before {@code upper}:
   * takes a moment, whatever their number, and waits for nothing. It is of what the view sees, or,
   * if more has been published since, of what was at some moment since: then the view {@linkplain
   * #isOutrun is outrun}.
   */
  KeyCount count(long group, byte[] lower, byte[] upper);

  /**
   * Whether a {@link #count} told of more than the view sees: who wants to see no less from then on
   * takes another view.
   */
  default boolean isOutrun() {
    return false;
  }

  /**
   * Counts the live keys between two bounds by walking over them.
   *
   * @param most keys to walk over, and to sort for that, and deleted ones to pass
   * @return {@link #TOO_MANY} if there are more
   * @throws StorageException if a read fails
   */
  default long countByWalk(byte[] lower, byte[] upper, long most) {
    try (Cursor cursor = cursor(lower, upper)) {
      cursor.passAtMost(most);
      long keys = 0;
      for (cursor.seekToFirst(); cursor.isValid() && keys <= most; cursor.next()) {
        keys++;
      }
      return cursor.isHalted() || keys > most ? TOO_MANY : keys;
    }
  }

  /** Lets go of what the view pins. */
  @Override
  void close();
}

package dev.varve.storage.iterator;

/**
 * Told by cursors what they had to pass on the way to live keys, where that is many times as much
 * as the keys: dead entries, which are tombstones and what they, and range tombstones, hide. Safe
 * for use by many threads.
 */
public interface PassedEntries {
  /** Nobody wants to know. */
  PassedEntries IGNORED =
      new PassedEntries() {
        @Override
        public long least() {
          return Long.MAX_VALUE;
        }

        @Override
        public long flushedUpTo() {
          return 0;
        }

        @Override
        public void passed(Run run) {}
      };

  /** Whoever has passed so many tells of it at once, of fewer when the walk ends. */
  long least();

  /** What is newer than this lies in memtables. */
  long flushedUpTo();

  /** A walk has passed dead entries. */
  void passed(Run run);

  /**
   * Dead entries with little that lives between them.
   *
   * @param first a key not after the first of them
   * @param last a key not before the last of them; whoever goes on from where the walk halted tells
   *     of a run that doesn't begin after it
   * @param count how many
   * @param inMemtables keys of which the newest dead entry lies in a memtable
   * @param newest the greatest sequence number of them
   */
  record Run(byte[] first, byte[] last, long count, long inMemtables, long newest) {}
}

package dev.varve.storage.iterator;

/**
 * Told by cursors what they had to pass on the way from one live key to the next: dead entries,
 * which are tombstones and what they, and range tombstones, hide. Safe for use by many threads.
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

  /** One move that passes so many tells of it. */
  long least();

  /** What is newer than this lies in memtables. */
  long flushedUpTo();

  /** A move has passed dead entries. */
  void passed(Run run);

  /**
   * Dead entries with nothing live between them.
   *
   * @param first a key not behind the first of them
   * @param last a key not before the last of them; whoever goes on from where the move ended tells
   *     of a run that doesn't begin behind it
   * @param count how many
   * @param inMemtables keys of which the newest dead entry lies in a memtable
   * @param newest the greatest sequence number of them
   */
  record Run(byte[] first, byte[] last, long count, long inMemtables, long newest) {}
}

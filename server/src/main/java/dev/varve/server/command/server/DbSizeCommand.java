package dev.varve.server.command.server;

import dev.varve.server.datatype.DueKeys;
import dev.varve.server.datatype.ExpirySweep;
import dev.varve.server.datatype.KeyIterator;
import dev.varve.server.datatype.Prefetched;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.StorageAccess;
import dev.varve.storage.ReadView;

/**
 * DBSIZE: the exact number of keys. It removes what has expired, then asks for the count that is
 * kept; if writes whose effect on it is open make that uncertain, it counts the keys one by one,
 * and leaves the result for the next time.
 */
final class DbSizeCommand {
  private static final byte[] NO_PREFIX = {};

  private DbSizeCommand() {}

  /**
   * What the storage thread knows.
   *
   * @param databaseId of the database asked about
   * @param count of its keys; negative if it isn't known
   * @param sequence of the last change that the answer goes with
   */
  private record Known(int databaseId, long count, long sequence) {}

  static void execute(CommandContext context) {
    StorageAccess storage = context.services().storage();
    int database = context.database();
    removeExpired(storage, ExpirySweep.ofDeadlines(), context.keyspace().now());
    removeExpired(storage, ExpirySweep.ofDates(), context.keyspace().wallNow());
    Known known = storage.call(Prefetched.NONE, step -> known(step, database));
    context.reply().integer(known.count() >= 0 ? known.count() : count(storage, known, database));
  }

  private static void removeExpired(StorageAccess storage, ExpirySweep sweep, long now) {
    boolean more = true;
    while (more) {
      DueKeys found;
      try (ReadView view = storage.engine().view()) {
        found = sweep.search(view.sequence(), view.sequence(), now).run(view);
      }
      sweep.take(found);
      more = !found.isComplete();
      try {
        storage.call(Prefetched.NONE, step -> remove(step, found));
      } catch (ReadNeeded flushedMeanwhile) {
        sweep.giveBack(found);
        more = true;
      }
    }
  }

  private static int remove(CommandContext step, DueKeys found) {
    found.remove(step.keyspace(), 0, found.size());
    return found.size();
  }

  private static Known known(CommandContext step, int database) {
    StorageAccess storage = step.services().storage();
    long sequence = storage.engine().appendedSequence();
    int id = storage.databases().newestId(database);
    long count =
        storage.engine().countIsExact()
            ? storage.engine().liveCount(Integer.toUnsignedLong(id))
            : storage.liveCounts().of(id);
    return new Known(id, count, sequence);
  }

  private static long count(StorageAccess storage, Known asked, int database) {
    long count = 0;
    long sequence;
    int id;
    try (ReadView view = storage.engine().view()) {
      sequence = view.sequence();
      id = storage.databases().id(database, view, true);
      // The counts that are kept are of keys that are there, expired or not.
      try (KeyIterator keys = KeyIterator.over(view, id, NO_PREFIX, 0, 0)) {
        for (keys.first(); keys.isValid(); keys.next()) {
          count++;
        }
      }
    }
    long counted = count;
    int countedId = id;
    if (sequence == asked.sequence() && id == asked.databaseId()) {
      storage.submit(
          step -> {
            if (storage.engine().appendedSequence() == sequence) {
              storage.liveCounts().learn(countedId, counted);
            }
          });
    }
    return count;
  }
}

package dev.varve.server.metrics;

import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.datatype.TimesLeft;
import dev.varve.server.dispatch.LogLimit;
import dev.varve.storage.StorageException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link TimesLeft} for INFO: estimated when somebody asks, but once in a second at most if all
 * databases are known that are asked for. Safe for use by many threads.
 */
final class AverageTtl {
  private static final Logger LOG = LoggerFactory.getLogger(AverageTtl.class);
  private static final long FRESH_MILLIS = 1000;

  private final LogLimit failures = new LogLimit();
  private volatile Estimate latest = new Estimate(TimesLeft.NONE, Long.MIN_VALUE / 2);

  private record Estimate(TimesLeft times, long atMillis) {}

  /**
   * Returns how long the keys of some databases have left. Between the commands of a transaction,
   * and if what an estimate reads can't be read, that is what was estimated last.
   *
   * @param databaseIds of those that have keys with deadlines
   * @throws ReadNeeded if the disk has to be read for that, and may not
   */
  TimesLeft times(Keyspace keyspace, List<Integer> databaseIds) {
    Estimate known = latest;
    if (databaseIds.isEmpty()
        || !keyspace.isReadOnly()
        || (keyspace.now() - known.atMillis < FRESH_MILLIS
            && databaseIds.stream().allMatch(known.times::knows))) {
      return known.times;
    }
    if (!keyspace.mayRead()) {
      throw ReadNeeded.INSTANCE;
    }
    try {
      latest = new Estimate(TimesLeft.estimate(keyspace), keyspace.now());
    } catch (StorageException e) {
      failures.log(
          keyspace.now(),
          more -> LOG.warn("Times to live can't be averaged: {}{}", e.getMessage(), more));
    }
    return latest.times;
  }
}

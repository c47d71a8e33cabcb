package dev.varve.server.metrics;

import dev.varve.server.datatype.TimesLeft;
import dev.varve.server.dispatch.LogLimit;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link TimesLeft} for INFO, which waits for nothing: it is estimated on the read pool, once a
 * second for as long as somebody asks. Safe for use by many threads.
 */
final class AverageTtl {
  private static final Logger LOG = LoggerFactory.getLogger(AverageTtl.class);

  /** Who monitors a server asks for INFO more often. */
  private static final long ASKED_FOR_MILLIS = TimeUnit.MINUTES.toMillis(5);

  private final InfoSources sources;
  private final LogLimit failures = new LogLimit();
  private final AtomicBoolean estimating = new AtomicBoolean();
  private volatile TimesLeft latest = TimesLeft.NONE;

  /** When it is not estimated any more if nobody asks. */
  private volatile long untilMillis = Long.MIN_VALUE;

  AverageTtl(InfoSources sources) {
    this.sources = sources;
  }

  /** Returns what was estimated last, and has more estimated. */
  TimesLeft times() {
    untilMillis = sources.clock().getAsLong() + ASKED_FOR_MILLIS;
    return latest;
  }

  /** Each second. */
  void sample() {
    if (sources.clock().getAsLong() < untilMillis && estimating.compareAndSet(false, true)) {
      try {
        sources.readPool().execute(this::estimate);
      } catch (RejectedExecutionException serverHasStopped) {
        LOG.debug("Times to live are averaged no more", serverHasStopped);
      }
    }
  }

  /** Read pool. */
  private void estimate() {
    long now = sources.clock().getAsLong();
    try (ReadView view = sources.engine().view()) {
      latest = TimesLeft.estimate(view, now, sources.wallTime().latest());
    } catch (RuntimeException | Error e) {
      failures.log(
          now,
          more -> {
            if (e instanceof StorageException) {
              LOG.warn("Times to live can't be averaged: {}{}", e.getMessage(), more);
            } else {
              LOG.error("Times to live can't be averaged{}", more, e);
            }
          });
    } finally {
      estimating.set(false);
    }
  }
}

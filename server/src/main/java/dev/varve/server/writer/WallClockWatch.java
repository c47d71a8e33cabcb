package dev.varve.server.writer;

import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.WallTime;
import dev.varve.server.dispatch.LogLimit;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the wall clock: tells of its steps, and rebases {@link WallTime} after one back, when
 * all that is due by it has been removed. Its work is the storage thread's.
 */
public final class WallClockWatch {
  private static final Logger LOG = LoggerFactory.getLogger(WallClockWatch.class);
  private static final long PERIOD_MILLIS = 100;

  private final StorageThread thread;
  private final WallTime time;
  private final List<ExpiryTimer> timers;
  private final LogLimit failures = new LogLimit();

  /**
   * Prepares; nothing happens before {@link #start}.
   *
   * @param timers remove what is due by {@code time}
   */
  public WallClockWatch(StorageThread thread, WallTime time, List<ExpiryTimer> timers) {
    this.thread = thread;
    this.time = time;
    this.timers = timers;
  }

  /** Begins. */
  @SuppressWarnings("FutureReturnValueIgnored") // the task reports its failures itself
  public void start() {
    thread
        .loop()
        .scheduleWithFixedDelay(this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      time.follow();
      if (thread.refusal() == null && time.isHeld()) {
        hold();
      }
    } catch (RuntimeException | Error e) {
      failures.log(
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime()),
          more -> LOG.error("A step of the wall clock can't be dealt with just now{}", more, e));
    }
  }

  /** What has no room is tried again with the next look. */
  private void hold() {
    if (!time.isStored()) {
      store(time.latest());
    } else if (timers.stream().allMatch(ExpiryTimer::nothingIsDue) && store(time.clockMillis())) {
      time.rebased(thread.appendedSequence());
    }
  }

  private boolean store(long millis) {
    Keyspace keyspace = thread.context().keyspace();
    return thread.execute(() -> keyspace.transaction().storeWallTime(millis));
  }
}

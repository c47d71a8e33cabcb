package dev.varve.server.simulation;

import java.util.function.LongSupplier;

/**
 * The time that times to live pass by, as a server has it: it elapses as all time does, and jumps
 * only where a server is started by a wall clock that was set. Then it begins with that, or goes on
 * from where it was, if that is later.
 */
final class ServerTime {
  private final SimulatedTime time;

  /** By how much it is ahead of what has elapsed. */
  private long aheadMillis;

  /** When something was written that can't be lost. */
  private long writtenMillis;

  ServerTime(SimulatedTime time) {
    this.time = time;
  }

  /** Returns milliseconds since the beginning of all. */
  long elapsedMillis() {
    return time.elapsedMillis() + aheadMillis;
  }

  /** Returns what the server's clock shows. */
  long millis() {
    return SimulatedTime.START_MILLIS + elapsedMillis();
  }

  /** Something was acknowledged that was written then, or later; by {@link #elapsedMillis}. */
  void wrote(long atMillis) {
    writtenMillis = Math.max(writtenMillis, atMillis);
  }

  /**
   * A server has been started.
   *
   * @param clock the server's
   * @param losesPromises whether what was acknowledged may be lost
   */
  void begin(LongSupplier clock, boolean losesPromises) {
    long least = time.wallAheadMillis();
    long most = Math.max(least, aheadMillis);
    aheadMillis = clock.getAsLong() - SimulatedTime.START_MILLIS - time.elapsedMillis();
    Workload.demand(
        aheadMillis + 1 >= least && aheadMillis <= most + 1,
        "time begins " + aheadMillis + " ms ahead, not " + least + " to " + most);
    Workload.demand(
        losesPromises || elapsedMillis() + 1 >= writtenMillis,
        "time begins at " + elapsedMillis() + " ms, and was at " + writtenMillis);
    writtenMillis = Math.min(writtenMillis, elapsedMillis());
  }
}

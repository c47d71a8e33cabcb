package dev.varve.server.network;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;

/**
 * The wait of a connection for memory that its next reply needs, and others hold: what had to wait
 * is tried again, at intervals that grow. Owned by the connection's loop.
 */
final class MemoryWait {
  /** How long a request waits before it is refused. */
  private static final long MOST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** After how long it is tried again, at first and at most. */
  private static final long FIRST_RETRY_MILLIS = 10;

  private static final long LAST_RETRY_MILLIS = 500;

  private final EventLoop loop;
  private final Runnable retry;

  /** Whether the next request waits, to be executed again. */
  private boolean waits;

  /** Since when nothing was executed for want of memory; 0: it isn't so. */
  private long sinceNanos;

  private long retryMillis = FIRST_RETRY_MILLIS;
  private boolean retries;

  /**
   * Makes the wait of a connection.
   *
   * @param retry goes on with the connection; never throws
   */
  MemoryWait(EventLoop loop, Runnable retry) {
    this.loop = loop;
    this.retry = retry;
  }

  /** Whether the next request waits. */
  boolean isOn() {
    return waits;
  }

  /**
   * There is no memory for the next request's reply: it is to be executed again later.
   *
   * @return false if it has waited too long, and is to be refused
   */
  boolean begin() {
    long now = System.nanoTime();
    if (sinceNanos == 0) {
      sinceNanos = now;
    } else if (now - sinceNanos > MOST_WAIT_NANOS) {
      return false;
    }
    waits = true;
    retryLater();
    return true;
  }

  /** A request was executed, or refused: there is memory, or it isn't waited for. */
  void ended() {
    sinceNanos = 0;
    retryMillis = FIRST_RETRY_MILLIS;
  }

  /** Goes on in a while, of which no event of its own will tell. */
  @SuppressWarnings("FutureReturnValueIgnored") // the task reports its failures itself
  void retryLater() {
    if (!retries) {
      retries = true;
      loop.schedule(this::retry, retryMillis, TimeUnit.MILLISECONDS);
      retryMillis = Math.min(2 * retryMillis, LAST_RETRY_MILLIS);
    }
  }

  private void retry() {
    retries = false;
    waits = false;
    retry.run();
  }
}

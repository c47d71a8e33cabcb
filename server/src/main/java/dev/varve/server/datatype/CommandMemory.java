package dev.varve.server.datatype;

import java.util.ArrayDeque;
import java.util.function.LongSupplier;

/**
 * Heap that commands may take for what is fetched for them from disk, and for copies of long values
 * that reads work on, all connections together. What doesn't fit beside what others hold waits,
 * first come, first served; what wouldn't fit alone is refused. Nobody who holds some waits for
 * more. Safe for use by many threads.
 */
public final class CommandMemory {
  /** The error line of a command that would take more memory than it may. */
  public static final String REFUSAL = "OOM command not allowed when used memory > 'maxmemory'.";

  private record Waiting(long bytes, Runnable granted, long sinceNanos) {}

  private final long limit;
  private final LongSupplier nanoClock;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private long used;

  /** A command alone would take more than all may. */
  public static final class ExceededException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Makes one that says that {@code bytes} were wanted, where only {@code limit} may be. */
    public ExceededException(long bytes, long limit) {
      super(bytes + " bytes, of " + limit + " for all commands");
    }
  }

  /**
   * Makes one of {@code limit} bytes.
   *
   * @param nanoClock tells how long somebody has waited
   */
  public CommandMemory(long limit, LongSupplier nanoClock) {
    this.limit = limit;
    this.nanoClock = nanoClock;
  }

  /**
   * Takes so much, at once or later; the taker holds nothing so far, and {@linkplain #give gives}
   * back just that.
   *
   * @param granted is run once it has been taken, by whoever gave it back, if that is not at once
   * @return whether it was taken at once
   * @throws ExceededException if there will never be so much
   */
  public synchronized boolean take(long bytes, Runnable granted) {
    check(bytes);
    if (!waiting.isEmpty() || used + bytes > limit) {
      waiting.add(new Waiting(bytes, granted, nanoClock.getAsLong()));
      return false;
    }
    used += bytes;
    return true;
  }

  /**
   * Makes sure that so much can be taken, sooner or later.
   *
   * @throws ExceededException if there will never be so much
   */
  public void check(long bytes) {
    if (bytes > limit) {
      throw new ExceededException(bytes, limit);
    }
  }

  /** Gives back what was taken. */
  public void give(long bytes) {
    if (bytes == 0) {
      return;
    }
    add(-bytes);
    Runnable next = grantNext();
    while (next != null) {
      next.run();
      next = grantNext();
    }
  }

  private synchronized void add(long delta) {
    used += delta;
  }

  private synchronized Runnable grantNext() {
    Waiting first = waiting.peek();
    if (first == null || used + first.bytes() > limit) {
      return null;
    }
    waiting.poll();
    used += first.bytes();
    return first.granted();
  }

  /** Whether somebody has waited for so long. */
  public synchronized boolean isWaitedForSince(long nanos) {
    return !waiting.isEmpty() && nanoClock.getAsLong() - waiting.peek().sinceNanos() > nanos;
  }

  /** Returns how many bytes all commands together may take. */
  public long limit() {
    return limit;
  }

  /** Returns bytes that are taken. */
  public synchronized long used() {
    return used;
  }
}

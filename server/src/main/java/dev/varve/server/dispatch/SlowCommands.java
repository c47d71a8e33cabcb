package dev.varve.server.dispatch;

import dev.varve.protocol.Request;
import dev.varve.server.latency.LatencyEvents;
import dev.varve.server.latency.SlowLog;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Notes commands that were slow, in the slow log and among the events of latency. A command that
 * was not pays for one comparison. Safe for use by many threads.
 */
public final class SlowCommands {
  private static final int MOST_ARGUMENTS = 32;
  private static final int MOST_ARGUMENT_BYTES = 128;

  private final InstantSource wallClock;
  private final LongSupplier nanoTime;
  private final SlowLog log = new SlowLog();
  private final LatencyEvents events = new LatencyEvents();

  private volatile long logFromNanos = Long.MAX_VALUE;

  /** The least of what is noted anywhere. */
  private volatile long slowFromNanos = Long.MAX_VALUE;

  private volatile boolean distributed = true;

  /**
   * Notes nothing until it is told what is slow.
   *
   * @param nanoTime tells how time elapses, in nanoseconds since any moment
   */
  public SlowCommands(InstantSource wallClock, LongSupplier nanoTime) {
    this.wallClock = wallClock;
    this.nanoTime = nanoTime;
  }

  /**
   * Says what is slow from now on.
   *
   * @param logFromMicros what the slow log has; negative: nothing
   * @param entries how many the slow log keeps
   * @param eventsFromMillis what is an event of latency; 0: nothing
   * @param distribution whether commands' times go into their distributions
   */
  public void settings(
      long logFromMicros, long entries, long eventsFromMillis, boolean distribution) {
    log.keep(entries);
    events.threshold(eventsFromMillis);
    distributed = distribution;
    logFromNanos =
        logFromMicros < 0 ? Long.MAX_VALUE : TimeUnit.MICROSECONDS.toNanos(logFromMicros);
    long eventsFromNanos =
        eventsFromMillis == 0 ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(eventsFromMillis);
    slowFromNanos = Math.min(logFromNanos, eventsFromNanos);
  }

  /** Returns the slow log. */
  public SlowLog log() {
    return log;
  }

  /** Returns the events of latency. */
  public LatencyEvents events() {
    return events;
  }

  /** Returns whether commands' times go into their distributions. */
  public boolean isDistributed() {
    return distributed;
  }

  /** Returns nanoseconds since some moment. */
  public long nanoTime() {
    return nanoTime.getAsLong();
  }

  /** Returns whether a command that took so long is to be noted. */
  public boolean isSlow(long nanos) {
    return nanos >= slowFromNanos;
  }

  /** Notes a command that {@linkplain #isSlow is slow}. */
  public void note(Session session, CommandSpec spec, Request request, long nanos) {
    long seconds = wallClock.instant().getEpochSecond();
    if (nanos >= logFromNanos && !spec.is(CommandFlag.SKIP_SLOWLOG)) {
      List<byte[]> arguments = shortened(spec, request);
      SlowLog.Command command =
          new SlowLog.Command(session.remoteAddress(), session.name(), arguments);
      log.add(seconds, TimeUnit.NANOSECONDS.toMicros(nanos), command);
    }
    String kind = spec.is(CommandFlag.FAST) ? LatencyEvents.FAST_COMMAND : LatencyEvents.COMMAND;
    events.ended(kind, seconds, TimeUnit.NANOSECONDS.toMillis(nanos));
  }

  /** Notes a sync of the log that took so long, if it was slow. */
  public void synced(long nanos) {
    if (isSlow(nanos)) {
      long seconds = wallClock.instant().getEpochSecond();
      events.ended(LatencyEvents.SYNC, seconds, TimeUnit.NANOSECONDS.toMillis(nanos));
    }
  }

  private static List<byte[]> shortened(CommandSpec spec, Request request) {
    int count = request.argumentCount();
    int kept = count > MOST_ARGUMENTS ? MOST_ARGUMENTS - 1 : count;
    List<byte[]> arguments = new ArrayList<>();
    for (int i = 0; i < kept; i++) {
      arguments.add(shortened(spec, request, i));
    }
    if (kept < count) {
      arguments.add(text("... (" + (count - kept) + " more arguments)"));
    }
    return arguments;
  }

  private static byte[] shortened(CommandSpec spec, Request request, int index) {
    if (Secrets.isSecret(spec, request, index)) {
      return text(Secrets.REDACTED);
    }
    int length = request.argumentLength(index);
    if (length <= MOST_ARGUMENT_BYTES) {
      return request.argumentBytes(index);
    }
    byte[] more = text("... (" + (length - MOST_ARGUMENT_BYTES) + " more bytes)");
    byte[] shortened = new byte[MOST_ARGUMENT_BYTES + more.length];
    request.buffer().getBytes(request.argumentOffset(index), shortened, 0, MOST_ARGUMENT_BYTES);
    System.arraycopy(more, 0, shortened, MOST_ARGUMENT_BYTES, more.length);
    return shortened;
  }

  private static byte[] text(String ascii) {
    return ascii.getBytes(StandardCharsets.US_ASCII);
  }
}

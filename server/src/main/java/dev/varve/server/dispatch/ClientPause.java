package dev.varve.server.dispatch;

import dev.varve.protocol.Request;

/**
 * Whether clients' commands wait, see CLIENT PAUSE. Asked for each command, so it costs a look at
 * one field. Safe for use by many threads.
 */
public final class ClientPause {
  /** Which commands wait, the fewest first. */
  public enum Mode {
    /** None. */
    OFF,
    /** Those that change keys or send messages, or may do so. */
    WRITE,
    /** All. */
    ALL
  }

  private volatile Mode mode = Mode.OFF;

  /** When it ends, by the time that commands have; with the lock. */
  private long endMillis;

  /** Returns which commands wait. */
  public Mode mode() {
    return mode;
  }

  /** Whether any wait. */
  public boolean isOn() {
    return mode != Mode.OFF;
  }

  /** Begins a pause, or makes the one that there is longer and stricter. */
  public synchronized void begin(Mode wanted, long untilMillis) {
    endMillis = isOn() ? Math.max(endMillis, untilMillis) : untilMillis;
    if (wanted.compareTo(mode) > 0) {
      mode = wanted;
    }
  }

  /** Returns when it ends. */
  public synchronized long endMillis() {
    return endMillis;
  }

  /** Ends it. */
  public synchronized void end() {
    mode = Mode.OFF;
  }

  /** Ends it if its time has come; whether there is none now. */
  public synchronized boolean endIfDue(long nowMillis) {
    if (isOn() && nowMillis >= endMillis) {
      mode = Mode.OFF;
    }
    return mode == Mode.OFF;
  }

  /** Whether a connection's command waits. */
  boolean holds(CommandSpec command, Request request, Session session) {
    return switch (mode) {
      case OFF -> false;
      case ALL -> true;
      case WRITE ->
          command.mayReplicate(request)
              || (command.isExec() && session.queued() != null && session.queued().mayReplicate());
    };
  }
}

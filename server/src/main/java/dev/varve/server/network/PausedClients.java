package dev.varve.server.network;

import dev.varve.server.dispatch.ClientPause;
import dev.varve.server.writer.TurnLoop;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Connections whose next command waits for the end of a pause, and goes on first that waited first.
 * Safe for use by many threads.
 */
final class PausedClients {
  private final ClientPause pause;
  private final TurnLoop timerLoop;
  private final LongSupplier clock;

  /** In the order in which they go on. */
  private final Set<Connection> held = Collections.synchronizedSet(new LinkedHashSet<>());

  /**
   * Makes one with nobody.
   *
   * @param timerLoop ends pauses when their time has come
   */
  PausedClients(ClientPause pause, TurnLoop timerLoop, LongSupplier clock) {
    this.pause = pause;
    this.timerLoop = timerLoop;
    this.clock = clock;
  }

  int count() {
    return held.size();
  }

  void begin(ClientPause.Mode mode, long millis) {
    long now = clock.getAsLong();
    // Saturated: a pause that is longer never ends, either.
    pause.begin(mode, now + Math.min(millis, Long.MAX_VALUE - now));
    endWhenDue();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the task can't fail
  private void endWhenDue() {
    long left = pause.endMillis() - clock.getAsLong();
    timerLoop.schedule(this::endIfDue, Math.max(0, left), TimeUnit.MILLISECONDS);
  }

  private void endIfDue() {
    if (pause.endIfDue(clock.getAsLong())) {
      letGo();
    } else {
      endWhenDue();
    }
  }

  void end() {
    pause.end();
    letGo();
  }

  private void letGo() {
    for (Connection connection : List.copyOf(held)) {
      if (held.remove(connection)) {
        connection.requests().endOfPause();
      }
    }
  }

  /** The connection's loop: has it wait. */
  void hold(Connection connection) {
    held.add(connection);
    if (!pause.isOn() && held.remove(connection)) {
      // It has ended since the connection was told to wait.
      connection.requests().endOfPause();
    }
  }

  /** The connection has gone. */
  void forget(Connection connection) {
    held.remove(connection);
  }
}

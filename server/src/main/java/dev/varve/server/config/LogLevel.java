package dev.varve.server.config;

import org.slf4j.event.Level;

/** How much is logged; the names are Redis's. */
public enum LogLevel {
  /** Everything. */
  DEBUG(Level.DEBUG),
  /** Much, for the curious. */
  VERBOSE(Level.DEBUG),
  /** What an operator wants to know. */
  NOTICE(Level.INFO),
  /** What an operator must know. */
  WARNING(Level.WARN);

  private final Level least;

  LogLevel(Level least) {
    this.least = least;
  }

  /** Returns the least level of lines that are logged. */
  public Level least() {
    return least;
  }
}

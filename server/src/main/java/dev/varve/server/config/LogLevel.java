package dev.varve.server.config;

/** How much is logged; the names are Redis's. */
public enum LogLevel {
  /** Everything. */
  DEBUG("debug"),
  /** Much, for the curious. */
  VERBOSE("debug"),
  /** What an operator wants to know. */
  NOTICE("info"),
  /** What an operator must know. */
  WARNING("warn");

  private final String simpleLoggerName;

  LogLevel(String simpleLoggerName) {
    this.simpleLoggerName = simpleLoggerName;
  }

  /** Returns slf4j-simple's name of the level. */
  public String simpleLoggerName() {
    return simpleLoggerName;
  }
}

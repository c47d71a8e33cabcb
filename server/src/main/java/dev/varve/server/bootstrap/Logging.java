package dev.varve.server.bootstrap;

import dev.varve.server.config.Configuration;
import dev.varve.server.config.Settings;

/** Sets slf4j-simple up; to be called before the first logger is made. */
final class Logging {
  private static final String PREFIX = "org.slf4j.simpleLogger.";

  private Logging() {}

  static void configure(Configuration configuration) {
    String file = configuration.get(Settings.LOG_FILE);
    set("defaultLogLevel", configuration.get(Settings.LOG_LEVEL).simpleLoggerName());
    set("log.io.netty", "warn");
    set("logFile", file.isEmpty() ? "System.out" : file);
    set("showDateTime", "true");
    set("dateTimeFormat", "dd MMM yyyy HH:mm:ss.SSS");
    set("showThreadName", "true");
    set("showShortLogName", "true");
  }

  private static void set(String name, String value) {
    System.setProperty(PREFIX + name, value);
  }
}

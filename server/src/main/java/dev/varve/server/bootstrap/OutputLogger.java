package dev.varve.server.bootstrap;

import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** The logger of a class. Safe for use by many threads. */
final class OutputLogger extends LegacyAbstractLogger {
  private static final long serialVersionUID = 1;

  private final transient LogOutput output;

  /** Whether it is a library's: then no more than warnings is of interest. */
  private final boolean foreign;

  OutputLogger(String name, LogOutput output) {
    this.name = name;
    this.output = output;
    this.foreign = name.startsWith("io.netty.");
  }

  private boolean isEnabled(Level level) {
    return output.takes(level) && (!foreign || level.toInt() >= Level.WARN.toInt());
  }

  @Override
  public boolean isTraceEnabled() {
    return isEnabled(Level.TRACE);
  }

  @Override
  public boolean isDebugEnabled() {
    return isEnabled(Level.DEBUG);
  }

  @Override
  public boolean isInfoEnabled() {
    return isEnabled(Level.INFO);
  }

  @Override
  public boolean isWarnEnabled() {
    return isEnabled(Level.WARN);
  }

  @Override
  public boolean isErrorEnabled() {
    return isEnabled(Level.ERROR);
  }

  /** Nobody is told where a line was called from. */
  @Override
  protected String getFullyQualifiedCallerName() {
    return null;
  }

  @Override
  protected void handleNormalizedLoggingCall(
      Level level, Marker marker, String pattern, Object[] arguments, Throwable thrown) {
    String message = MessageFormatter.basicArrayFormat(pattern, arguments);
    output.write(level, name.substring(name.lastIndexOf('.') + 1), message, thrown);
  }
}

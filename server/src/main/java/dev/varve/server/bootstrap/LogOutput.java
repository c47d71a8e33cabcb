package dev.varve.server.bootstrap;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.slf4j.event.Level;

/**
 * Where log lines go, and which do. A line has its time, thread, level, class and message; after it
 * is the stack trace of what was thrown. Safe for use by many threads; all may change while others
 * write.
 */
final class LogOutput {
  /** That of this process: SLF4J makes its loggers by itself, and they must find it. */
  static final LogOutput OF_PROCESS = new LogOutput(null, Clock.system(ZoneId.systemDefault()));

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("dd MMM yyyy HH:mm:ss.SSS", Locale.ENGLISH);

  private final Clock clock;
  private volatile Level least = Level.INFO;

  /** Null: the process's standard error, as it is when a line is written. */
  private volatile PrintStream stream;

  /** Null: none. */
  private volatile Syslog syslog;

  /** Whether the last line did not reach {@link #syslog}. */
  private volatile boolean syslogFails;

  LogOutput(PrintStream stream, Clock clock) {
    this.stream = stream;
    this.clock = clock;
  }

  /** From now on lines go there. */
  void to(PrintStream next) {
    stream = next;
  }

  /** From now on lines go to the system's log, too; null: they don't. */
  void alsoTo(Syslog next) {
    syslog = next;
  }

  /** From now on lines of less than {@code level} are left out. */
  void least(Level level) {
    least = level;
  }

  boolean takes(Level level) {
    return level.toInt() >= least.toInt();
  }

  /**
   * Writes a line, whatever its level.
   *
   * @param thrown null: nothing was
   */
  void write(Level level, String source, String message, Throwable thrown) {
    ZonedDateTime now = ZonedDateTime.now(clock);
    String trace = thrown == null ? "" : trace(thrown);
    writeLine(now, level, source, message, trace);
    Syslog system = syslog;
    if (system != null) {
      try {
        system.write(now, level, source + ": " + message + (thrown == null ? "" : ": " + thrown));
        syslogFails = false;
      } catch (IOException e) {
        if (!syslogFails) {
          syslogFails = true;
          String why = "The system's log is not reached: " + e.getMessage();
          writeLine(now, Level.WARN, Syslog.class.getSimpleName(), why, "");
        }
      }
    }
  }

  private void writeLine(
      ZonedDateTime now, Level level, String source, String message, String trace) {
    PrintStream target = stream == null ? System.err : stream;
    // As one piece, so that lines of several threads don't mix.
    target.print(
        TIME.format(now)
            + " ["
            + Thread.currentThread().getName()
            + "] "
            + level
            + " "
            + source
            + " - "
            + message
            + System.lineSeparator()
            + trace);
    target.flush();
  }

  private static String trace(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }
}

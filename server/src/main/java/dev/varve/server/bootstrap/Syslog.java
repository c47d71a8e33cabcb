package dev.varve.server.bootstrap;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.slf4j.event.Level;

/**
 * The system's log, as syslog(3) reaches it: a datagram for each line to the unix socket {@code
 * /dev/log}, in the form of RFC 3164. A line for which there is no room there is not waited for.
 * Safe for use by many threads.
 */
final class Syslog {
  /** Where the system listens. */
  static final String SOCKET = "/dev/log";

  /** Longer lines are cut: what takes them has limits of its own. */
  private static final int MOST_BYTES = 8 << 10;

  private static final int FACILITY_USER = 1;
  private static final int FACILITY_LOCAL0 = 16;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ENGLISH);

  private final String socket;
  private final String ident;
  private final int facility;

  /**
   * Opens nothing yet.
   *
   * @param socket path of a unix socket of datagrams
   * @param ident the program's name in each line
   * @param facility {@code user}, or {@code local0} to {@code local7}
   */
  Syslog(String socket, String ident, String facility) {
    this.socket = socket;
    this.ident = ident;
    this.facility =
        facility.equals("user")
            ? FACILITY_USER
            : FACILITY_LOCAL0 + facility.charAt(facility.length() - 1) - '0';
  }

  /**
   * Writes a line.
   *
   * @throws IOException if it can't be handed over
   */
  void write(ZonedDateTime now, Level level, String message) throws IOException {
    String head =
        "<"
            + (facility * 8 + severity(level))
            + ">"
            + TIME.format(now)
            + " "
            + ident
            + "["
            + ProcessHandle.current().pid()
            + "]: ";
    byte[] bytes = (head + message).getBytes(StandardCharsets.UTF_8);
    UnixDatagram.send(socket, bytes, Math.min(bytes.length, MOST_BYTES));
  }

  /** As Redis tells them: what it calls a notice is one. */
  private static int severity(Level level) {
    return switch (level) {
      case ERROR -> 3;
      case WARN -> 4;
      case INFO -> 5;
      case DEBUG, TRACE -> 7;
    };
  }
}

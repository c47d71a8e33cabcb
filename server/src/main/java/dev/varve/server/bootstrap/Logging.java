package dev.varve.server.bootstrap;

import dev.varve.server.config.Configuration;
import dev.varve.server.config.Settings;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Has the log be as the settings say, and go where they say. */
final class Logging {
  /** Null: the log goes to standard output. */
  private final LogFile file;

  private Logging(LogFile file) {
    this.file = file;
  }

  /**
   * Directs the log to where the settings say. With a file, standard error goes there as well: what
   * a thread dies of is part of the log.
   *
   * @throws StartException if the file can't be opened
   */
  static Logging configure(Configuration configuration) throws StartException {
    String name = configuration.get(Settings.LOG_FILE);
    LogFile file = null;
    if (!name.isEmpty()) {
      try {
        file = new LogFile(Path.of(name));
      } catch (IOException e) {
        throw new StartException(
            ExitCode.LOG_FILE, "the log file can't be opened: " + reason(e), e);
      }
      System.setErr(new PrintStream(file, true, StandardCharsets.UTF_8));
    }
    LogOutput output = LogOutput.OF_PROCESS;
    output.to(file == null ? System.out : System.err);
    output.least(configuration.get(Settings.LOG_LEVEL).least());
    configuration.onChange(() -> output.least(configuration.get(Settings.LOG_LEVEL).least()));
    if (configuration.get(Settings.SYSLOG_ENABLED)) {
      output.alsoTo(
          new Syslog(
              Syslog.SOCKET,
              configuration.get(Settings.SYSLOG_IDENT),
              configuration.get(Settings.SYSLOG_FACILITY)));
    }
    return new Logging(file);
  }

  private static String reason(IOException e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }

  /** Has the log go on in a new file if somebody has taken its file away; often. */
  void follow() {
    if (file != null) {
      file.follow();
    }
  }

  /** Whether the log goes to a file. */
  boolean isToFile() {
    return file != null;
  }
}

package dev.varve.server.bootstrap;

import dev.varve.server.config.Configuration;
import dev.varve.server.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file that tells the server's process id while it runs. */
final class PidFile {
  private static final Logger LOG = LoggerFactory.getLogger(PidFile.class);

  /** Null: there is none. */
  private final Path path;

  private PidFile(Path path) {
    this.path = path;
  }

  /**
   * Writes the file if one was asked for, or if the server is in the background. That it can't be
   * written is logged, and no reason not to serve: so it is with Redis.
   */
  static PidFile write(Configuration configuration) {
    String name = configuration.get(Settings.PID_FILE);
    if (name.isEmpty()) {
      if (!configuration.runsInBackground()) {
        return new PidFile(null);
      }
      name = Settings.BACKGROUND_PID_FILE;
    }
    Path path = Path.of(name);
    try {
      Files.writeString(path, ProcessHandle.current().pid() + "\n");
      return new PidFile(path);
    } catch (IOException e) {
      LOG.warn("Failed to write PID file: {}", e.toString());
      return new PidFile(null);
    }
  }

  /** Deletes the file; called when the server has stopped. */
  void delete() {
    if (path != null) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        LOG.warn("The PID file stays: {}", e.toString());
      }
    }
  }
}

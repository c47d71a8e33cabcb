package dev.varve.server.bootstrap;

import dev.varve.server.transfer.Link;
import dev.varve.server.transfer.RefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Has a running server make a checkpoint. */
final class ServerCheckpoint {
  private static final String BUSY = "in progress";
  private static final String FIELD = "last_checkpoint:";
  private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private ServerCheckpoint() {}

  /**
   * Has one made, and waits for it; if another one is being made, for that before.
   *
   * @return where the server says that it is
   * @throws IOException if it can't be made, or the server is no Varve
   */
  static Path make(Link link) throws IOException {
    while (!isMade(link)) {
      LockSupport.parkNanos(WAIT_NANOS);
    }
    for (String line : link.call("INFO", "persistence").split("\r\n", -1)) {
      if (line.startsWith(FIELD) && line.length() > FIELD.length()) {
        return Path.of(line.substring(FIELD.length()));
      }
    }
    throw new IOException("the server tells of no checkpoint, so it is no Varve");
  }

  private static boolean isMade(Link link) throws IOException {
    try {
      link.call("SAVE");
      return true;
    } catch (RefusedException e) {
      if (e.getMessage().contains(BUSY)) {
        return false;
      }
      throw e;
    }
  }
}

package dev.varve.server.bootstrap;

import dev.varve.server.config.Configuration;
import dev.varve.server.config.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd how the server is, as sd_notify(3) describes it: a datagram to the unix socket that
 * {@code NOTIFY_SOCKET} names.
 */
final class Supervisor {
  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

  /** Null: there is nobody to tell. */
  private final String socket;

  /** Tells at a socket; null: nobody. */
  Supervisor(String socket) {
    this.socket = socket;
  }

  /** Returns whom the settings and the environment name. */
  static Supervisor of(Configuration configuration) {
    String socket = configuration.systemdSocket();
    if (socket == null && configuration.get(Settings.SUPERVISED) == Settings.Supervision.SYSTEMD) {
      LOG.warn("systemd supervision requested or auto-detected, but NOTIFY_SOCKET not found");
    }
    return new Supervisor(socket);
  }

  /** Tells that clients are served. */
  void ready() {
    tell("STATUS=Ready to accept connections\nREADY=1\n");
  }

  /** Tells that the server is about to end. */
  void stopping() {
    tell("STOPPING=1\n");
  }

  private void tell(String state) {
    if (socket == null) {
      return;
    }
    byte[] text = state.getBytes(StandardCharsets.UTF_8);
    try {
      UnixDatagram.send(socket, text, text.length);
    } catch (IOException | RuntimeException | Error e) {
      // Nothing of this is worth the server's end.
      LOG.warn("systemd can't be told", e);
    }
  }
}

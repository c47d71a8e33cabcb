package dev.varve.server.network;

import dev.varve.server.dispatch.ClientLine;
import dev.varve.server.dispatch.ClientMemory;
import dev.varve.server.dispatch.Session;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs why a client's connection is closed, or what it is refused; no more often than the server's
 * limits of log lines allow. Safe for use by many threads.
 */
final class ClientLog {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  private final ServerContext server;
  private final Session session;

  ClientLog(ServerContext server, Session session) {
    this.server = server;
    this.session = session;
  }

  /** The connection is closed, as the client {@code reason}. */
  void closed(String reason) {
    server
        .warnings()
        .log(
            now(),
            more ->
                LOG.warn(
                    "Client {} at {} {}: closed{}",
                    session.id(),
                    session.remoteAddress(),
                    reason,
                    more));
  }

  /** The connection is closed, as all connections together take too much memory. */
  void evicted(ClientMemory memory) {
    StringBuilder line = new StringBuilder();
    ClientLine.append(line, session, now(), memory);
    server
        .warnings()
        .log(
            now(),
            more ->
                LOG.warn(
                    "Closed to have memory for other clients (see maxmemory-clients){}: {}",
                    more,
                    line.toString().strip()));
  }

  /** The connection is closed, as something failed that nobody expects to. */
  void failed(Throwable cause) {
    server
        .failures()
        .log(
            now(),
            more ->
                LOG.error(
                    "Connection {} of {} failed{}",
                    session.id(),
                    session.remoteAddress(),
                    more,
                    cause));
  }

  /** A request is refused, as others hold the memory that its reply needs. */
  void noMemory(OutOfMemoryError e) {
    LOG.warn("Client {} at {}: {}", session.id(), session.remoteAddress(), e.getMessage());
  }

  private long now() {
    return server.clock().getAsLong();
  }
}

package dev.varve.server.dispatch;

import java.util.List;

/** The connections there are. Safe for use by many threads. */
public interface ClientRegistry {
  /** Returns the sessions of all open connections, by ascending id. */
  List<Session> sessions();

  /** Closes a connection; what it has been promised but not sent is lost. */
  void kill(Session session);
}

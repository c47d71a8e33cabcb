package dev.varve.server.dispatch;

import dev.varve.server.pubsub.Subscriber;
import java.util.List;

/** The connections there are. Safe for use by many threads. */
public interface ClientRegistry {
  /** Returns the sessions of all open connections, by ascending id. */
  List<Session> sessions();

  /** Returns the connection of a session as one that takes messages; null if it has ended. */
  Subscriber subscriber(Session session);

  /** Returns the connection of a number; null if there is none. */
  Subscriber subscriber(long id);

  /**
   * Returns the connection of a session as one that is sent a stream, on its own loop; null if it
   * has ended.
   */
  ClientStream stream(Session session);

  /** Returns what the connection of a session takes now, as far as other threads can see. */
  ClientMemory memory(Session session);

  /** Closes a connection; what it has been promised but not sent is lost. */
  void kill(Session session);

  /** Has clients' commands wait for so many milliseconds, see {@link ClientPause}. */
  void pause(ClientPause.Mode mode, long millis);

  /** Has none wait any more. */
  void unpause();
}

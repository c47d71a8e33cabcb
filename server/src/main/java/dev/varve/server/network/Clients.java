package dev.varve.server.network;

import dev.varve.server.dispatch.ClientPause;
import dev.varve.server.dispatch.ClientRegistry;
import dev.varve.server.dispatch.ClientStream;
import dev.varve.server.dispatch.Session;
import dev.varve.server.pubsub.Subscriber;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The open connections. Safe for use by many threads. */
public final class Clients implements ClientRegistry {
  private final ConcurrentSkipListMap<Long, Connection> connections = new ConcurrentSkipListMap<>();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicLong nextId = new AtomicLong(1);
  private final PausedClients paused;

  Clients(PausedClients paused) {
    this.paused = paused;
  }

  @Override
  public List<Session> sessions() {
    return connections.values().stream().map(Connection::session).toList();
  }

  @Override
  public Subscriber subscriber(Session session) {
    return connections.get(session.id());
  }

  @Override
  public Subscriber subscriber(long id) {
    return connections.get(id);
  }

  @Override
  public ClientStream stream(Session session) {
    Connection connection = connections.get(session.id());
    return connection == null ? null : connection.beginStream();
  }

  @Override
  public void kill(Session session) {
    Connection connection = connections.get(session.id());
    if (connection != null) {
      connection.kill();
    }
  }

  @Override
  public void pause(ClientPause.Mode mode, long millis) {
    paused.begin(mode, millis);
  }

  @Override
  public void unpause() {
    paused.end();
  }

  /** Returns how many there are. */
  public int count() {
    return count.get();
  }

  long newId() {
    return nextId.getAndIncrement();
  }

  /** Takes a place among {@code most}; false if all are taken. */
  boolean enter(int most) {
    if (count.incrementAndGet() <= most) {
      return true;
    }
    count.decrementAndGet();
    return false;
  }

  void add(Connection connection) {
    connections.put(connection.session().id(), connection);
  }

  /** Gives the place back. */
  void leave(Connection connection) {
    if (connections.remove(connection.session().id()) != null) {
      count.decrementAndGet();
    }
  }
}

package dev.varve.server.network;

import dev.varve.server.dispatch.ClientRegistry;
import dev.varve.server.dispatch.Session;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The open connections. Safe for use by many threads. */
public final class Clients implements ClientRegistry {
  private final ConcurrentSkipListMap<Long, Connection> connections = new ConcurrentSkipListMap<>();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicLong nextId = new AtomicLong(1);

  @Override
  public List<Session> sessions() {
    return connections.values().stream().map(Connection::session).toList();
  }

  @Override
  public void kill(Session session) {
    Connection connection = connections.get(session.id());
    if (connection != null) {
      connection.kill();
    }
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

package dev.varve.server.network;

import dev.varve.server.dispatch.ClientMemory;
import dev.varve.server.dispatch.ClientPause;
import dev.varve.server.dispatch.ClientRegistry;
import dev.varve.server.dispatch.ClientStream;
import dev.varve.server.dispatch.Session;
import dev.varve.server.pubsub.Subscriber;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** The open connections. Safe for use by many threads. */
public final class Clients implements ClientRegistry {
  private final ConcurrentSkipListMap<Long, Connection> connections = new ConcurrentSkipListMap<>();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicLong nextId = new AtomicLong(1);
  private final AtomicLong evicted = new AtomicLong();
  private final ServerContext server;
  private final LongSupplier counted;
  private final Object evicting = new Object();

  /** Whether all that were left at last may not be closed: they aren't looked through again now. */
  private volatile boolean onlyKept;

  /**
   * Begins with none.
   *
   * @param counted tells the memory that all take, as each has counted it last
   */
  Clients(ServerContext server, LongSupplier counted) {
    this.server = server;
    this.counted = counted;
  }

  @Override
  public ClientMemory memory(Session session) {
    Connection connection = connections.get(session.id());
    return connection == null ? ClientMemory.NONE : connection.memory();
  }

  /** Returns the memory that all connections take, in bytes, as each has counted it last. */
  public long memory() {
    return counted.getAsLong();
  }

  /** Returns how many were closed because all together took too much memory. */
  public long evicted() {
    return evicted.get();
  }

  /** Closes connections as {@link #evict} does, if they have to be, as it was counted last. */
  void evictIfTooMuch() {
    long limit = server.limits().clientMemory();
    if (limit > 0 && !onlyKept && counted.getAsLong() > limit) {
      evict();
    }
  }

  /** Each second: as {@link #evictIfTooMuch}, and what had to be kept may be closed by now. */
  void evictOnTick() {
    onlyKept = false;
    evictIfTooMuch();
  }

  /**
   * Closes those that take most memory until all together take no more than they may, or none is
   * left that may be closed.
   */
  public void evict() {
    synchronized (evicting) {
      long limit = server.limits().clientMemory();
      if (limit == 0) {
        return;
      }
      long held = 0;
      List<Evictable> evictable = new ArrayList<>();
      for (Connection connection : connections.values()) {
        long bytes = connection.memory().total();
        held += bytes;
        if (!connection.session().noEvict()) {
          evictable.add(new Evictable(connection, bytes));
        }
      }
      if (held <= limit) {
        return;
      }
      evictable.sort(Comparator.comparingLong(Evictable::bytes).reversed());
      for (Evictable largest : evictable) {
        if (held <= limit) {
          return;
        }
        held -= largest.bytes();
        evicted.incrementAndGet();
        leave(largest.connection());
        largest.connection().evict();
      }
      onlyKept = held > limit;
    }
  }

  private record Evictable(Connection connection, long bytes) {}

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
      connection.close();
    }
  }

  @Override
  public void pause(ClientPause.Mode mode, long millis) {
    server.paused().begin(mode, millis);
  }

  @Override
  public void unpause() {
    server.paused().end();
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

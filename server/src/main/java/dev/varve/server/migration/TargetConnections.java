package dev.varve.server.migration;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections to servers that keys were sent to a short while ago, as more may follow. Safe for use
 * by many threads.
 */
public final class TargetConnections {
  private static final Logger LOG = LoggerFactory.getLogger(TargetConnections.class);

  private static final int MOST = 64;

  /** Unused for longer, one is closed. */
  private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final LinkedHashMap<Target, Kept> kept = new LinkedHashMap<>();
  private boolean closed;

  private record Target(String host, int port) {}

  private record Kept(TargetConnection connection, long sinceNanos) {}

  /** Makes one that keeps none yet. */
  public TargetConnections() {}

  /**
   * Returns a connection to a server, which may be one that was kept. Its user {@linkplain #keep
   * gives it back}, or closes it.
   *
   * @param timeoutMillis for how long it may take to connect, at least 1
   */
  public TargetConnection take(String host, int port, long timeoutMillis) throws IOException {
    Kept found;
    synchronized (this) {
      found = kept.remove(new Target(host, port));
    }
    return found != null ? found.connection : TargetConnection.open(host, port, timeoutMillis);
  }

  /** Keeps a connection for a while. */
  public void keep(String host, int port, TargetConnection connection) {
    List<Kept> gone = new ArrayList<>();
    synchronized (this) {
      Kept its = new Kept(connection, System.nanoTime());
      Kept before = closed ? its : kept.put(new Target(host, port), its);
      if (before != null) {
        gone.add(before);
      }
      if (kept.size() > MOST) {
        gone.add(kept.pollFirstEntry().getValue());
      }
    }
    gone.forEach(TargetConnections::close);
  }

  /** Returns how many are kept. */
  public synchronized int count() {
    return kept.size();
  }

  /** Closes those that have not been used for a while. To be called now and then. */
  public void closeUnused() {
    List<Kept> gone = new ArrayList<>();
    long now = System.nanoTime();
    synchronized (this) {
      kept.values().removeIf(each -> now - each.sinceNanos > KEPT_NANOS && gone.add(each));
    }
    gone.forEach(TargetConnections::close);
  }

  /** Closes all, and keeps no more. */
  public void close() {
    List<Kept> gone;
    synchronized (this) {
      closed = true;
      gone = List.copyOf(kept.values());
      kept.clear();
    }
    gone.forEach(TargetConnections::close);
  }

  private static void close(Kept gone) {
    try {
      gone.connection.close();
    } catch (IOException e) {
      LOG.warn("A connection to a server that keys were sent to can't be closed", e);
    }
  }
}

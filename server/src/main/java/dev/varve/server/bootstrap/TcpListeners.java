package dev.varve.server.bootstrap;

import dev.varve.server.config.Configuration;
import dev.varve.server.config.ConfigurationException;
import dev.varve.server.config.Setting;
import dev.varve.server.config.SettingValues;
import dev.varve.server.config.Settings;
import dev.varve.server.network.NetworkServer;
import dev.varve.server.network.TcpListener;
import dev.varve.server.tls.TlsPort;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the server listens on by TCP, with TLS and without, and how CONFIG SET changes it: what is
 * new is listened on before what is old isn't any more, and connections stay. Only where addresses
 * change is there a moment between, as the same port can't be had twice. The ports may be asked for
 * by any thread; all else happens one after another.
 */
final class TcpListeners implements Configuration.Guard {
  private static final Logger LOG = LoggerFactory.getLogger(TcpListeners.class);

  /** What it goes by. */
  static final Set<Setting<?>> SETTINGS = Set.of(Settings.PORT, Settings.BIND, Settings.TLS_PORT);

  private final NetworkServer network;
  private final TlsPort tls;
  private final int backlog;

  private volatile List<TcpListener> listeners = List.of();

  TcpListeners(NetworkServer network, TlsPort tls, int backlog) {
    this.network = network;
    this.tls = tls;
    this.backlog = backlog;
  }

  /**
   * Begins to listen.
   *
   * @param values a port 0 stands for one that the system chooses
   * @param plain whether there is to be a port without TLS
   * @throws IOException if an address can't be listened on; the message names it
   */
  void listen(SettingValues values, boolean plain) throws IOException {
    List<TcpListener> begun = new ArrayList<>();
    if (plain) {
      begun.add(open(values, Settings.PORT, null));
    }
    if (values.get(Settings.TLS_PORT) != 0) {
      begun.add(open(values, Settings.TLS_PORT, tls));
    }
    begun.forEach(TcpListener::accept);
    listeners = begun;
  }

  /** Returns the port without TLS; 0 if there is none. */
  int port() {
    return port(false);
  }

  /** Returns the port that INFO tells of: as in Redis that with TLS, if it is the only one. */
  int toldPort() {
    int port = port();
    return port == 0 ? port(true) : port;
  }

  private int port(boolean withTls) {
    TcpListener listener = in(listeners, withTls);
    return listener == null ? 0 : listener.port();
  }

  /** Returns the one with or without TLS; null: there is none. */
  private static TcpListener in(List<TcpListener> some, boolean withTls) {
    for (TcpListener listener : some) {
      if (listener.hasTls() == withTls) {
        return listener;
      }
    }
    return null;
  }

  @Override
  public Runnable prepare(SettingValues next) throws ConfigurationException {
    network.acceptApart();
    List<TcpListener> old = listeners;
    List<TcpListener> kept = new ArrayList<>();
    List<TcpListener> ended = new ArrayList<>();
    boolean inTheWay = !old.isEmpty() && !old.getFirst().isAt(next.get(Settings.BIND));
    for (TcpListener listener : old) {
      boolean isSame = !inTheWay && listener.isFor(next.get(portOf(listener)));
      (isSame ? kept : ended).add(listener);
    }
    if (inTheWay) {
      ended.forEach(TcpListener::close);
    }
    List<TcpListener> begun = new ArrayList<>();
    try {
      if (in(kept, false) == null) {
        begin(next, in(ended, false), null, begun);
      }
      if (in(kept, true) == null) {
        begin(next, in(ended, true), tls, begun);
      }
    } catch (IOException e) {
      LOG.warn("What is listened on stays as it was: {}", e.getMessage());
      begun.forEach(TcpListener::close);
      if (inTheWay) {
        kept.addAll(reopened(ended));
        listeners = kept;
      }
      throw new ConfigurationException(
          inTheWay
              ? "Failed to bind to specified addresses."
              : "Unable to listen on this port. Check server logs.",
          e);
    }
    kept.addAll(begun);
    return () -> {
      begun.forEach(TcpListener::accept);
      listeners = kept;
      ended.forEach(TcpListener::close);
    };
  }

  private static Setting<Integer> portOf(TcpListener listener) {
    return listener.hasTls() ? Settings.TLS_PORT : Settings.PORT;
  }

  /**
   * Begins to listen as is asked for; one that goes elsewhere keeps a port that was chosen for it.
   */
  private void begin(
      SettingValues next, TcpListener before, TlsPort itsTls, List<TcpListener> begun)
      throws IOException {
    Setting<Integer> port = itsTls == null ? Settings.PORT : Settings.TLS_PORT;
    if (before != null && before.isFor(next.get(port))) {
      begun.add(before.reopenedAt(next.get(Settings.BIND)));
    } else if (next.get(port) != 0) {
      begun.add(open(next, port, itsTls));
    }
  }

  private TcpListener open(SettingValues values, Setting<Integer> port, TlsPort itsTls)
      throws IOException {
    return network.listen(values.get(Settings.BIND), values.get(port), backlog, itsTls);
  }

  private List<TcpListener> reopened(List<TcpListener> closed) {
    List<TcpListener> again = new ArrayList<>();
    for (TcpListener listener : closed) {
      try {
        TcpListener opened = listener.reopened();
        opened.accept();
        again.add(opened);
      } catch (IOException e) {
        LOG.error("Nobody listens on port {} any more: {}", listener.port(), e.getMessage());
      }
    }
    return again;
  }
}

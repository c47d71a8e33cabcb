package dev.varve.server.tls;

import dev.varve.server.config.Configuration;
import dev.varve.server.config.ConfigurationException;
import dev.varve.server.config.SettingValues;
import dev.varve.server.config.Settings;
import dev.varve.server.dispatch.LogLimit;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What connections to the TLS port have in front of them. Settings that change hold for those that
 * come from then on. Safe for use by many threads.
 */
public final class TlsPort implements Configuration.Guard {
  private static final Logger LOG = LoggerFactory.getLogger(TlsPort.class);

  /** A client that isn't through with the handshake by then is closed. */
  private static final long HANDSHAKE_SECONDS = 10;

  /** So long a client that takes nothing more is given to hear that the connection ends. */
  private static final long CLOSE_SECONDS = 1;

  private final Executor tasks;
  private final LongSupplier clock;
  private final LogLimit refusals = new LogLimit();
  private final LogLimit failures = new LogLimit();
  private volatile TlsContext context;

  /**
   * Makes a port that nobody listens on yet.
   *
   * @param context null: there is none as long as the setting {@code tls-port} is 0
   * @param tasks runs what takes long in handshakes
   * @param clock in milliseconds, for the limit of the log
   */
  public TlsPort(TlsContext context, Executor tasks, LongSupplier clock) {
    this.context = context;
    this.tasks = tasks;
    this.clock = clock;
  }

  /** Reads all files anew, if there is a port; what is wrong with them is in the log. */
  @Override
  public Runnable prepare(SettingValues next) throws ConfigurationException {
    if (next.get(Settings.TLS_PORT) == 0) {
      return () -> {};
    }
    try {
      TlsContext read = TlsContext.of(TlsSettings.of(next));
      return () -> context = read;
    } catch (TlsException e) {
      failures.log(
          clock.getAsLong(), more -> LOG.warn("TLS stays as it was: {}{}", e.getMessage(), more));
      throw new ConfigurationException("Unable to update TLS configuration. Check server logs.", e);
    }
  }

  /** Its loop: puts TLS between a new channel and what is added to it next. */
  public void addTo(Channel channel) {
    TlsContext now = context;
    SslHandler handler = new SslHandler(now.newEngine(), tasks);
    handler.setHandshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS);
    handler.setCloseNotifyFlushTimeout(CLOSE_SECONDS, TimeUnit.SECONDS);
    channel
        .pipeline()
        .addLast(handler)
        .addLast(new TlsEvents(handler.engine(), now.keepsSessions(), clock, refusals))
        .addLast(new PacedWrites());
  }
}

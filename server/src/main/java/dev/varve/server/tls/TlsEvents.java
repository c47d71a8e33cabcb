package dev.varve.server.tls;

import dev.varve.server.dispatch.LogLimit;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps TLS's own events from a connection: who doesn't come through the handshake is told of in
 * the log and closed, and who says that it sends nothing more has shut its side down. Owned by the
 * connection's loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a channel tells its failures by its own events
final class TlsEvents extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(TlsEvents.class);

  private final SSLEngine engine;
  private final boolean keepsSession;
  private final LongSupplier clock;
  private final LogLimit refusals;
  private boolean established;

  /** Whether the log has been told why there is no TLS with this client. */
  private boolean told;

  private String client;

  TlsEvents(SSLEngine engine, boolean keepsSession, LongSupplier clock, LogLimit refusals) {
    this.engine = engine;
    this.keepsSession = keepsSession;
    this.clock = clock;
    this.refusals = refusals;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    client = RemoteAddress.of(context.channel());
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    switch (event) {
      case SslHandshakeCompletionEvent handshake -> {
        established = handshake.isSuccess();
        if (!established) {
          tell(handshake.cause());
        } else if (!keepsSession) {
          engine.getSession().invalidate();
        }
      }
      case SslCloseCompletionEvent end -> {
        if (end.isSuccess() && established) {
          context.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
      }
      case ChannelInputShutdownEvent _ when !established -> {
        ChannelFuture _ = context.close();
      }
      default -> context.fireUserEventTriggered(event);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    boolean wrapped = cause instanceof DecoderException && cause.getCause() != null;
    Throwable reason = wrapped ? cause.getCause() : cause;
    if (reason instanceof SSLException) {
      tell(reason);
      ChannelFuture _ = context.close();
    } else {
      context.fireExceptionCaught(cause);
    }
  }

  private static boolean isOfTheSocket(Throwable cause) {
    return cause instanceof IOException && !(cause instanceof SSLException);
  }

  private void tell(Throwable cause) {
    // Who leaves in the middle has not been refused.
    if (told || isOfTheSocket(cause) || isOfTheSocket(cause.getCause())) {
      return;
    }
    told = true;
    // What it has sent instead may be a password.
    String reason =
        cause instanceof NotSslRecordException ? "it doesn't speak TLS" : cause.getMessage();
    refusals.log(clock.getAsLong(), more -> LOG.warn("No TLS with {}: {}{}", client, reason, more));
  }
}

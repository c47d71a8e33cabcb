package dev.varve.server.tls;

import dev.varve.server.dispatch.LogLimit;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns clients away that begin with TLS where there is none: by TLS's own alert, so that they see
 * that it isn't the server that is down. Looks at the first bytes alone. Owned by the connection's
 * loop.
 */
public final class TlsOnPlainPort extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(TlsOnPlainPort.class);

  /** What a handshake's record begins with; no request does. */
  private static final int HANDSHAKE = 0x16;

  /** A fatal alert: the handshake has failed. */
  private static final byte[] ALERT = {0x15, 3, 3, 0, 2, 2, 40};

  private final LongSupplier clock;
  private final LogLimit refusals;

  /**
   * Watches one connection.
   *
   * @param clock in milliseconds, for the limit of the log
   */
  public TlsOnPlainPort(LongSupplier clock, LogLimit refusals) {
    this.clock = clock;
    this.refusals = refusals;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // a channel tells its failures by its own events
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (!bytes.isReadable() || bytes.getByte(bytes.readerIndex()) != HANDSHAKE) {
      context.pipeline().remove(this);
      context.fireChannelRead(bytes);
      return;
    }
    bytes.release();
    String client = RemoteAddress.of(context.channel());
    refusals.log(
        clock.getAsLong(),
        more -> LOG.warn("Client {} speaks TLS, and this port doesn't{}", client, more));
    context.writeAndFlush(Unpooled.wrappedBuffer(ALERT)).addListener(ChannelFutureListener.CLOSE);
  }
}

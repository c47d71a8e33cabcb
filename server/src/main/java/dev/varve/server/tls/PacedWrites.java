package dev.varve.server.tls;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.CoalescingBufferQueue;
import java.nio.channels.ClosedChannelException;

/**
 * Has large replies encrypted piece by piece, as the client takes them: otherwise each would be in
 * memory twice, as it is and encrypted. What waits here counts among the bytes that the channel has
 * not sent. Small replies pass. Owned by the connection's loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a channel tells its failures by its own events
final class PacedWrites extends ChannelDuplexHandler {
  /** Bytes that are encrypted together. */
  static final int PIECE = 256 << 10;

  private CoalescingBufferQueue waiting;

  /** Whether a piece has been passed on that the socket has not taken. */
  private boolean underWay;

  /** Whether anything was passed on that was not flushed: TLS would send an empty record. */
  private boolean unflushed;

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    waiting = new CoalescingBufferQueue(context.channel(), 4, true);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    ByteBuf bytes = (ByteBuf) message;
    if (!underWay && waiting.isEmpty() && bytes.readableBytes() <= PIECE) {
      unflushed = true;
      ChannelFuture _ = context.write(bytes, promise);
    } else {
      waiting.add(bytes, promise);
    }
  }

  @Override
  public void flush(ChannelHandlerContext context) {
    if (!underWay && !waiting.isEmpty()) {
      passPiece(context);
    }
    if (unflushed) {
      unflushed = false;
      context.flush();
    }
  }

  private void passPiece(ChannelHandlerContext context) {
    ChannelPromise taken = context.newPromise();
    ByteBuf piece = waiting.remove(PIECE, taken);
    underWay = true;
    unflushed = true;
    taken.addListener(
        future -> {
          underWay = false;
          if (future.isSuccess()) {
            flush(context);
          } else {
            drop(future.cause());
          }
        });
    ChannelFuture _ = context.write(piece, taken);
  }

  private void drop(Throwable cause) {
    if (!waiting.isEmpty()) {
      waiting.releaseAndFailAll(cause);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    drop(new ClosedChannelException());
    context.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    drop(new ClosedChannelException());
  }
}

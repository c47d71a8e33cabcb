package dev.varve.server.network;

import dev.varve.server.dispatch.ClientStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;

/**
 * A connection's stream: pieces go from the thread that writes them to the loop, where they wait
 * until no reply is before them. So many are on their way at most as have room. Beside what another
 * thread writes, owned by the connection's loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a channel tells its failures by its own events
final class ConnectionStream implements ClientStream {
  /** Pieces on their way. */
  private static final int MOST_PIECES = 4;

  private static final int PIECE_BYTES = 64 << 10;

  private final Channel channel;
  private final ServerContext server;
  private final Runnable flush;
  private final Semaphore room = new Semaphore(MOST_PIECES);

  /** Pieces that wait for replies before them. */
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();

  private boolean ends;
  private volatile boolean closed;

  /**
   * @param flush has the connection send what it can, on its loop; calls {@link #send}
   */
  ConnectionStream(Channel channel, ServerContext server, Runnable flush) {
    this.channel = channel;
    this.server = server;
    this.flush = flush;
  }

  // The thread that writes

  @Override
  public void write(byte[] bytes, int offset, int length) {
    for (int done = 0; done < length; ) {
      int piece = Math.min(PIECE_BYTES, length - done);
      room.acquireUninterruptibly();
      if (closed) {
        throw new EndedException();
      }
      ByteBuf copy = server.allocator().directBuffer(piece);
      copy.writeBytes(bytes, offset + done, piece);
      channel.eventLoop().execute(() -> add(copy));
      done += piece;
    }
  }

  @Override
  public void end() {
    channel
        .eventLoop()
        .execute(
            () -> {
              ends = true;
              flush.run();
            });
  }

  @Override
  public void abort() {
    channel.close();
  }

  // The loop

  private void add(ByteBuf piece) {
    if (closed) {
      piece.release();
      room.release();
      return;
    }
    waiting.add(piece);
    flush.run();
  }

  /** No reply is before the stream: hands its pieces to the channel. */
  void send() {
    for (ByteBuf piece = waiting.poll(); piece != null; piece = waiting.poll()) {
      channel.writeAndFlush(piece).addListener(_ -> room.release());
    }
    if (ends) {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** The connection has ended: whoever writes learns of it. */
  void close() {
    closed = true;
    waiting.forEach(ByteBuf::release);
    waiting.clear();
    // For whoever waits for room now; one piece at most comes after it.
    room.release(MOST_PIECES);
  }
}

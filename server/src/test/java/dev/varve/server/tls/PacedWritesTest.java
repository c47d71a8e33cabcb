package dev.varve.server.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacedWritesTest {
  private static final int PIECE = PacedWrites.PIECE;

  /** Stands for TLS and the socket: takes what the test lets it. */
  private static final class Sink extends ChannelOutboundHandlerAdapter {
    private final List<Integer> sizes = new ArrayList<>();
    private final ByteBuf bytes = Unpooled.buffer();
    private final ArrayDeque<ChannelPromise> promises = new ArrayDeque<>();
    private int flushes;

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
      ByteBuf piece = (ByteBuf) message;
      sizes.add(piece.readableBytes());
      bytes.writeBytes(piece);
      piece.release();
      promises.add(promise);
    }

    @Override
    public void flush(ChannelHandlerContext context) {
      flushes++;
    }

    void take() {
      promises.poll().setSuccess();
    }
  }

  private final Sink sink = new Sink();
  private final EmbeddedChannel channel = new EmbeddedChannel(sink, new PacedWrites());

  private static ByteBuf bytes(int length) {
    ByteBuf bytes = Unpooled.buffer(length);
    for (int i = 0; i < length; i++) {
      bytes.writeByte(i * 31);
    }
    return bytes;
  }

  private long pending() {
    return channel.unsafe().outboundBuffer().totalPendingWriteBytes();
  }

  @Test
  void smallOnesPassAndNothingIsFlushedForNothing() {
    channel.flush();
    assertEquals(0, sink.flushes);
    ChannelFuture first = channel.write(bytes(10));
    ChannelFuture second = channel.write(bytes(PIECE));
    channel.flush();
    channel.flush();
    assertEquals(List.of(10, PIECE), sink.sizes);
    assertEquals(1, sink.flushes);
    sink.take();
    sink.take();
    assertTrue(first.isSuccess() && second.isSuccess());
  }

  @Test
  void aLargeOneFollowsTheClient() {
    ByteBuf large = bytes(3 * PIECE + 100);
    ByteBuf expected = large.copy().writeBytes(bytes(7));
    ChannelFuture written = channel.write(large);
    ChannelFuture behind = channel.writeAndFlush(bytes(7));
    ChannelFuture last = channel.writeAndFlush(Unpooled.EMPTY_BUFFER);
    assertEquals(List.of(PIECE), sink.sizes);
    // What has been passed on counts where it is now.
    assertTrue(pending() >= 2 * PIECE + 107, "pending " + pending());
    for (int i = 0; i < 3; i++) {
      assertFalse(last.isDone());
      sink.take();
    }
    assertEquals(List.of(PIECE, PIECE, PIECE, 107), sink.sizes);
    sink.take();
    assertTrue(written.isSuccess() && behind.isSuccess() && last.isSuccess());
    assertEquals(expected, sink.bytes);
    assertEquals(0, large.refCnt());
    assertEquals(0, pending());
    // Small ones pass again.
    ChannelFuture small = channel.writeAndFlush(bytes(1));
    sink.take();
    assertTrue(small.isSuccess());
  }

  @Test
  void whatWaitsGoesWithTheChannel() {
    ByteBuf large = bytes(2 * PIECE);
    ChannelFuture written = channel.writeAndFlush(large);
    ByteBuf small = bytes(5);
    ChannelFuture behind = channel.writeAndFlush(small);
    assertFalse(channel.finish());
    assertTrue(written.isDone() && !written.isSuccess());
    assertTrue(behind.isDone() && !behind.isSuccess());
    assertEquals(0, small.refCnt());
    sink.promises.poll().setFailure(new java.io.IOException("closed"));
    assertEquals(0, large.refCnt());
  }
}

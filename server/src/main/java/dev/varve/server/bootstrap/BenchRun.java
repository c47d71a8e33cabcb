package dev.varve.server.bootstrap;

import dev.varve.server.bootstrap.BenchCommand.Load;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** One command under load: all its clients live on one event loop, whose thread owns this. */
final class BenchRun {
  private static final int KEY_DIGITS = 12;

  private final long requests;
  private final int pipeline;
  private final int keys;
  private final byte[] head;
  private final byte[] tail;
  private final byte[] authentication;
  private final SplittableRandom random = new SplittableRandom();
  private final Histogram latency = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
  private final List<Client> clients = new ArrayList<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private long sent;
  private long answered;
  private long startNanos;
  private long endNanos;
  private volatile String failure;

  BenchRun(Load load, long requests, int pipeline, int dataSize, int keys, String password) {
    this.requests = requests;
    this.pipeline = pipeline;
    this.keys = keys;
    String command = load == Load.SET ? "*3\r\n$3\r\nSET\r\n" : "*2\r\n$3\r\nGET\r\n";
    head = ascii(command + "$" + ("key:".length() + KEY_DIGITS) + "\r\nkey:");
    tail =
        ascii(
            load == Load.SET
                ? "\r\n$" + dataSize + "\r\n" + "x".repeat(dataSize) + "\r\n"
                : "\r\n");
    authentication =
        password == null
            ? null
            : ascii("*2\r\n$4\r\nAUTH\r\n$" + password.length() + "\r\n" + password + "\r\n");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  Client newClient() {
    Client client = new Client();
    clients.add(client);
    return client;
  }

  void begin() {
    startNanos = System.nanoTime();
    clients.forEach(Client::begin);
  }

  void await() throws InterruptedException {
    ended.await();
  }

  void fail(String reason) {
    if (failure == null) {
      failure = reason;
    }
    ended.countDown();
  }

  /** Returns why it could not be measured; null if it could. */
  String failure() {
    return failure;
  }

  Histogram latency() {
    return latency;
  }

  double perSecond() {
    return answered * 1e9 / (endNanos - startNanos);
  }

  /** One connection: sends a pipeline of requests, waits for all replies, and begins again. */
  @SuppressWarnings("FutureReturnValueIgnored") // a channel tells its failures by its own events
  final class Client extends ChannelInboundHandlerAdapter {
    private ChannelHandlerContext context;
    private ByteBuf input;
    private int waitingFor;
    private boolean authenticating;
    private long sentNanos;

    /** Bytes of a string that have not arrived yet. */
    private int toSkip;

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
      context = added;
      input = added.alloc().buffer();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
      input.release();
    }

    void begin() {
      if (authentication == null) {
        send();
        return;
      }
      authenticating = true;
      waitingFor = 1;
      context.writeAndFlush(context.alloc().buffer().writeBytes(authentication));
    }

    private void send() {
      int count = (int) Math.min(pipeline, requests - sent);
      if (count == 0) {
        return;
      }
      ByteBuf out = context.alloc().buffer(count * (head.length + KEY_DIGITS + tail.length));
      for (int i = 0; i < count; i++) {
        out.writeBytes(head);
        writeKey(out, random.nextInt(keys));
        out.writeBytes(tail);
      }
      sent += count;
      waitingFor = count;
      sentNanos = System.nanoTime();
      context.writeAndFlush(out, context.voidPromise());
    }

    private void writeKey(ByteBuf out, int key) {
      int at = out.writerIndex();
      int rest = key;
      for (int digit = KEY_DIGITS - 1; digit >= 0; digit--) {
        out.setByte(at + digit, '0' + rest % 10);
        rest /= 10;
      }
      out.writerIndex(at + KEY_DIGITS);
    }

    @Override
    public void channelRead(ChannelHandlerContext read, Object message) {
      ByteBuf bytes = (ByteBuf) message;
      input.discardSomeReadBytes();
      input.writeBytes(bytes);
      bytes.release();
      while (waitingFor > 0 && takeReply()) {
        waitingFor--;
        if (authenticating) {
          authenticating = false;
        } else {
          answered++;
          latency.recordValue(
              Math.min(System.nanoTime() - sentNanos, latency.getHighestTrackableValue()));
        }
      }
      if (answered == requests) {
        endNanos = System.nanoTime();
        ended.countDown();
        context.close();
      } else if (waitingFor == 0) {
        send();
      }
    }

    /** Takes a reply of one line, or of one line and a string, off the input. */
    private boolean takeReply() {
      if (toSkip == 0) {
        int lineFeed = input.indexOf(input.readerIndex(), input.writerIndex(), (byte) '\n');
        if (lineFeed < 0) {
          return false;
        }
        String line =
            input.toString(
                input.readerIndex(), lineFeed - 1 - input.readerIndex(), StandardCharsets.US_ASCII);
        input.readerIndex(lineFeed + 1);
        if (line.charAt(0) == '-') {
          fail("the server says: " + line.substring(1));
          return false;
        }
        if (line.charAt(0) != '$' || line.charAt(1) == '-') {
          return true;
        }
        toSkip = Integer.parseInt(line.substring(1)) + 2;
      }
      if (input.readableBytes() < toSkip) {
        return false;
      }
      input.skipBytes(toSkip);
      toSkip = 0;
      return true;
    }

    @Override
    public void channelInactive(ChannelHandlerContext inactive) {
      if (answered < requests) {
        fail("the server has closed a connection");
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext caught, Throwable cause) {
      fail(cause.toString());
      caught.close();
    }
  }
}

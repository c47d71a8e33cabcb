package dev.varve.server.migration;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * A connection to a server that keys are sent to. Whoever uses it waits, but never longer than it
 * says. Where it takes longer there is a {@link SocketTimeoutException}, and the connection is good
 * for nothing but to be closed, as after every other error. Not thread-safe.
 */
public final class TargetConnection implements Closeable {
  /** No database is known to be selected. */
  public static final long NO_DATABASE = -1;

  /**
   * How many bytes are written at once; each such write may take the time that a write may take.
   */
  private static final int CHUNK_BYTES = 64 << 10;

  /** A longer line is no reply that is waited for. */
  private static final int MOST_LINE = 1024;

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final ByteBuffer input = ByteBuffer.allocate(4096).flip();
  private long database = NO_DATABASE;

  private TargetConnection(SocketChannel channel, Selector selector, SelectionKey key) {
    this.channel = channel;
    this.selector = selector;
    this.key = key;
  }

  /**
   * Connects to a server.
   *
   * @param timeoutMillis for how long at most, at least 1
   */
  static TargetConnection open(String host, int port, long timeoutMillis) throws IOException {
    if (port == 0) {
      throw new ConnectException("nobody listens at port 0");
    } else if (port < 0 || port > 0xFFFF) {
      throw new IOException("no port: " + port);
    }
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new UnknownHostException(host);
    }
    SocketChannel channel = SocketChannel.open();
    Selector selector = null;
    try {
      selector = Selector.open();
      channel.configureBlocking(false);
      TargetConnection connection =
          new TargetConnection(channel, selector, channel.register(selector, 0));
      connection.connect(address, timeoutMillis);
      return connection;
    } catch (IOException | RuntimeException e) {
      channel.close();
      if (selector != null) {
        selector.close();
      }
      throw e;
    }
  }

  private void connect(InetSocketAddress address, long timeoutMillis) throws IOException {
    long deadline = deadline(timeoutMillis);
    if (!channel.connect(address)) {
      do {
        await(SelectionKey.OP_CONNECT, deadline);
      } while (!channel.finishConnect());
    }
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
  }

  private static long deadline(long timeoutMillis) {
    long most = TimeUnit.DAYS.toMillis(1);
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.min(timeoutMillis, most));
  }

  private void await(int operation, long deadline) throws IOException {
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    if (left <= 0) {
      throw new SocketTimeoutException("the other server takes too long");
    }
    key.interestOps(operation);
    selector.select(left);
    selector.selectedKeys().clear();
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("the server stops");
    }
  }

  /** Returns the database that was selected, or {@link #NO_DATABASE}. */
  public long database() {
    return database;
  }

  /** Says which database is selected. */
  public void database(long index) {
    database = index;
  }

  /** Writes bytes; each 64 KiB may take so many milliseconds. */
  public void write(byte[] bytes, int length, long timeoutMillis) throws IOException {
    ByteBuffer all = ByteBuffer.wrap(bytes, 0, length);
    while (all.position() < length) {
      all.limit(Math.min(length, all.position() + CHUNK_BYTES));
      long deadline = deadline(timeoutMillis);
      while (all.hasRemaining()) {
        if (channel.write(all) == 0) {
          await(SelectionKey.OP_WRITE, deadline);
        }
      }
    }
  }

  /** Reads a line, without its end, each char a byte; it may take so many milliseconds. */
  public String readLine(long timeoutMillis) throws IOException {
    long deadline = deadline(timeoutMillis);
    StringBuilder line = new StringBuilder();
    while (line.length() < MOST_LINE) {
      int next = read(deadline);
      if (next == '\n') {
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r'
            ? line.substring(0, end - 1)
            : line.toString();
      }
      line.append((char) next);
    }
    throw new IOException("a line that is too long");
  }

  private int read(long deadline) throws IOException {
    while (!input.hasRemaining()) {
      input.clear();
      int count = channel.read(input);
      input.flip();
      if (count < 0) {
        throw new EOFException("the other server has closed the connection");
      } else if (count == 0) {
        await(SelectionKey.OP_READ, deadline);
      }
    }
    return input.get() & 0xFF;
  }

  @Override
  public void close() throws IOException {
    try (selector) {
      channel.close();
    }
  }
}

package dev.varve.server.command;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplyDecoder;
import dev.varve.server.testing.CommandHarness;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A real Redis 7.0.15 in a process of its own, without persistence, and a connection to it. */
public final class RedisProcess implements AutoCloseable {
  private final Process process;
  private final Socket socket;

  /** Whether this is the connection that the process ends with. */
  private final boolean first;

  private final ReplyDecoder decoder = new ReplyDecoder(ProtocolVersion.RESP2);

  private RedisProcess(Process process, Socket socket, boolean first) {
    this.process = process;
    this.socket = socket;
    this.first = first;
  }

  /** Makes another connection to the same process. */
  RedisProcess connect() throws IOException {
    return new RedisProcess(process, connect(process, socket.getPort()), false);
  }

  /** Starts one, or skips the test where it isn't installed. */
  public static RedisProcess start(Path directory, String... options) throws IOException {
    Assumptions.assumeTrue(
        isInstalled(), "skipped: redis-server 7.0.15 is not installed, nothing to compare with");
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                "redis-server",
                "--port",
                "" + port,
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--dir",
                directory.toString(),
                "--logfile",
                directory.resolve("redis.log").toString()));
    command.addAll(List.of(options));
    Process process = new ProcessBuilder(command).start();
    return new RedisProcess(process, connect(process, port), true);
  }

  private static boolean isInstalled() {
    try {
      Process process = new ProcessBuilder("redis-server", "--version").start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
          .contains("v=7.0.15");
    } catch (IOException notThere) {
      return false;
    }
  }

  private static Socket connect(Process process, int port) throws IOException {
    while (process.isAlive()) {
      try {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        return socket;
      } catch (ConnectException notYet) {
        Thread.onSpinWait();
      }
    }
    throw new IOException("redis-server ended with " + process.exitValue());
  }

  /** Returns the port that it listens on. */
  public int port() {
    return socket.getPort();
  }

  /** Says that replies from now on are of a version. */
  void version(ProtocolVersion version) {
    decoder.version(version);
  }

  /** Sends a command and returns its reply's bytes, each as a char. */
  public String execute(String... words) throws IOException {
    socket.getOutputStream().write(CommandHarness.encode(words));
    InputStream in = socket.getInputStream();
    ByteBuf received = Unpooled.buffer();
    byte[] chunk = new byte[64 * 1024];
    while (decoder.decode(received) == null) {
      int length = in.read(chunk);
      if (length < 0) {
        throw new IOException("closed by redis-server");
      }
      received.writeBytes(chunk, 0, length);
    }
    return received.toString(0, received.readerIndex(), StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    socket.close();
    if (!first) {
      return;
    }
    process.destroy();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

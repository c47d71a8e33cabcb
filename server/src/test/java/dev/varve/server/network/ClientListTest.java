package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.varve.protocol.Reply;
import io.netty.channel.uring.IoUring;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What CLIENT LIST tells of sockets. */
@Timeout(120)
class ClientListTest {
  /** The longest path of a unix socket that Java connects to; Linux takes one byte more. */
  private static final int MOST_PATH_BYTES = 106;

  @TempDir Path directory;

  private static List<String> list(TestClient client) throws Exception {
    return ((Reply.BulkString) client.call("CLIENT", "LIST")).text().lines().toList();
  }

  /** A unix socket's clients were listed without a path, and without telling that it is one. */
  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio"})
  void clientsOfAUnixSocketAreToldByItsPath(String backend) throws Exception {
    Path socket = directory.resolve("varve.sock");
    try (ServerFixture server =
            new ServerFixture(
                directory.resolve("data"),
                "--io-backend",
                backend,
                "--unixsocket",
                socket.toString());
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      assertEquals(0, server.port());
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(ByteBuffer.wrap("CLIENT INFO\r\n".getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer reply = ByteBuffer.allocate(4096);
      StringBuilder text = new StringBuilder();
      while (text.indexOf("\r\n", text.indexOf("\n") + 1) < 0) {
        assertTrue(channel.read(reply.clear()) > 0);
        text.append(StandardCharsets.US_ASCII.decode(reply.flip()));
      }
      String addresses = " addr=" + socket + ":0 laddr=" + socket + ":0 ";
      assertTrue(text.toString().contains(addresses), text::toString);
      assertTrue(text.toString().contains(" flags=U "), text::toString);
    }
  }

  /** The socket is made under another name first, which was too long. */
  @Test
  void aSocketsPathMayBeAsLongAsTheSystemTakesIt() throws Exception {
    int free = MOST_PATH_BYTES - directory.toString().length() - "/".length();
    Path socket = directory.resolve("s".repeat(free));
    for (int start = 0; start < 2; start++) {
      try (ServerFixture server =
              new ServerFixture(directory.resolve("data"), "--unixsocket", socket.toString());
          SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        assertEquals(0, server.port());
        assertTrue(channel.connect(UnixDomainSocketAddress.of(socket)));
      }
      // One that was killed in between leaves this.
      Files.createDirectories(directory.resolve(".v"));
    }
    try (Stream<Path> left = Files.list(directory)) {
      assertEquals(
          Set.of(".v", "data"),
          left.map(path -> path.getFileName().toString()).collect(Collectors.toSet()));
    }
  }

  @ParameterizedTest
  @CsvSource({"epoll,0", "epoll,1", "nio,0", "io_uring,0"})
  void aRequestThatIsNotAllThereIsInTheQueryBuffer(String backend, String ioThreads)
      throws Exception {
    assumeTrue(!backend.equals("io_uring") || IoUring.isAvailable(), "no io_uring here");
    try (ServerFixture server =
            new ServerFixture(directory, "--io-backend", backend, "--io-threads", ioThreads);
        TestClient half = server.connect();
        TestClient observer = server.connect()) {
      assertEquals(new Reply.SimpleString("PONG"), half.call("PING"));
      byte[] whole = TestClient.request("ECHO", "x".repeat(1000));
      half.sendBytes(Arrays.copyOf(whole, 500));
      while (!list(observer).getFirst().contains(" qbuf=500 ")) {
        Thread.onSpinWait();
      }
      assertTrue(observer.info("client_recent_max_input_buffer") >= 0);
      half.sendBytes(Arrays.copyOfRange(whole, 500, whole.length));
      assertEquals(new Reply.BulkString("x".repeat(1000)), half.read());
      List<String> lines = list(observer);
      assertTrue(lines.getFirst().contains(" qbuf=0 "), lines::toString);
      for (String line : lines) {
        int descriptor = Integer.parseInt(line.replaceFirst(".* fd=(-?\\d+) .*", "$1"));
        assertTrue(backend.equals("nio") ? descriptor == -1 : descriptor > 2, line);
      }
    }
  }
}

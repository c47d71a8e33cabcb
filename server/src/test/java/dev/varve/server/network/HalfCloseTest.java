package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.varve.protocol.Reply;
import io.netty.channel.uring.IoUring;
import java.io.ByteArrayOutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that say that they send nothing more, as {@code printf … | nc} does, and wait for what
 * the server still owes them.
 */
@Timeout(120)
class HalfCloseTest {
  private static final Reply OK = new Reply.SimpleString("OK");

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"epoll,0", "epoll,1", "nio,0", "nio,1", "io_uring,0", "io_uring,1"})
  void allRepliesArriveBeforeTheEnd(String backend, String ioThreads) throws Exception {
    assumeTrue(!backend.equals("io_uring") || IoUring.isAvailable(), "no io_uring here");
    try (ServerFixture server =
        new ServerFixture(directory, "--io-backend", backend, "--io-threads", ioThreads)) {
      for (int round = 0; round < 50; round++) {
        try (TestClient client = server.connect()) {
          client.sendBytes(
              SlowSyncTest.concat(
                  TestClient.request("SET", "key", "" + round),
                  TestClient.request("GET", "key"),
                  TestClient.request("DBSIZE"),
                  TestClient.request("INCR", "key"),
                  "*2\r\n$3\r\nGET".getBytes(StandardCharsets.US_ASCII)));
          client.endOutput();
          assertEquals(OK, client.read());
          assertEquals(new Reply.BulkString("" + round), client.read());
          assertEquals(new Reply.IntegerValue(1), client.read());
          assertEquals(new Reply.IntegerValue(round + 1), client.read());
          assertTrue(client.readEnd());
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"epoll,0", "epoll,1", "nio,0", "nio,1", "io_uring,0", "io_uring,1"})
  void moreRepliesThanMayWaitAtOnceArriveAsWell(String backend, String ioThreads) throws Exception {
    assumeTrue(!backend.equals("io_uring") || IoUring.isAvailable(), "no io_uring here");
    try (ServerFixture server =
            new ServerFixture(
                directory,
                "--io-backend",
                backend,
                "--io-threads",
                ioThreads,
                "--client-output-limit",
                "1mb");
        TestClient client = server.connect()) {
      String value = "x".repeat(10_000);
      assertEquals(OK, client.call("SET", "key", value));
      int requests = 3_000;
      ByteArrayOutputStream pipeline = new ByteArrayOutputStream();
      for (int i = 0; i < requests; i++) {
        pipeline.writeBytes(TestClient.request("GET", "key"));
      }
      // All of it is on its way before the first reply is taken.
      client.sendBytes(pipeline.toByteArray());
      client.endOutput();
      for (int i = 0; i < requests; i++) {
        assertEquals(new Reply.BulkString(value), client.read());
      }
      assertTrue(client.readEnd());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void repliesThatWaitForASyncArriveAfterIt(String ioThreads) throws Exception {
    try (ServerFixture server =
            new ServerFixture(directory, "--io-threads", ioThreads, "--appendfsync", "always");
        TestClient client = server.connect();
        TestClient observer = server.connect()) {
      assertEquals(OK, observer.call("SET", "key", "before"));
      server.engine().holdSyncs();
      client.sendBytes(
          SlowSyncTest.concat(
              TestClient.request("SET", "key", "after"), TestClient.request("GET", "key")));
      client.endOutput();
      // Each of these answers comes while no sync can end.
      for (int i = 0; i < 100; i++) {
        assertEquals(new Reply.BulkString("before"), observer.call("GET", "key"));
      }
      assertEquals(0, client.available());
      server.engine().letSyncsGo();
      assertEquals(OK, client.read());
      assertEquals(new Reply.BulkString("after"), client.read());
      assertTrue(client.readEnd());
    }
  }

  @Test
  void aClientThatSaysNothingIsLetGo() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient observer = server.connect();
        TestClient client = server.connect()) {
      assertEquals(new Reply.SimpleString("PONG"), client.call("PING"));
      client.endOutput();
      assertTrue(client.readEnd());
      while (observer.info("connected_clients") > 1) {
        Thread.onSpinWait();
      }
    }
  }

  /** Netty has half-closed unix sockets with epoll only. */
  @Test
  void unixSocketsToo() throws Exception {
    Path socket = directory.resolve("varve.sock");
    try (ServerFixture server =
            new ServerFixture(
                directory, "--io-backend", "epoll", "--unixsocket", socket.toString());
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(ByteBuffer.wrap("PING\r\nDBSIZE\r\n".getBytes(StandardCharsets.US_ASCII)));
      channel.shutdownOutput();
      byte[] replies = Channels.newInputStream(channel).readAllBytes();
      assertEquals("+PONG\r\n:0\r\n", new String(replies, StandardCharsets.US_ASCII));
      assertEquals(0, server.port());
    }
  }
}

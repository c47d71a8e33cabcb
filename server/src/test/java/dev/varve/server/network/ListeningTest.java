package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.varve.protocol.Reply;
import dev.varve.server.testing.OpenSsl;
import dev.varve.server.testing.TlsClient;
import io.netty.channel.uring.IoUring;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CONFIG SET of what is listened on: {@code port}, {@code bind} and {@code tls-port}. */
@Timeout(120)
class ListeningTest {
  private static final Reply OK = new Reply.SimpleString("OK");
  private static final Reply PONG = new Reply.SimpleString("PONG");

  @TempDir Path directory;

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void assertServed(int port) throws Exception {
    try (TestClient client = new TestClient(port)) {
      assertEquals(PONG, client.call("PING"));
    }
  }

  private static boolean isListenedOn(String address, int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port));
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  private static void assertNobodyListens(String address, int port) {
    assertFalse(isListenedOn(address, port));
  }

  /** With epoll it is so at once; elsewhere a socket is closed a moment after its channel. */
  private static void awaitNobodyListens(String backend, int port) {
    while (!backend.equals("epoll") && isListenedOn("127.0.0.1", port)) {
      Thread.onSpinWait();
    }
    assertNobodyListens("127.0.0.1", port);
  }

  private static Socket byIpv6(int port) throws IOException {
    byte[] loopback = new byte[16];
    loopback[15] = 1;
    return new Socket(InetAddress.getByAddress(loopback), port);
  }

  private static Reply refusal(String argument, String reason) {
    return new Reply.SimpleError(
        "ERR CONFIG SET failed (possibly related to argument '" + argument + "') - " + reason);
  }

  private static String told(TestClient client, String setting) throws Exception {
    Reply.Array pair = (Reply.Array) client.call("CONFIG", "GET", setting);
    return pair.values().get(1).toString();
  }

  @ParameterizedTest
  @CsvSource({"epoll,0", "epoll,2", "nio,0", "nio,2", "io_uring,0", "io_uring,2"})
  void thePortMovesAndConnectionsStay(String backend, int ioThreads) throws Exception {
    assumeTrue(!backend.equals("io_uring") || IoUring.isAvailable(), "no io_uring here");
    try (ServerFixture server =
            new ServerFixture(directory, "--io-backend", backend, "--io-threads", "" + ioThreads);
        TestClient client = new TestClient(server.port())) {
      int before = server.port();
      for (int i = 0; i < 20; i++) {
        int wanted = freePort();
        assertEquals(OK, client.call("CONFIG", "SET", "port", "" + wanted));
        assertServed(wanted);
        awaitNobodyListens(backend, before);
        assertEquals(told(client, "port"), new Reply.BulkString("" + wanted).toString());
        assertTrue(client.call("INFO", "server").toString().contains("tcp_port:" + wanted));
        assertEquals(wanted, server.port());
        before = wanted;
      }
      assertEquals(OK, client.call("CONFIG", "SET", "port", "0"));
      awaitNobodyListens(backend, before);
      assertEquals(PONG, client.call("PING"));
      assertEquals(OK, client.call("CONFIG", "SET", "port", "" + before));
      assertServed(before);
    }
  }

  @Test
  void aPortThatIsTakenLeavesAllAsItWas() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        TestClient client = new TestClient(server.port())) {
      int port = server.port();
      assertEquals(
          refusal("port", "Unable to listen on this port. Check server logs."),
          client.call("CONFIG", "SET", "timeout", "77", "port", "" + taken.getLocalPort()));
      assertServed(port);
      assertEquals(new Reply.BulkString("0").toString(), told(client, "timeout"));
      assertEquals(port, server.port());
    }
  }

  @Test
  void addressesMoveAndOnesThatCannotBeHadDoNot() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = new TestClient(server.port())) {
      int port = freePort();
      assertEquals(OK, client.call("CONFIG", "SET", "port", "" + port));
      assertEquals(OK, client.call("CONFIG", "SET", "bind", "127.0.0.2"));
      assertNobodyListens("127.0.0.1", port);
      try (Socket socket = new Socket("127.0.0.2", port);
          TestClient other = new TestClient(socket)) {
        assertEquals(PONG, other.call("PING"));
      }
      assertEquals(
          refusal("bind", "Failed to bind to specified addresses."),
          client.call("CONFIG", "SET", "bind", "192.0.2.1"));
      try (Socket socket = new Socket("127.0.0.2", port);
          TestClient other = new TestClient(socket)) {
        assertEquals(PONG, other.call("PING"));
      }
      assertEquals(OK, client.call("CONFIG", "SET", "bind", "* -::*"));
      assertServed(port);
    }
  }

  /** It was 0 then, as it was given, and nobody was listened to. */
  @ParameterizedTest
  @CsvSource({"epoll,0", "epoll,2", "nio,0", "nio,2", "io_uring,0", "io_uring,2"})
  void aPortThatTheSystemChoseStaysWhenAddressesMove(String backend, int ioThreads)
      throws Exception {
    assumeTrue(!backend.equals("io_uring") || IoUring.isAvailable(), "no io_uring here");
    try (ServerFixture server =
            new ServerFixture(directory, "--io-backend", backend, "--io-threads", "" + ioThreads);
        TestClient client = new TestClient(server.port())) {
      int port = server.port();
      assertEquals(OK, client.call("CONFIG", "SET", "bind", "127.0.0.2"));
      assertEquals(port, server.port());
      awaitNobodyListens(backend, port);
      try (Socket socket = new Socket("127.0.0.2", port);
          TestClient other = new TestClient(socket)) {
        assertEquals(PONG, other.call("PING"));
        assertEquals(OK, other.call("CONFIG", "SET", "bind", "127.0.0.1"));
      }
      assertServed(port);
      assertEquals(port, server.port());
    }
  }

  /**
   * With NIO and io_uring a socket is closed a moment after its channel says so: the port was in
   * use then, and in the end nobody listened.
   */
  @ParameterizedTest
  @CsvSource({"epoll,0", "epoll,2", "nio,0", "nio,2", "io_uring,0", "io_uring,2"})
  void addressesMoveTimeAndAgain(String backend, int ioThreads) throws Exception {
    assumeTrue(!backend.equals("io_uring") || IoUring.isAvailable(), "no io_uring here");
    try (ServerFixture server =
            new ServerFixture(directory, "--io-backend", backend, "--io-threads", "" + ioThreads);
        TestClient client = new TestClient(server.port())) {
      int port = server.port();
      for (int i = 0; i < 100; i++) {
        assertEquals(OK, client.call("CONFIG", "SET", "bind", "127.0.0.2 127.0.0.1"), "" + i);
        assertEquals(OK, client.call("CONFIG", "SET", "bind", "127.0.0.1"), "" + i);
        assertServed(port);
      }
    }
  }

  /** Redis listens there unless told otherwise: the second was refused, as if it was taken. */
  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void allOfIpv4AndAllOfIpv6AreListenedOnTogether(String backend) throws Exception {
    assumeTrue(!backend.equals("io_uring") || IoUring.isAvailable(), "no io_uring here");
    try (ServerFixture server =
        new ServerFixture(directory, "--io-backend", backend, "--bind", "*", "-::*")) {
      assertServed(server.port());
      try (Socket socket = byIpv6(server.port());
          TestClient client = new TestClient(socket)) {
        assertEquals(PONG, client.call("PING"));
      } catch (IOException e) {
        assumeTrue(false, "no IPv6 here: " + e.getMessage());
      }
    }
  }

  /** All of IPv4 was all of IPv6, too, which nobody had asked for. */
  @Test
  void allOfIpv4IsNoneOfIpv6() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--bind", "*")) {
      assertServed(server.port());
      assertNobodyListens("::1", server.port());
    }
  }

  @Test
  void allOfIpv6IsNoneOfIpv4() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--bind", "-::*");
        Socket socket = byIpv6(server.port());
        TestClient client = new TestClient(socket)) {
      assertEquals(PONG, client.call("PING"));
      assertNobodyListens("127.0.0.1", server.port());
    }
  }

  @Test
  void aPortForTlsIsOpenedAndClosed(@TempDir Path certificates) throws Exception {
    new OpenSsl(certificates)
        .authority("ca")
        .certificate("server", "ca")
        .certificate("client", "ca");
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = new TestClient(server.port())) {
      int port = freePort();
      assertEquals(
          refusal("tls-port", "Unable to update TLS configuration. Check server logs."),
          client.call("CONFIG", "SET", "tls-port", "" + port));
      assertNobodyListens("127.0.0.1", port);
      assertEquals(
          OK,
          client.call(
              "CONFIG",
              "SET",
              "tls-port",
              "" + port,
              "tls-cert-file",
              certificates.resolve("server.crt").toString(),
              "tls-key-file",
              certificates.resolve("server.key").toString(),
              "tls-ca-cert-file",
              certificates.resolve("ca.crt").toString()));
      try (TestClient secure =
          new TestClient(new TlsClient(certificates, "ca", "client").connect(port))) {
        assertEquals(PONG, secure.call("PING"));
        assertEquals(OK, secure.call("CONFIG", "SET", "tls-port", "0"));
        assertNobodyListens("127.0.0.1", port);
        assertEquals(PONG, secure.call("PING"));
      }
    }
  }

  @Test
  void aThousandMovesLeaveNoFileOpen() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = new TestClient(server.port())) {
      List<Integer> ports = List.of(freePort(), freePort());
      for (int i = 0; i < 10; i++) {
        client.call("CONFIG", "SET", "port", "" + ports.get(i % 2));
      }
      int open = openFiles();
      for (int i = 0; i < 1000; i++) {
        assertEquals(OK, client.call("CONFIG", "SET", "port", "" + ports.get(i % 2)));
      }
      assertTrue(openFiles() <= open + 5, open + " files were open, now " + openFiles());
    }
  }

  private static int openFiles() {
    return new File("/proc/self/fd").list().length;
  }
}

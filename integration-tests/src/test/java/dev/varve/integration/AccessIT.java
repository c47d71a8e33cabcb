package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who gets in, and by which way. */
final class AccessIT {

  @TempDir Path folder;

  @Test
  void asksForThePassword() throws IOException {
    try (ServerProcess server =
            ServerProcess.in(folder.resolve("data")).with("--requirepass", "se cret").start();
        RawClient client = server.connect()) {
      var refused = new RawClient.ErrorReply("NOAUTH Authentication required.");
      assertEquals(refused, client.call("PING"));
      assertEquals(refused, client.call("GET", "key"));
      var wrong =
          new RawClient.ErrorReply("WRONGPASS invalid username-password pair or user is disabled.");
      assertEquals(wrong, client.call("AUTH", "guess"));
      assertEquals("OK", client.call("AUTH", "se cret"));
      assertEquals("PONG", client.call("PING"));
      assertEquals("RESET", client.call("RESET"));
      assertEquals(refused, client.call("PING"));
      assertEquals("OK", client.call("AUTH", "default", "se cret"));
    }
  }

  @Test
  void boundsWhatIsSentBeforeThePassword() throws IOException {
    try (ServerProcess server =
        ServerProcess.in(folder.resolve("data")).with("--requirepass", "secret").start()) {
      try (RawClient client = server.connect()) {
        client.send(RawClient.ascii("*11\r\n"));
        assertEquals(
            "-ERR Protocol error: unauthenticated multibulk length\r\n", client.readToEnd());
      }
      try (RawClient client = server.connect()) {
        client.send(RawClient.ascii("*1\r\n$16385\r\n"));
        assertEquals("-ERR Protocol error: unauthenticated bulk length\r\n", client.readToEnd());
      }
    }
  }

  @Test
  void refusesMoreClientsThanAllowed() throws IOException {
    try (ServerProcess server =
            ServerProcess.in(folder.resolve("data")).with("--maxclients", "2").start();
        RawClient first = server.connect();
        RawClient second = server.connect()) {
      assertEquals("PONG", first.call("PING"));
      assertEquals("PONG", second.call("PING"));
      try (RawClient third = server.connect()) {
        assertEquals("-ERR max number of clients reached\r\n", third.readToEnd());
      }
      assertEquals("PONG", first.call("PING"));
    }
  }

  @Test
  void listensOnAUnixSocket() throws IOException {
    // A path short enough for the system's limit of 108 bytes, wherever the tests' folder is.
    Path socket = Files.createTempDirectory("varve").resolve("s");
    try (ServerProcess server =
        ServerProcess.in(folder.resolve("data"))
            .with("--unixsocket", socket.toString(), "--unixsocketperm", "700")
            .start()) {
      assertEquals(
          "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
      try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(UnixDomainSocketAddress.of(socket));
        channel.write(ByteBuffer.wrap(RawClient.ascii("SET via socket\r\nGET via\r\n")));
        ByteBuffer replies = ByteBuffer.allocate("+OK\r\n$6\r\nsocket\r\n".length());
        while (replies.hasRemaining() && channel.read(replies) >= 0) {}
        assertEquals(
            "+OK\r\n$6\r\nsocket\r\n", StandardCharsets.US_ASCII.decode(replies.flip()).toString());
      }
      assertEquals(0, server.terminate().code());
      assertTrue(Files.notExists(socket), "the socket is still there");
    } finally {
      Files.deleteIfExists(socket);
      Files.delete(socket.getParent());
    }
  }
}

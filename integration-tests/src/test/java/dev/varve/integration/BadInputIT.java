package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Clients that send nonsense, too much, or never read: a clear error or a closed connection, and
 * the server stays up and bounded.
 */
final class BadInputIT {

  private static final long MAX_MEMORY_KIB = 256 << 10;

  @TempDir Path folder;
  private ServerProcess server;

  @BeforeEach
  void start() {
    server = ServerProcess.in(folder.resolve("data")).with("--maxmemory", "256mb").start();
  }

  @AfterEach
  void stillServesAndIsBounded() throws IOException {
    try (RawClient client = server.connect()) {
      assertEquals("OK", client.call("SET", "after", "all"));
      long peak = server.memoryKib("VmHWM");
      assertTrue(peak < MAX_MEMORY_KIB, () -> "resident memory rose to " + peak + " KiB");
    } catch (IOException | AssertionError | UncheckedIOException e) {
      throw new AssertionError("the server printed:\n" + server.log(), e);
    } finally {
      server.close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'*1\\r\\n$-5\\r\\n', 'invalid bulk length'",
    "'*1\\r\\n$x\\r\\n', 'invalid bulk length'",
    "'*1\\r\\n$536870913\\r\\n', 'invalid bulk length'",
    "'*1\\r\\n$99999999999999999999\\r\\n', 'invalid bulk length'",
    "'*2147483648\\r\\n', 'invalid multibulk length'",
    "'*99999999999999999999\\r\\n', 'invalid multibulk length'",
    "'*x\\r\\n', 'invalid multibulk length'",
    "'*1\\r\\n:5\\r\\n', 'expected ''$'', got '':'''",
    "'SET \"a\\r\\n', 'unbalanced quotes in request'",
  })
  void refusesBrokenFrames(String frame, String error) throws IOException {
    try (RawClient client = server.connect()) {
      client.send(RawClient.ascii(frame.replace("\\r\\n", "\r\n")));
      assertEquals("-ERR Protocol error: " + error + "\r\n", client.readToEnd());
    }
  }

  @Test
  void refusesEndlessLines() throws IOException {
    byte[] line = new byte[65 * 1024];
    Arrays.fill(line, (byte) 'a');
    try (RawClient client = server.connect()) {
      client.send(line);
      assertEquals("-ERR Protocol error: too big inline request\r\n", client.readToEnd());
    }
    Arrays.fill(line, (byte) '1');
    line[0] = '*';
    try (RawClient client = server.connect()) {
      client.send(line);
      assertEquals("-ERR Protocol error: too big mbulk count string\r\n", client.readToEnd());
    }
  }

  @Test
  void takesNoNoticeOfRequestsCutShort() throws IOException {
    byte[] frame = RawClient.frame("SET", "cut", "short");
    for (int length = 0; length < frame.length; length++) {
      try (RawClient client = server.connect()) {
        client.send(Arrays.copyOf(frame, length));
        client.shutdownOutput();
        assertEquals("", client.readToEnd());
      }
    }
    try (RawClient client = server.connect()) {
      assertEquals(0L, client.call("EXISTS", "cut"));
    }
  }

  @Test
  void takesRequestsByteByByte() throws IOException {
    try (RawClient client = server.connect()) {
      for (byte b : RawClient.frame("SET", "slow", "but steady")) {
        client.send(new byte[] {b});
      }
      assertEquals("OK", client.read());
    }
  }

  @Test
  void reservesNothingForWhatIsOnlyAnnounced() throws IOException {
    List<RawClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        RawClient client = server.connect();
        clients.add(client.send(RawClient.ascii("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$16000000\r\nx")));
        clients.add(
            server.connect().send(RawClient.ascii("*2000000000\r\n$3\r\nDEL\r\n$1\r\nk\r\n")));
      }
      try (RawClient client = server.connect()) {
        assertEquals("PONG", client.call("PING"));
      }
    } finally {
      clients.forEach(RawClient::close);
    }
  }

  @Test
  void survivesGarbage() throws IOException {
    SplittableRandom random = Seed.random("BadInputIT garbage");
    byte[] alphabet = RawClient.ascii("*$:+-0123456789\r\n\r\nSETGET \"'\\x\0ÿ");
    for (int round = 0; round < 300; round++) {
      byte[] garbage = new byte[random.nextInt(1, 20_000)];
      boolean likeFrames = random.nextBoolean();
      for (int i = 0; i < garbage.length; i++) {
        garbage[i] =
            likeFrames ? alphabet[random.nextInt(alphabet.length)] : (byte) random.nextInt(256);
      }
      try (RawClient client = server.connect()) {
        client.send(garbage);
        client.shutdownOutput();
        client.readToEnd();
      } catch (IOException closed) {
        assertTrue(server.isAlive(), () -> "the server ended at round: " + closed);
      }
    }
  }

  @Test
  void letsGoOfTenThousandConnections() throws IOException {
    try (RawClient observer = server.connect()) {
      assertEquals("PONG", observer.call("PING"));
      int before = server.openFiles();
      for (int i = 0; i < 10_000; i++) {
        try (RawClient client = server.connect()) {
          if (i % 3 == 0) {
            client.send(RawClient.ascii("PING\r\n"));
          }
        }
      }
      // The server sees each end in its own time; every round trip gives it some.
      long rounds = 0;
      while (server.openFiles() > before + 50) {
        assertEquals("PONG", observer.call("PING"));
        assertTrue(rounds++ < 1_000_000, "connections that were closed long ago are still held");
      }
    }
  }

  @Test
  void boundsWhatIsKeptForAClientThatNeverReads() throws IOException {
    byte[] large = new byte[1 << 20];
    try (RawClient client = server.connect()) {
      client.send(RawClient.frame(RawClient.ascii("SET"), RawClient.ascii("large"), large));
      assertEquals("OK", client.read());
    }
    ByteBuffer requests = ByteBuffer.allocate(1 << 20);
    byte[] get = RawClient.frame("GET", "large");
    while (requests.remaining() >= get.length) {
      requests.put(get);
    }
    requests.flip();
    try (SocketChannel deaf =
            SocketChannel.open(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        RawClient other = server.connect()) {
      deaf.configureBlocking(false);
      // Every round asks for 38 GiB of replies; the server stops taking requests, and then there is
      // no room for more.
      int refused = 0;
      for (int i = 0; i < 10_000 && refused < 1_000; i++) {
        if (!requests.hasRemaining()) {
          requests.rewind();
        }
        refused += deaf.write(requests) == 0 ? 1 : 0;
        assertEquals("PONG", other.call("PING"));
      }
      assertTrue(refused > 0, "the server took everything");
    }
  }
}

package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SYNC, PSYNC and REPLCONF: snapshots, to clients that take them, are slow, or go. */
@Timeout(120)
class SyncTest {
  private static final int MARK_BYTES = 40;

  /** At a time. */
  private static final int MOST = 4;

  @TempDir Path directory;

  /** Nothing but a socket: a snapshot is no reply. */
  private record Copier(Socket socket) implements AutoCloseable {
    static Copier of(ServerFixture server) throws IOException {
      return new Copier(new Socket(InetAddress.getLoopbackAddress(), server.port()));
    }

    void send(String... words) throws IOException {
      socket.getOutputStream().write(TestClient.request(words));
    }

    String line() throws IOException {
      StringBuilder line = new StringBuilder();
      InputStream in = socket.getInputStream();
      for (int next = in.read(); next != '\n' && next >= 0; next = in.read()) {
        line.append((char) next);
      }
      return line.toString().strip();
    }

    /** The file, whose mark is checked, up to the end of the connection. */
    byte[] snapshot() throws IOException {
      String first = line();
      assertTrue(first.startsWith("$EOF:"), first);
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      socket.getInputStream().transferTo(all);
      byte[] bytes = all.toByteArray();
      int end = bytes.length - MARK_BYTES;
      String mark = new String(bytes, end, MARK_BYTES, StandardCharsets.US_ASCII);
      assertEquals(first.substring(5), mark);
      return Arrays.copyOf(bytes, end);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void aSnapshotNeedsAClientThatTakesMarks() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        Copier copier = Copier.of(server)) {
      copier.send("SYNC");
      String refused = copier.line();
      assertTrue(refused.startsWith("-ERR snapshots are sent without their length"), refused);
      copier.send("REPLCONF", "listening-port", "1", "capa", "eof", "capa", "psync2");
      assertEquals("+OK", copier.line());
      copier.send("REPLCONF", "nonsense", "1");
      assertEquals("-ERR Unrecognized REPLCONF option: nonsense", copier.line());
      copier.send("REPLCONF", "rdb-filter-only", "keys");
      assertEquals("-ERR Unsupported rdb-filter-only option: keys", copier.line());
      copier.send("REPLCONF", "capa");
      assertEquals("-ERR syntax error", copier.line());
      copier.send("REPLCONF", "ack", "5");
      copier.send("PSYNC", "?", "-1");
      String answer = copier.line();
      assertTrue(answer.matches("\\+FULLRESYNC [0-9a-f]{40} 0"), answer);
      assertTrue(copier.snapshot().length > 0);
    }
  }

  @Test
  void aSnapshotComesBehindTheRepliesBeforeIt() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        Copier copier = Copier.of(server)) {
      copier.send("REPLCONF", "capa", "eof");
      copier.send("SET", "key", "value");
      copier.send("GET", "key");
      copier.send("SYNC");
      copier.send("PING");
      assertEquals("+OK", copier.line());
      assertEquals("+OK", copier.line());
      assertEquals("$5", copier.line());
      assertEquals("value", copier.line());
      assertTrue(copier.snapshot().length > 0);
    }
  }

  @Test
  void nothingButFunctionsIfAskedFor() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect();
        Copier copier = Copier.of(server)) {
      client.call("SET", "the-key", "value");
      client.call(
          "FUNCTION",
          "LOAD",
          "#!lua name=x\nredis.register_function('f', function() return 1 end)");
      copier.send("REPLCONF", "capa", "eof", "rdb-filter-only", "functions");
      assertEquals("+OK", copier.line());
      copier.send("SYNC");
      String file = new String(copier.snapshot(), StandardCharsets.ISO_8859_1);
      assertTrue(file.contains("#!lua name=x"), file);
      assertTrue(!file.contains("the-key"), file);
    }
  }

  @Test
  void whoIsSlowOrGoesKeepsNobodyElseWaiting() throws Exception {
    byte[] large = new byte[1 << 20];
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      for (int i = 0; i < 20; i++) {
        client.call("SET", "key" + i, new String(large, StandardCharsets.US_ASCII));
      }
      for (int round = 0; round < 3; round++) {
        List<Copier> slow = new ArrayList<>();
        for (int i = 0; i < MOST; i++) {
          slow.add(begun(server));
        }
        client.call("SET", "later", "value");
        try (Copier refused = Copier.of(server)) {
          refused.send("REPLCONF", "capa", "eof");
          assertEquals("+OK", refused.line());
          refused.send("SYNC");
          String error = refused.line();
          assertTrue(error.startsWith("-ERR as many snapshots"), error);
          refused.send("PING");
          assertEquals("+PONG", refused.line());
        }
        for (Copier copier : slow) {
          copier.close();
        }
      }
      try (Copier copier = begun(server);
          Copier other = begun(server)) {
        assertArrayEquals(copied(copier), copied(other));
      }
    }
  }

  /** Begins one, as soon as one may begin, and reads no more than its beginning. */
  private static Copier begun(ServerFixture server) throws IOException {
    while (true) {
      Copier copier = Copier.of(server);
      copier.send("REPLCONF", "capa", "eof");
      assertEquals("+OK", copier.line());
      copier.send("PSYNC", "?", "-1");
      if (copier.line().startsWith("+FULLRESYNC")) {
        return copier;
      }
      copier.close();
    }
  }

  /** The file from the first key on, before which it tells the time, up to its checksum. */
  private static byte[] copied(Copier copier) throws IOException {
    byte[] file = copier.snapshot();
    int from = new String(file, StandardCharsets.ISO_8859_1).indexOf("key0");
    return Arrays.copyOfRange(file, from, file.length - Long.BYTES);
  }
}

package dev.varve.integration.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.integration.RawClient;
import dev.varve.integration.ServerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CLIENT REPLY and the end of a connection: what comes back, and who closes. */
final class ReplyModesIT {
  private static final String ON = "CLIENT REPLY ON";
  private static final String OFF = "CLIENT REPLY OFF";
  private static final String SKIP = "CLIENT REPLY SKIP";
  private static final String CLOSED = "closed";
  private static final String KILL = "CLIENT KILL TYPE normal SKIPME no";

  /** After which the connection goes on. */
  private static final List<List<String>> GOING_ON =
      List.of(
          List.of(SKIP, "RESET", "PING"),
          List.of(SKIP, "RESET", "RESET"),
          List.of(OFF, "RESET", "PING"),
          List.of(SKIP, SKIP, "PING", "PING"),
          List.of(SKIP, ON, "PING"),
          List.of(SKIP, OFF, "PING", ON),
          List.of(OFF, SKIP, "PING", ON, "PING"),
          List.of(SKIP, "NOSUCH", "PING"),
          List.of(SKIP, "GET", "PING"),
          List.of(SKIP, "CLIENT REPLY BOGUS", "PING"),
          List.of(SKIP, "CLIENT REPLY", "PING"),
          List.of(OFF, "NOSUCH", "CLIENT REPLY BOGUS", ON),
          List.of(OFF, "SET key value", "GET key", ON, "GET key"),
          List.of(SKIP, "SET key value", "GET key"));

  /** After which the server closes it. */
  private static final List<List<String>> ENDING =
      List.of(
          List.of(OFF, ON, "QUIT", "PING"),
          List.of(OFF, "RESET", "QUIT"),
          List.of(SKIP, "PING", "QUIT"),
          List.of("PING", OFF, "QUIT", "PING"),
          List.of(SKIP, "POST x", "PING"),
          List.of(OFF, "POST x", "PING"));

  /** After which nothing more is executed, and the client has to close it. */
  private static final List<List<String>> LINGERING =
      List.of(List.of(OFF, "QUIT", "PING"), List.of(SKIP, "QUIT", "PING"), List.of(OFF, KILL));

  @TempDir Path folder;

  private interface Comparison {
    String result(int port) throws IOException;
  }

  private void compare(Comparison... comparisons) throws IOException {
    RedisServer.require();
    try (RedisServer redis = RedisServer.start(folder);
        ServerProcess varve = ServerProcess.in(folder.resolve("varve")).start()) {
      for (Comparison comparison : comparisons) {
        assertEquals(comparison.result(redis.port()), comparison.result(varve.port()));
      }
    }
  }

  private static Comparison each(List<List<String>> scripts, Script script) {
    return port -> {
      StringBuilder results = new StringBuilder();
      for (List<String> lines : scripts) {
        results.append(lines).append(": ").append(script.run(port, lines)).append('\n');
      }
      return results.toString();
    };
  }

  private interface Script {
    String run(int port, List<String> lines) throws IOException;
  }

  private static String bytes(List<String> lines) {
    return String.join("\r\n", lines) + "\r\n";
  }

  @Test
  void repliesThatAreNotWantedAreLeftOutAsByRedis() throws IOException {
    compare(
        each(
            GOING_ON,
            (port, lines) -> {
              try (PeerConnection client = new PeerConnection(port)) {
                client.send(bytes(lines) + "ECHO end\r\n", new SplittableRandom(1));
                return client.receiveUntil("end\r\n").toString();
              }
            }));
  }

  @Test
  void connectionsEndBehindTheirRepliesAsByRedis() throws IOException {
    compare(
        each(
            ENDING,
            (port, lines) -> {
              try (PeerConnection client = new PeerConnection(port)) {
                client.send(bytes(lines), new SplittableRandom(1));
                return client.receiveAll().toString();
              }
            }));
  }

  /** Redis closes after a reply that it has written: where there is none, it is the client's. */
  @Test
  void withoutRepliesAConnectionIsLeftToItsClientAsByRedis() throws IOException {
    compare(each(LINGERING, ReplyModesIT::lingers));
  }

  private static String lingers(int port, List<String> lines) throws IOException {
    try (RawClient observer = RawClient.connect(port);
        PeerConnection client = new PeerConnection(port)) {
      client.send("CLIENT SETNAME it\r\n", new SplittableRandom(1));
      assertEquals("+OK\r\n", client.receiveUntil("\r\n").bytes());
      client.send(
          bytes(lines).replace("TYPE normal", "ID " + id(observer)), new SplittableRandom(1));
      String last = lines.contains("PING") ? "quit" : "client|kill";
      String line = list(observer);
      for (int i = 0; i < 100_000 && isBusy(line, last); i++) {
        line = list(observer);
      }
      // Each answer is one more turn of the loop that would have closed it.
      for (int i = 0; i < 1_000; i++) {
        assertEquals("PONG", observer.call("PING"));
      }
      line = list(observer);
      assertTrue(line.contains(" cmd=" + last + " "), line);
      client.endOutput();
      return client.receiveAll().toString();
    }
  }

  private static boolean isBusy(String line, String last) {
    return !line.equals(CLOSED) && !line.contains(" cmd=" + last + " ");
  }

  private static String id(RawClient observer) throws IOException {
    return list(observer).replaceFirst("id=(\\d+) .*", "$1");
  }

  /** The line of the connection that is called so. */
  private static String list(RawClient observer) throws IOException {
    String text = new String((byte[]) observer.call("CLIENT", "LIST"), StandardCharsets.ISO_8859_1);
    return text.lines().filter(line -> line.contains(" name=it ")).findFirst().orElse(CLOSED);
  }
}

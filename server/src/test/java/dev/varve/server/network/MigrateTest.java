package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import dev.varve.server.command.RedisProcess;
import dev.varve.server.testing.ScriptedPeer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MIGRATE between whole servers, while others go on. */
@Timeout(120)
class MigrateTest {
  private static final Reply OK = new Reply.SimpleString("OK");
  private static final int KEYS = 300;

  @TempDir Path directory;

  private Path folder(String name) throws Exception {
    return Files.createDirectory(directory.resolve(name));
  }

  @Test
  void keysComeFromRedisAndGoBack() throws Exception {
    try (RedisProcess redis = RedisProcess.start(folder("redis"));
        ServerFixture server = new ServerFixture(folder("varve"));
        TestClient client = server.connect()) {
      List<String> there = command("MIGRATE", "" + server.port());
      List<String> back = command("MIGRATE", "" + redis.port());
      for (int i = 0; i < KEYS; i++) {
        String key = "key" + i;
        switch (i % 4) {
          case 0 -> redis.execute("SET", key, "value" + i);
          case 1 -> redis.execute("RPUSH", key, "a", "b", "" + i);
          case 2 -> redis.execute("XADD", key, "5-" + i, "field", "value");
          default -> redis.execute("HSET", key, "f", "v", "g", "" + i);
        }
        there.add(key);
        back.add(key);
      }
      assertEquals("+OK\r\n", redis.execute(there.toArray(String[]::new)));
      assertEquals(":0\r\n", redis.execute("DBSIZE"));
      assertEquals(new Reply.IntegerValue(KEYS), client.call("DBSIZE"));
      assertEquals(OK, client.call(back.toArray(String[]::new)));
      assertEquals(1, client.info("migrate_cached_sockets"));
      assertEquals(new Reply.IntegerValue(0), client.call("DBSIZE"));
      assertEquals(":" + KEYS + "\r\n", redis.execute("DBSIZE"));
      assertEquals("$6\r\nvalue0\r\n", redis.execute("GET", "key0"));
    }
  }

  private static List<String> command(String name, String port) {
    return new ArrayList<>(List.of(name, "127.0.0.1", port, "", "0", "20000", "KEYS"));
  }

  @Test
  void keysGoToAnotherOfOurs() throws Exception {
    try (ServerFixture one = new ServerFixture(folder("one"));
        ServerFixture two = new ServerFixture(folder("two"), "--requirepass", "secret");
        TestClient client = one.connect();
        TestClient other = two.connect()) {
      String port = "" + two.port();
      assertEquals(OK, other.call("AUTH", "secret"));
      assertEquals(OK, client.call("CONFIG", "SET", "slowlog-log-slower-than", "0"));
      assertEquals(OK, client.call("SET", "key", "value", "EX", "1000"));
      assertEquals(
          "ERR Target instance replied with error: NOAUTH Authentication required.",
          ((Reply.SimpleError) client.call("MIGRATE", "127.0.0.1", port, "key", "0", "5000"))
              .text());
      assertEquals(
          OK, client.call("MIGRATE", "127.0.0.1", port, "key", "0", "5000", "AUTH", "secret"));
      assertEquals(new Reply.BulkString("value"), other.call("GET", "key"));
      assertTrue(((Reply.IntegerValue) other.call("TTL", "key")).value() > 900);
      String slow = client.call("SLOWLOG", "GET").toString();
      assertTrue(slow.contains("(redacted)") && !slow.contains("secret"), slow);
    }
  }

  /** A server that doesn't answer holds nobody up who reads, and no write is lost. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aServerThatDoesNotAnswerLosesNoWrite(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(folder("varve"), "--io-threads", ioThreads);
        ScriptedPeer peer = new ScriptedPeer("", false);
        TestClient sender = server.connect();
        TestClient reader = server.connect();
        TestClient writer = server.connect()) {
      assertEquals(OK, writer.call("SET", "key", "value"));
      sender.send("MIGRATE", "127.0.0.1", peer.port(), "key", "0", "500");
      while (peer.connections() == 0) {
        Thread.onSpinWait();
      }
      writer.send("SET", "key", "later");
      assertEquals(new Reply.BulkString("value"), reader.call("GET", "key"));
      assertEquals(
          "IOERR error or timeout reading to target instance",
          ((Reply.SimpleError) sender.read()).text());
      assertEquals(OK, writer.read());
      assertEquals(new Reply.BulkString("later"), reader.call("GET", "key"));
    }
  }
}

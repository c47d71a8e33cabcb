package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.ScriptedPeer;
import dev.varve.server.testing.Seed;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * MIGRATE from a Redis 7.0.15 to one, and from ours to another: replies, what is left, and what
 * arrives must be the same.
 */
@Timeout(120)
final class MigrateComparisonTest {
  private static final int ROUNDS = 150;
  private static final int KEYS = 12;
  private static final String HOST = "127.0.0.1";

  @TempDir Path directory;

  /** Both, each with a server of its own that keys are sent to. */
  private final class Servers implements AutoCloseable {
    private final ComparisonRun both;
    private final RedisProcess ofRedis;
    private final RedisProcess ofOurs;

    private Servers(long seed, double needsRead, String... options) throws IOException {
      both =
          ComparisonRun.begin(
              directory, new FakeEngine(seed, needsRead), seed, ProtocolVersion.RESP2);
      ofRedis = target("one", options);
      ofOurs = target("two", options);
    }

    private RedisProcess target(String name, String... options) throws IOException {
      List<String> all = new ArrayList<>(List.of("--enable-debug-command", "yes"));
      all.addAll(List.of(options));
      return RedisProcess.start(
          Files.createDirectory(directory.resolve(name)), all.toArray(String[]::new));
    }

    /** Sends keys from either; the words after the port are given. */
    private String migrate(String... words) throws IOException {
      return migrateTo("" + ofRedis.port(), "" + ofOurs.port(), words);
    }

    private String migrateTo(String portOfRedis, String portOfOurs, String... words)
        throws IOException {
      String expected = both.ofRedis(command(portOfRedis, words));
      String actual = both.ofOurs(command(portOfOurs, words));
      assertEquals(expected, actual, Arrays.toString(words));
      both.same("DBSIZE");
      return expected;
    }

    private static String[] command(String port, String... words) {
      List<String> all = new ArrayList<>(List.of("MIGRATE", HOST, port));
      all.addAll(List.of(words));
      return all.toArray(String[]::new);
    }

    private void sameThere(String... command) throws IOException {
      assertEquals(ofRedis.execute(command), ofOurs.execute(command), Arrays.toString(command));
    }

    @Override
    public void close() throws IOException {
      both.close();
      ofRedis.close();
      ofOurs.close();
    }
  }

  @Test
  void keysGoToRedisAsFromRedis() throws IOException {
    long seed = Seed.of("keysGoToRedisAsFromRedis");
    Random random = new Random(seed);
    try (Servers servers = new Servers(seed, 0.3)) {
      for (int i = 0; i < ROUNDS; i++) {
        for (int j = random.nextInt(4); j > 0; j--) {
          make(servers.both, random);
        }
        List<String> words = new ArrayList<>();
        boolean many = random.nextBoolean();
        words.add(many ? "" : key(random));
        words.add("" + random.nextInt(2));
        words.add("5000");
        if (random.nextBoolean()) {
          words.add("REPLACE");
        }
        if (random.nextInt(3) == 0) {
          words.add("copy");
        }
        if (many) {
          words.add("KEYS");
          for (int j = random.nextInt(5); j >= 0; j--) {
            words.add(key(random));
          }
        }
        servers.migrate(words.toArray(String[]::new));
        servers.sameThere("DEBUG", "DIGEST");
        servers.sameThere("DBSIZE");
      }
    }
  }

  private static String key(Random random) {
    return "key" + random.nextInt(KEYS);
  }

  private static void make(ComparisonRun both, Random random) throws IOException {
    String key = key(random);
    both.same("DEL", key);
    int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 1000 : 20);
    for (int i = 0; i < count; i++) {
      String text = "" + random.nextInt(5000);
      switch (count % 6) {
        case 0 -> both.same("APPEND", key, text);
        case 1 -> both.same("RPUSH", key, text);
        case 2 -> both.same("SADD", key, text);
        case 3 -> both.same("ZADD", key, text, "m" + text);
        case 4 -> both.same("HSET", key, text, "v" + i);
        default -> both.same("XADD", key, (i + 1) + "-1", "f", text);
      }
    }
    if (random.nextInt(3) == 0) {
      both.same("PEXPIRE", key, "1000000");
    }
  }

  @Test
  void optionsAndErrorsAreThoseOfRedis() throws IOException {
    try (Servers servers = new Servers(1, 0.3)) {
      ComparisonRun both = servers.both;
      both.same("SET", "key", "value");
      both.same("SET", "other", "value");
      assertEquals("+NOKEY\r\n", servers.migrate("nothing", "0", "1000"));
      servers.migrate("", "0", "1000", "KEYS", "nothing", "nothing either");
      servers.migrate("key", "0", "1000", "KEYS", "key");
      servers.migrate("", "0", "1000", "KEYS");
      servers.migrate("key", "x", "1000");
      servers.migrate("key", "0", "x");
      servers.migrate("key", "x", "x");
      servers.migrate("key", "0", "1000", "NONSENSE");
      servers.migrate("key", "0", "1000", "AUTH");
      servers.migrate("key", "0", "1000", "AUTH2", "user");
      servers.migrate("key", "0", "1000", "AUTH", "password");
      servers.migrate("key", "0", "1000", "AUTH2", "user", "password");
      servers.migrate("key", "77", "1000");
      servers.migrate("key", "-1", "1000");
      both.same("EXISTS", "key", "other");
      servers.migrate("key", "3", "1000", "COPY");
      servers.migrate("key", "3", "1000");
      servers.migrate("", "3", "1000", "KEYS", "other", "key");
      both.same("EXISTS", "key", "other");
      servers.migrate("key", "3", "0", "REPLACE");
      both.same("EXISTS", "key", "other");
      both.same("SET", "key", "value");
      servers.migrate("", "0", "-5", "REPLACE", "KEYS", "key", "key");
      both.same("SET", "key", "value");
      both.same("MULTI");
      both.ofRedis(Servers.command("" + servers.ofRedis.port(), "key", "0", "1000", "REPLACE"));
      both.ofOurs(Servers.command("" + servers.ofOurs.port(), "key", "0", "1000", "REPLACE"));
      both.same("EXISTS", "key");
      both.same("EXEC");
      servers.sameThere("DEBUG", "DIGEST");
      both.same("SET", "key", "value");
      String script = "return redis.pcall('migrate', '127.0.0.1', ARGV[1], 'key', '0', '1000')";
      assertEquals(
          both.ofRedis("EVAL", script, "0", "" + servers.ofRedis.port()),
          both.ofOurs("EVAL", script, "0", "" + servers.ofOurs.port()));
      servers.migrateTo(freePort(), freePort(), "key", "0", "1000");
      servers.migrateTo("0", "0", "key", "0", "1000");
      both.same("EXISTS", "key");
      both.same("MIGRATE");
      both.same("MIGRATE", "a", "b", "c", "d");
      both.same("COMMAND", "GETKEYS", "MIGRATE", "h", "1", "key", "0", "1", "AUTH", "KEYS");
      both.same("COMMAND", "GETKEYS", "MIGRATE", "h", "1", "", "0", "1", "AUTH", "k", "KEYS", "a");
      both.same("COMMAND", "GETKEYS", "MIGRATE", "h", "1", "key", "0", "1", "COPY");
    }
  }

  private static String freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "" + free.getLocalPort();
    }
  }

  @Test
  void passwordsAreGiven() throws IOException {
    try (Servers servers = new Servers(1, 0, "--requirepass", "secret")) {
      ComparisonRun both = servers.both;
      both.same("SET", "key", "value");
      servers.migrate("key", "0", "1000");
      servers.migrate("key", "0", "1000", "AUTH", "wrong");
      servers.migrate("key", "0", "1000", "AUTH2", "default", "wrong");
      both.same("EXISTS", "key");
      servers.migrate("key", "0", "1000", "AUTH2", "default", "secret");
      both.same("EXISTS", "key");
      both.same("SET", "key", "value");
      servers.migrate("key", "2", "1000", "AUTH", "secret", "COPY");
      servers.ofRedis.execute("AUTH", "secret");
      servers.ofOurs.execute("AUTH", "secret");
      servers.sameThere("DEBUG", "DIGEST");
    }
  }

  /** What was answered for before the other server died is gone, the rest is there. */
  @Test
  void nothingIsLostToAServerThatDies() throws IOException {
    String[] answers = {
      "",
      "+OK\r\n",
      "+OK\r\n+OK\r\n",
      "+OK\r\n+OK\r\n+OK\r\n",
      "-ERR no\r\n",
      "+OK\r\n-ERR no\r\n",
      "+OK\r\n+OK\r\n-ERR no\r\n",
      "+O"
    };
    try (Servers servers = new Servers(1, 0.3)) {
      for (String answer : answers) {
        for (boolean closes : new boolean[] {true, false}) {
          for (int i = 0; i < 3; i++) {
            servers.both.same("SET", "key" + i, "value");
          }
          try (ScriptedPeer one = new ScriptedPeer(answer, closes);
              ScriptedPeer two = new ScriptedPeer(answer, closes)) {
            servers.migrateTo(
                one.port(), two.port(), "", "0", "300", "KEYS", "key0", "key1", "key2");
            for (int i = 0; i < 3; i++) {
              servers.both.same("GET", "key" + i);
            }
            assertEquals(one.connections(), two.connections(), answer + " " + closes);
          }
        }
      }
    }
  }
}

package dev.varve.integration.peer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.integration.Keys;
import dev.varve.integration.RawClient;
import dev.varve.integration.Seed;
import dev.varve.integration.ServerProcess;
import dev.varve.integration.Tools;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code varve import}, {@code varve export} and SYNC: from a real Redis to here, and back. */
@Timeout(300)
final class TransferIT {
  private static final int[] DATABASES = {0, 5, 15};

  @TempDir Path folder;

  private static Tools.Result varve(Object... arguments) {
    List<String> command =
        new ArrayList<>(List.of(ServerProcess.HOME.resolve("bin/varve").toString()));
    Arrays.stream(arguments).map(Object::toString).forEach(command::add);
    return Tools.run(command);
  }

  private RedisServer redis(String name, String... more) throws IOException {
    RedisServer.require();
    List<String> options = new ArrayList<>(List.of("--enable-debug-command", "yes"));
    options.addAll(List.of(more));
    Path directory = Files.createDirectories(folder.resolve(name));
    return RedisServer.start(directory, options.toArray(String[]::new));
  }

  /** A Redis with values of all kinds, which has written them to a file, and read that. */
  private RedisServer filled(String name, String seed) throws IOException {
    RedisServer redis = redis(name);
    try (RawClient client = redis.connect()) {
      new RedisFilling(client, new SplittableRandom(Seed.of(seed))).fill();
      assertEquals("OK", client.call("SAVE"));
      assertEquals("OK", client.call("DEBUG", "RELOAD"));
    }
    return redis;
  }

  /** Has another Redis load a file, which must hold what a Redis has. */
  private void assertLoads(Path file, RedisServer expected) throws IOException {
    String checked = Tools.run(List.of("redis-check-rdb", file.toString())).succeeded();
    assertTrue(checked.contains("RDB looks OK"), checked);
    Path directory = Files.createDirectories(folder.resolve("loaded"));
    Files.copy(file, directory.resolve("dump.rdb"));
    try (RedisServer loaded = redis("loaded");
        RawClient one = expected.connect();
        RawClient other = loaded.connect()) {
      while (text(other.call("INFO", "persistence")).contains("\nloading:1")) {
        Thread.onSpinWait();
      }
      for (int database : DATABASES) {
        assertEquals("OK", one.call("SELECT", "" + database));
        assertEquals("OK", other.call("SELECT", "" + database));
        assertSameKeys(one, other);
      }
      assertArrayEquals(
          (byte[]) one.call("FUNCTION", "DUMP"), (byte[]) other.call("FUNCTION", "DUMP"));
    } finally {
      Files.delete(directory.resolve("dump.rdb"));
    }
  }

  /** Elements that are kept by a hash come in an order that each process draws anew. */
  private static void assertSameKeys(RawClient one, RawClient other) throws IOException {
    Set<String> keys = Keys.scan(one);
    assertFalse(keys.isEmpty());
    assertEquals(keys, Keys.scan(other));
    for (String key : keys) {
      assertEquals(one.call("PEXPIRETIME", key), other.call("PEXPIRETIME", key), key);
      assertEquals(digest(one, key), digest(other, key), key);
      String encoding = text(one.call("OBJECT", "ENCODING", key));
      assertEquals(encoding, text(other.call("OBJECT", "ENCODING", key)), key);
      if (encoding.equals("stream") && !key.endsWith(":1")) {
        boolean large = key.startsWith("large:");
        assertEquals(about(one, key, large), about(other, key, large), key);
      } else if (!encoding.equals("hashtable")) {
        assertArrayEquals((byte[]) one.call("DUMP", key), (byte[]) other.call("DUMP", key), key);
      }
    }
  }

  /**
   * All of a stream but how its entries are kept: Redis keeps what was deleted from the middle. Of
   * one that was made by commands, it isn't known when its consumers were heard of.
   */
  private static List<Object> about(RawClient client, String key, boolean large)
      throws IOException {
    Object all = client.call("XINFO", "STREAM", key, "FULL", "COUNT", "0");
    Set<String> left =
        large
            ? Set.of("radix-tree-keys", "radix-tree-nodes", "seen-time")
            : Set.of("radix-tree-keys", "radix-tree-nodes");
    return readable(assertInstanceOf(List.class, all), left);
  }

  private static List<Object> readable(List<?> reply, Set<String> left) {
    List<Object> result = new ArrayList<>();
    for (int i = 0; i < reply.size(); i++) {
      Object each = reply.get(i);
      if (each instanceof List<?> list) {
        result.add(readable(list, left));
      } else if (each instanceof byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        if (left.contains(text)) {
          i++;
        } else {
          result.add(text);
        }
      } else {
        result.add(each);
      }
    }
    return result;
  }

  private static String digest(RawClient client, String key) throws IOException {
    return (String) ((List<?>) client.call("DEBUG", "DIGEST-VALUE", key)).getFirst();
  }

  private static String text(Object bulk) {
    return new String(assertInstanceOf(byte[].class, bulk), StandardCharsets.ISO_8859_1);
  }

  @Test
  void fromRedisIntoADirectoryAndBack() throws IOException {
    Path data = folder.resolve("data");
    Path out = folder.resolve("out.rdb");
    try (RedisServer redis = filled("redis", "TransferIT.directory")) {
      varve("import", folder.resolve("redis/dump.rdb"), "--dir", data).succeeded();
      varve("export", "--rdb", out, "--dir", data).succeeded();
      assertLoads(out, redis);
    }
    assertFalse(Files.exists(folder.resolve("out.rdb.unfinished")));
  }

  @Test
  void fromRedisIntoARunningServerAndBack() throws IOException {
    Path out = folder.resolve("out.rdb");
    Path again = folder.resolve("again.rdb");
    try (RedisServer redis = filled("redis", "TransferIT.server");
        ServerProcess server =
            ServerProcess.in(folder.resolve("data")).with("--requirepass", "pass word").start();
        RawClient client = server.connect()) {
      String url = "redis://:pass%20word@127.0.0.1:" + server.port();
      assertEquals("OK", client.call("AUTH", "pass word"));
      assertEquals("OK", client.call("SET", "stays", "here"));
      assertEquals("OK", client.call("SET", "list:0:1", "is replaced"));
      varve("import", folder.resolve("redis/dump.rdb"), "--to", url).succeeded();
      assertEquals("here", text(client.call("GET", "stays")));
      assertEquals(1L, client.call("DEL", "stays"));
      varve("export", "--rdb", out, "--from", url).succeeded();
      assertLoads(out, redis);
      Tools.run(
              List.of(
                  "redis-cli",
                  "-p",
                  "" + server.port(),
                  "-a",
                  "pass word",
                  "--rdb",
                  again.toString()))
          .succeeded();
      assertLoads(again, redis);
    }
  }

  /** The copy, and what is written later: {@code rediss://}. */
  @Test
  void fromARunningRedisOverTls() throws Exception {
    Tools.require("openssl");
    String certificate = folder.resolve("redis.crt").toString();
    String key = folder.resolve("redis.key").toString();
    Tools.run(
            List.of(
                ("openssl req -x509 -nodes -newkey rsa:2048 -days 30 -subj /CN=localhost -addext"
                        + (" subjectAltName=DNS:localhost -keyout " + key + " -out " + certificate))
                    .split(" ")))
        .succeeded();
    String port = "" + ServerProcess.freePort();
    String[] files = {
      "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate
    };
    List<String> options = new ArrayList<>(List.of("--tls-port", port));
    options.addAll(List.of(files));
    try (RedisServer redis = redis("redis", options.toArray(String[]::new));
        RawClient client = redis.connect();
        ServerProcess server = ServerProcess.in(folder.resolve("data")).start();
        RawClient copy = server.connect()) {
      assertEquals("OK", client.call("SET", "copied", "x".repeat(1_000_000)));
      List<String> command =
          List.of(
              ServerProcess.HOME.resolve("bin/varve").toString(),
              "import",
              "--from",
              "rediss://localhost:" + port,
              "--to",
              "redis://127.0.0.1:" + server.port(),
              "--cacert",
              certificate,
              "--cert",
              certificate,
              "--key",
              key);
      Process following =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("following.log").toFile())
              .start();
      try {
        while (copy.call("GET", "copied") == null) {
          assertTrue(following.isAlive(), () -> logOf(following));
          Thread.sleep(10);
        }
        // It says so each second in which nothing comes from there.
        long silent = acknowledgements(client) + 2;
        while (acknowledgements(client) < silent) {
          assertTrue(following.isAlive(), () -> logOf(following));
          Thread.sleep(10);
        }
        assertEquals("OK", client.call("SET", "followed", "later"));
        while (copy.call("GET", "followed") == null) {
          assertTrue(following.isAlive(), () -> logOf(following));
          Thread.sleep(10);
        }
      } finally {
        following.destroy();
        following.waitFor();
      }
      assertEquals(1_000_000, text(copy.call("GET", "copied")).length());
    }
  }

  /** Returns how often a Redis's replicas have said how far they have come. */
  private static long acknowledgements(RawClient client) throws IOException {
    Matcher calls =
        Pattern.compile("cmdstat_replconf:calls=(\\d+)")
            .matcher(text(client.call("INFO", "commandstats")));
    assertTrue(calls.find(), "no replica has said anything");
    return Long.parseLong(calls.group(1));
  }

  private String logOf(Process following) {
    try {
      return following + ": " + Files.readString(folder.resolve("following.log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void fromARunningRedisIntoAFile() throws IOException {
    Path out = folder.resolve("out.rdb");
    try (RedisServer redis = filled("redis", "TransferIT.redis")) {
      varve("export", "--rdb", out, "--from", "redis://127.0.0.1:" + redis.port()).succeeded();
      assertLoads(out, redis);
    }
  }

  /** Redis has them from 7.4 on: from here to here. */
  @Test
  void fieldsThatExpireAreKept() throws IOException {
    Path out = folder.resolve("out.rdb");
    Path other = folder.resolve("other");
    List<String> sizes = List.of("3", "1000", "20000");
    long date = System.currentTimeMillis() + 10_000_000;
    try (ServerProcess server = ServerProcess.in(folder.resolve("data")).start();
        RawClient client = server.connect()) {
      for (String size : sizes) {
        for (int i = 0; i < Integer.parseInt(size); i++) {
          client.write(RawClient.frame("HSET", "hash" + size, "field" + i, "a value of " + i));
        }
        client.flush();
        for (int i = 0; i < Integer.parseInt(size); i++) {
          assertEquals(1L, client.read());
        }
        client.call("HPEXPIREAT", "hash" + size, "" + date, "FIELDS", "2", "field0", "field2");
      }
      varve("export", "--rdb", out, "--from", "redis://127.0.0.1:" + server.port()).succeeded();
    }
    assertEquals("REDIS0012", new String(Files.readAllBytes(out), 0, 9, StandardCharsets.US_ASCII));
    varve("import", out, "--dir", other).succeeded();
    try (ServerProcess server = ServerProcess.in(other).start();
        RawClient client = server.connect()) {
      for (String size : sizes) {
        assertEquals(Long.valueOf(size), client.call("HLEN", "hash" + size));
        assertEquals(
            List.of(date, -1L, date),
            client.call(
                "HPEXPIRETIME", "hash" + size, "FIELDS", "3", "field0", "field1", "field2"));
      }
    }
  }

  @Test
  void whatIsNoFileOfRedisIsTold() throws IOException {
    Path data = folder.resolve("data");
    Path file = folder.resolve("file");
    Files.writeString(file, "REDIS0013");
    assertFails("RDB version 13 isn't read, but 2 to 12", "import", file, "--dir", data);
    Files.writeString(file, "VALKEY080");
    assertFails("this is no RDB file of Redis", "import", file, "--dir", data);
    Files.write(file, new byte[] {'R', 'E', 'D', 'I', 'S', '0', '0', '1', '0', 6, 1, 'm'});
    assertFails("key \"m\" (type 6)", "import", file, "--dir", data);
    assertFails("there is no file", "import", folder.resolve("none"), "--dir", data);
    assertFails("there is no database in", "export", "--rdb", file, "--dir", folder);
    assertFails("isn't redis://", "export", "--rdb", file, "--from", "http://x");
  }

  private static void assertFails(String reason, Object... arguments) {
    Tools.Result result = varve(arguments);
    assertEquals(1, result.code(), result.output());
    assertTrue(result.output().contains(reason), result.output());
  }
}

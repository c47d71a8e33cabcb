package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.resps.ScanResult;

/** Jedis drives the server, in both versions of the protocol. */
final class JedisIT {

  @TempDir static Path folder;
  private static ServerProcess server;

  @BeforeAll
  static void start() {
    server = ServerProcess.in(folder.resolve("data")).start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void empty() {
    try (Jedis jedis = connect(RedisProtocol.RESP2)) {
      jedis.flushAll();
    }
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void setsAndGets(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      assertEquals("OK", jedis.set("key", "value"));
      assertEquals("value", jedis.get("key"));
      assertNull(jedis.get("missing"));
      assertNull(jedis.set("key", "other", SetParams.setParams().nx()));
      assertEquals("value", jedis.setGet("key", "other"));
      assertEquals("OK", jedis.mset("a", "1", "b", "2"));
      assertEquals(List.of("1", "2"), jedis.mget("a", "b"));
      assertEquals(3, jedis.exists("key", "a", "b", "missing"));
      assertEquals(2, jedis.del("a", "b", "missing"));
      assertEquals("other", jedis.getDel("key"));
      assertEquals(0, jedis.dbSize());
    }
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void countsAndAppends(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      assertEquals(1, jedis.incr("counter"));
      assertEquals(11, jedis.incrBy("counter", 10));
      assertEquals(10, jedis.decr("counter"));
      assertEquals(10.5, jedis.incrByFloat("counter", 0.5));
      assertEquals(5, jedis.append("text", "Hello"));
      assertEquals(11, jedis.append("text", " World"));
      assertEquals(11, jedis.strlen("text"));
      assertEquals("string", jedis.type("text"));
      JedisDataException error = assertThrows(JedisDataException.class, () -> jedis.incr("text"));
      assertEquals("ERR value is not an integer or out of range", error.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void expires(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      jedis.set("key", "value", SetParams.setParams().ex(1000));
      assertTrue(jedis.ttl("key") > 900);
      assertEquals(1, jedis.persist("key"));
      assertEquals(-1, jedis.ttl("key"));
      assertEquals(-2, jedis.ttl("missing"));
      jedis.expireAt("key", 1);
      assertFalse(jedis.exists("key"));
      assertEquals(0, jedis.dbSize());
    }
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void keepsDatabasesApart(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      jedis.set("key", "zero");
      assertEquals("OK", jedis.select(3));
      assertNull(jedis.get("key"));
      jedis.set("key", "three");
      assertEquals("OK", jedis.flushDB());
      assertEquals("OK", jedis.select(0));
      assertEquals("zero", jedis.get("key"));
      assertThrows(JedisDataException.class, () -> jedis.select(1_000_000));
    }
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void scansEveryKeyOnce(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      Set<String> expected = new HashSet<>();
      Pipeline pipeline = jedis.pipelined();
      for (int i = 0; i < 5_000; i++) {
        pipeline.set("key:" + i, "v");
        pipeline.set("other:" + i, "v");
        expected.add("key:" + i);
      }
      pipeline.sync();
      List<String> scanned = new ArrayList<>();
      ScanParams some = new ScanParams().match("key:*").count(100);
      String cursor = ScanParams.SCAN_POINTER_START;
      do {
        ScanResult<String> page = jedis.scan(cursor, some);
        scanned.addAll(page.getResult());
        cursor = page.getCursor();
      } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
      assertEquals(expected.size(), scanned.size());
      assertEquals(expected, new HashSet<>(scanned));
      assertEquals(10_000, jedis.dbSize());
      assertTrue(jedis.exists(jedis.randomKey()));
      assertEquals(1, jedis.keys("other:4999").size());
    }
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void answersPipelinesInOrder(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      Pipeline pipeline = jedis.pipelined();
      List<Response<String>> values = new ArrayList<>();
      List<Response<Long>> counts = new ArrayList<>();
      for (int i = 0; i < 10_000; i++) {
        pipeline.set("k" + i % 7, Integer.toString(i));
        values.add(pipeline.get("k" + i % 7));
        counts.add(pipeline.incr("counter"));
      }
      pipeline.sync();
      for (int i = 0; i < 10_000; i++) {
        assertEquals(Integer.toString(i), values.get(i).get());
        assertEquals(i + 1, counts.get(i).get());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void keepsBytesAsTheyAre(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      byte[] all = new byte[256];
      for (int i = 0; i < all.length; i++) {
        all[i] = (byte) i;
      }
      jedis.set(all, all);
      assertArrayEquals(all, jedis.get(all));
      byte[] empty = {};
      jedis.set(empty, empty);
      assertArrayEquals(empty, jedis.get(empty));
    }
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void saysWhoIsConnected(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      jedis.clientSetname("me");
      assertEquals("me", jedis.clientGetname());
      assertTrue(jedis.clientId() > 0);
      assertTrue(jedis.clientInfo().contains("name=me"));
      assertTrue(jedis.clientInfo().contains("resp=" + protocol.version()));
      assertTrue(jedis.clientList().contains("id=" + jedis.clientId()));
    }
  }

  @ParameterizedTest
  @EnumSource(RedisProtocol.class)
  void tellsAboutItself(RedisProtocol protocol) {
    try (Jedis jedis = connect(protocol)) {
      String info = jedis.info();
      assertTrue(info.contains("redis_version:7.0.15"), info);
      assertTrue(info.contains("varve_version:"), info);
      assertTrue(info.contains("redis_mode:standalone"), info);
      assertTrue(info.contains("process_id:" + server.pid()), info);
      assertTrue(info.contains("tcp_port:" + server.port()), info);
      assertEquals("always", jedis.configGet("appendfsync").get("appendfsync"));
      JedisDataException unknown =
          assertThrows(
              JedisDataException.class, () -> jedis.sendCommand(() -> ascii("NOSUCH"), "a", "b"));
      assertEquals(
          "ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' ", unknown.getMessage());
      assertTrue(
          jedis.sendCommand(Protocol.Command.COMMAND, "COUNT") instanceof Long count && count > 50);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static Jedis connect(RedisProtocol protocol) {
    return new Jedis(
        new HostAndPort("127.0.0.1", server.port()),
        DefaultJedisClientConfig.builder().protocol(protocol).socketTimeoutMillis(60_000).build());
  }
}

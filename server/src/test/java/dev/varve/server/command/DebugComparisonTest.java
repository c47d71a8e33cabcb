package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** DEBUG to Redis 7.0.15 and to ours: what means something on either must be the same. */
final class DebugComparisonTest {
  private static final int KEYS = 120;

  @TempDir Path directory;

  private ComparisonRun begin(long seed, ProtocolVersion version) throws IOException {
    return ComparisonRun.begin(
        directory, new FakeEngine(seed, 0.3), seed, version, "--enable-debug-command", "yes");
  }

  @Test
  void digestsAreThoseOfRedis() throws IOException {
    long seed = Seed.of("digestsAreThoseOfRedis");
    Random random = new Random(seed);
    try (ComparisonRun both = begin(seed, ProtocolVersion.RESP2)) {
      both.same("DEBUG", "DIGEST");
      for (int i = 0; i < KEYS; i++) {
        if (random.nextInt(5) == 0) {
          both.same("SELECT", "" + random.nextInt(3));
        }
        String key = "key" + i;
        int count = 1 + random.nextInt(random.nextInt(5) == 0 ? 600 : 10);
        for (int j = 0; j < count; j++) {
          String text = "" + (random.nextBoolean() ? random.nextInt(1000) : random.nextLong());
          switch (i % 6) {
            case 0 -> both.same("SET", key, text);
            case 1 -> both.same("RPUSH", key, text);
            case 2 -> both.same("SADD", key, "x".repeat(random.nextInt(3)) + text);
            case 3 -> both.same("ZADD", key, "" + random.nextGaussian() * 1e5, text);
            case 4 -> both.same("HSET", key, text, "v" + j);
            default -> both.same("XADD", key, (j + 1) + "-" + random.nextInt(9), "f", text);
          }
        }
        if (random.nextInt(4) == 0) {
          both.same("EXPIRE", key, "10000");
        }
        both.same("DEBUG", "DIGEST-VALUE", key, "nothing", "key" + random.nextInt(KEYS));
      }
      both.same("ZADD", "infinite", "inf", "a", "-inf", "b", "0", "c", "1e17", "d");
      both.same("DEBUG", "DIGEST-VALUE", "infinite");
      both.same("DEBUG", "DIGEST");
      both.same("DEBUG", "POPULATE", "20");
      both.same("DEBUG", "POPULATE", "30", "prefix", "25");
      both.same("DEBUG", "POPULATE", "3", "prefix", "3");
      both.same("DBSIZE");
      both.same("GET", "key:19");
      both.same("GET", "prefix:29");
      both.same("DEBUG", "DIGEST");
      both.same("FLUSHALL");
      both.same("DEBUG", "DIGEST");
    }
  }

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void repliesOfEachTypeAreThoseOfRedis(ProtocolVersion version) throws IOException {
    try (ComparisonRun both = begin(1, version)) {
      List<String> types =
          List.of(
              "string",
              "integer",
              "double",
              "bignum",
              "null",
              "array",
              "set",
              "map",
              "attrib",
              "push",
              "verbatim",
              "true",
              "false",
              "other");
      for (String type : types) {
        if (version == ProtocolVersion.RESP3 && type.equals("push")) {
          assertEquals(
              """
              >2
              $16
              server-cpu-usage
              :42
              $40
              Some real reply following the push reply
              """
                  .replace("\n", "\r\n"),
              both.ofOurs("DEBUG", "PROTOCOL", type));
        } else if (version == ProtocolVersion.RESP2 || !type.equals("attrib")) {
          both.same("DEBUG", "PROTOCOL", type);
        } else {
          assertEquals(
              """
              |1
              $14
              key-popularity
              *2
              $7
              key:123
              :90
              $39
              Some real reply following the attribute
              """
                  .replace("\n", "\r\n"),
              both.ofOurs("DEBUG", "PROTOCOL", type));
        }
      }
      both.same("EVAL", "return redis.call('debug', 'protocol', 'map')", "0");
      both.same("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1");
      for (String type : types) {
        // What a script gets of a message, and the reply after it, is Redis's secret.
        List<String> scripts = type.equals("push") ? List.of("") : List.of("", "redis.setresp(3);");
        for (String script : scripts) {
          both.same(
              "EVAL", script + "return redis.pcall('debug', 'protocol', '" + type + "')", "0");
        }
      }
      both.same("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "0");
      both.same("EVAL", "return redis.call('debug', 'protocol', 'map')", "0");
    }
  }

  @Test
  void optionsAndErrorsAreThoseOfRedis() throws IOException {
    try (ComparisonRun both = begin(1, ProtocolVersion.RESP2)) {
      both.same("SET", "key", "value");
      both.same("DEBUG");
      both.same("DEBUG", "NONSENSE");
      both.same("DEBUG", "JMAP");
      both.same("DEBUG", "SLEEP");
      both.same("DEBUG", "SLEEP", "0");
      both.same("DEBUG", "SLEEP", "0.001");
      both.same("DEBUG", "SLEEP", "nonsense");
      both.same("DEBUG", "OBJECT", "nothing");
      both.same("DEBUG", "OBJECT");
      assertTrue(both.ofOurs("DEBUG", "OBJECT", "key").contains(" encoding:embstr "));
      both.same("DEBUG", "LISTPACK", "nothing");
      both.same("DEBUG", "LISTPACK", "key");
      both.same("DEBUG", "QUICKLIST", "key");
      both.same("DEBUG", "DIGEST", "key");
      both.same("DEBUG", "ERROR", "CODE message");
      both.same("DEBUG", "ERROR", "CODE\r\nmessage");
      both.same("DEBUG", "ERROR");
      both.same("DEBUG", "LOG", "message");
      both.same("DEBUG", "SET-ACTIVE-EXPIRE", "0");
      both.same("DEBUG", "SET-ACTIVE-EXPIRE", "1");
      both.same("DEBUG", "CHANGE-REPL-ID");
      both.same("DEBUG", "STRINGMATCH-TEST");
      for (String size : List.of("0", "1b", "100", "1gb", "5gb", "-1", "x", "", "3kb")) {
        both.same("DEBUG", "QUICKLIST-PACKED-THRESHOLD", size);
      }
      both.same("DEBUG", "RELOAD");
      both.same("DEBUG", "RELOAD", "noflush", "merge");
      both.same("DEBUG", "RELOAD", "nonsense");
      both.same("GET", "key");
      both.same("DEBUG", "POPULATE");
      both.same("DEBUG", "POPULATE", "x");
      both.same("DEBUG", "POPULATE", "-1");
      both.same("DEBUG", "POPULATE", "1", "p", "x");
      assertTrue(both.ofOurs("DEBUG", "SEGFAULT").startsWith("-ERR DEBUG SEGFAULT means nothing"));
      both.same("MULTI");
      both.same("DEBUG", "PROTOCOL", "integer");
      both.same("DEBUG", "SLEEP", "0.001");
      both.same("DEBUG", "DIGEST-VALUE", "key");
      both.same("EXEC");
      String payload = "\0\1a\n\0" + "\1".repeat(8);
      both.same("RESTORE", "to", "0", payload);
      both.same("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1");
      both.same("RESTORE", "to", "0", payload);
      both.same("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "0");
      both.same("RESTORE", "to", "0", payload, "REPLACE");
      assertEquals("$1\r\na\r\n", both.ofOurs("GET", "to"));
    }
  }
}

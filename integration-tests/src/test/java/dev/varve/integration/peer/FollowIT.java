package dev.varve.integration.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code varve import} of a Redis that goes on, through breaks and kills, and of what it logs. */
@Timeout(300)
final class FollowIT {
  private static final String VARVE = ServerProcess.HOME.resolve("bin/varve").toString();
  private static final int[] DATABASES = {0, 3};

  @TempDir Path folder;

  private RedisServer redis(String... options) throws IOException {
    RedisServer.require();
    return RedisServer.start(Files.createDirectories(folder.resolve("redis")), options);
  }

  private static String url(int port) {
    return "redis://127.0.0.1:" + port;
  }

  private Process follow(RedisServer redis, ServerProcess server) throws IOException {
    Path output = folder.resolve("output");
    Files.deleteIfExists(output);
    return new ProcessBuilder(
            VARVE, "import", "--from", url(redis.port()), "--to", url(server.port()))
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }

  private String output() throws IOException {
    return Files.readString(folder.resolve("output"));
  }

  /** Writes what changes more if it is applied twice. */
  private static void write(RawClient client, SplittableRandom random, int commands)
      throws IOException {
    for (int i = 0; i < commands; i++) {
      String key = "key" + random.nextInt(20);
      call(client, "SELECT", "" + DATABASES[random.nextInt(2)]);
      switch (random.nextInt(5)) {
        case 0 -> call(client, "RPUSH", "list" + key, "" + i);
        case 1 -> call(client, "HINCRBY", "hash" + key, "field", "" + i);
        case 2 -> call(client, "APPEND", "text" + key, "" + i);
        case 3 -> {
          call(client, "MULTI");
          call(client, "INCR", "one");
          call(client, "SELECT", "3");
          call(client, "INCR", "other");
          call(client, "EXEC");
        }
        default -> call(client, "INCRBY", key, "" + i);
      }
    }
    call(client, "SELECT", "0");
    call(client, "INCR", "last");
  }

  private static void call(RawClient client, String... words) throws IOException {
    Object reply = client.call(words);
    if (reply instanceof RawClient.ErrorReply error) {
      throw new AssertionError(error.text());
    }
  }

  private static void awaitLast(RawClient client, int value) throws IOException {
    call(client, "SELECT", "0");
    while (!("" + value).equals(text(client.call("GET", "last")))) {
      Thread.onSpinWait();
    }
  }

  private static String text(Object bulk) {
    return bulk == null ? "" : new String((byte[]) bulk, StandardCharsets.ISO_8859_1);
  }

  private static void assertSame(RawClient one, RawClient other) throws IOException {
    for (int database : DATABASES) {
      call(one, "SELECT", "" + database);
      call(other, "SELECT", "" + database);
      assertEquals(Keys.scan(one), Keys.scan(other));
      for (String key : Keys.scan(one)) {
        assertEquals(value(one, key), value(other, key), key);
      }
    }
  }

  private static Object value(RawClient client, String key) throws IOException {
    return switch ((String) client.call("TYPE", key)) {
      case "string" -> text(client.call("GET", key));
      case "hash" -> text(client.call("HGET", key, "field"));
      default ->
          ((List<?>) client.call("LRANGE", key, "0", "-1")).stream().map(FollowIT::text).toList();
    };
  }

  @Test
  void followsThroughBreaksAndKills() throws Exception {
    SplittableRandom random = Seed.random("FollowIT.follow");
    try (RedisServer redis = redis("--repl-diskless-sync-delay", "0");
        ServerProcess server = ServerProcess.in(folder.resolve("data")).start();
        RawClient there = redis.connect();
        RawClient here = server.connect()) {
      write(there, random, 500);
      Process process = follow(redis, server);
      awaitLast(here, 1);
      while (!output().contains("following")) {
        Thread.onSpinWait();
      }
      write(there, random, 500);
      awaitLast(here, 2);
      assertEquals(1L, there.call("CLIENT", "KILL", "TYPE", "replica"));
      write(there, random, 500);
      awaitLast(here, 3);
      for (int kills = 0; kills < 3; kills++) {
        write(there, random, 300);
        process.destroyForcibly().waitFor();
        write(there, random, 300);
        process = follow(redis, server);
      }
      awaitLast(here, 9);
      process.destroy();
      assertEquals(0, process.waitFor(), output());
      assertTrue(output().contains("0 keys copied, then"), output());
      assertSame(there, here);
    }
  }

  /** It counts from when it has last heard of one that asks. */
  @Test
  void aSourceThatWaitsForMoreReplicasIsNotKeptWaiting() throws IOException {
    try (RedisServer redis = redis("--repl-diskless-sync-delay", "2");
        RawClient there = redis.connect()) {
      call(there, "SET", "key", "value");
      String from = "redis://127.0.0.1:" + redis.port();
      String data = folder.resolve("data").toString();
      Tools.run(List.of(VARVE, "import", "--from", from, "--dir", data, "--until-caught-up"))
          .succeeded();
    }
  }

  @Test
  void endsWhenItHasCaughtUp() throws IOException {
    Path data = folder.resolve("data");
    try (RedisServer redis = redis("--requirepass", "secret", "--repl-diskless-sync", "no");
        RawClient there = redis.connect()) {
      call(there, "AUTH", "secret");
      write(there, Seed.random("FollowIT.end"), 1000);
      String from = "redis://default:secret@127.0.0.1:" + redis.port();
      Tools.run(
              List.of(
                  VARVE, "import", "--from", from, "--dir", data.toString(), "--until-caught-up"))
          .succeeded();
      try (ServerProcess server = ServerProcess.in(data).start();
          RawClient here = server.connect()) {
        assertSame(there, here);
      }
      String wrong = "redis://:wrong@127.0.0.1:" + redis.port();
      Tools.Result refused =
          Tools.run(List.of(VARVE, "import", "--from", wrong, "--dir", data.toString()));
      assertEquals(1, refused.code(), refused.output());
      assertTrue(refused.output().contains("WRONGPASS"), refused.output());
    }
  }

  @Test
  void appendOnlyFilesAreTakenIn() throws IOException {
    SplittableRandom random = Seed.random("FollowIT.files");
    Path data = folder.resolve("data");
    Path files = folder.resolve("redis/appendonlydir");
    try (RedisServer redis = redis("--appendonly", "yes", "--appendfsync", "always");
        RawClient there = redis.connect()) {
      write(there, random, 500);
      call(there, "BGREWRITEAOF");
      while (!text(there.call("INFO", "persistence")).contains("aof_rewrite_in_progress:0\r")
          || !Files.exists(files.resolve("appendonly.aof.2.base.rdb"))) {
        Thread.onSpinWait();
      }
      write(there, random, 500);
      // A transaction that isn't whole, and a command that isn't.
      Path last = files.resolve("appendonly.aof.2.incr.aof");
      Path torn = Files.createDirectory(folder.resolve("torn"));
      try (var all = Files.newDirectoryStream(files)) {
        for (Path each : all) {
          Files.copy(each, torn.resolve(each.getFileName()));
        }
      }
      String rest = "*1\r\n$5\r\nMULTI\r\n*2\r\n$4\r\nINCR\r\n$4\r\nlast\r\n*2\r\n$4\r\nIN";
      Files.writeString(torn.resolve(last.getFileName()), rest, StandardOpenOption.APPEND);
      String told =
          Tools.run(List.of(VARVE, "import", torn.toString(), "--dir", data.toString()))
              .succeeded();
      assertTrue(told.contains("a file ends in the middle"), told);
      try (ServerProcess server = ServerProcess.in(data).start();
          RawClient here = server.connect()) {
        assertSame(there, here);
        Tools.Result again =
            Tools.run(List.of(VARVE, "import", files.toString(), "--to", url(server.port())));
        assertEquals(1, again.code(), again.output());
        assertTrue(again.output().contains("that has keys"), again.output());
      }
    }
  }
}

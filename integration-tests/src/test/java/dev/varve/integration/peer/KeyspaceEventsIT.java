package dev.varve.integration.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.integration.RawClient;
import dev.varve.integration.Seed;
import dev.varve.integration.ServerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands cause the same events, in the same order, as on Redis 7.0.15. */
final class KeyspaceEventsIT {
  private static final int COMMANDS = 4_000;
  private static final String MARK = "a channel of the test's own";

  /** Words in small letters that are no constants are drawn: {@code k} a key, {@code v} a value. */
  private static final List<String> TEMPLATES =
      List.of(
          "SET k v",
          "SET k v EX 1000",
          "SET k v NX",
          "SET k v XX KEEPTTL",
          "SET k v GET",
          "SETNX k v",
          "SETEX k 1000 v",
          "GETSET k v",
          "MSET k v k v",
          "MSETNX k v k v",
          "APPEND k v",
          "SETRANGE k 2 v",
          "SETRANGE k 0 v",
          "INCR k",
          "DECRBY k 4",
          "INCRBYFLOAT k 1.5",
          "GET k",
          "MGET k k k",
          "STRLEN k",
          "GETRANGE k 0 1",
          "GETDEL k",
          "GETEX k",
          "GETEX k EX 1000",
          "GETEX k PERSIST",
          "GETEX k EXAT 1",
          "EXISTS k k",
          "TYPE k",
          "TTL k",
          "EXPIRETIME k",
          "TOUCH k",
          "OBJECT ENCODING k",
          "DEL k k",
          "UNLINK k",
          "RENAME k k",
          "RENAMENX k k",
          "COPY k k",
          "COPY k k REPLACE",
          "COPY k k DB 1",
          "MOVE k 1",
          "EXPIRE k 1000",
          "EXPIRE k 1000 NX",
          "EXPIRE k -1",
          "PEXPIREAT k 1",
          "PERSIST k",
          "SELECT d",
          "SWAPDB 0 1",
          "FLUSHDB",
          "HSET k f v f v",
          "HSETNX k f v",
          "HMSET k f v",
          "HGET k f",
          "HGETALL k",
          "HLEN k",
          "HDEL k f f",
          "HINCRBY k f 1",
          "HINCRBYFLOAT k f 1.5",
          "HRANDFIELD k 2",
          "SADD k f f",
          "SREM k f f",
          "SPOP k 100",
          "SPOP k 0",
          "SISMEMBER k f",
          "SCARD k",
          "SMEMBERS k",
          "SMOVE k k f",
          "SINTER k k",
          "SUNION k k",
          "SINTERCARD 2 k k",
          "SINTERSTORE k k k",
          "SUNIONSTORE k k k",
          "SDIFFSTORE k k k");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"KEA", "KEAnm", "Eg$x", "Kshn"})
  void randomCommandsTellWhatRedisTells(String events) throws IOException {
    RedisServer.require();
    String[] same = {"--notify-keyspace-events", events};
    try (RedisServer redis = RedisServer.start(folder, same);
        ServerProcess varve = ServerProcess.in(folder.resolve("varve")).with(same).start();
        Watched onRedis = new Watched(redis.connect(), redis.connect());
        Watched onVarve = new Watched(varve.connect(), varve.connect())) {
      SplittableRandom random = Seed.random("randomCommandsTellWhatRedisTells " + events);
      for (int i = 0; i < COMMANDS; i++) {
        String[] command = command(random);
        String message = i + ": " + Arrays.toString(command);
        assertEquals(onRedis.told(command), onVarve.told(command), message);
      }
    }
  }

  private static String[] command(SplittableRandom random) {
    String[] words = TEMPLATES.get(random.nextInt(TEMPLATES.size())).split(" ");
    for (int i = 1; i < words.length; i++) {
      words[i] =
          switch (words[i]) {
            case "k" -> "k" + random.nextInt(6);
            case "v" -> "" + random.nextInt(100);
            case "f" -> "f" + random.nextInt(5);
            case "d" -> "" + random.nextInt(2);
            default -> words[i];
          };
    }
    return words;
  }

  /** A client, and another that hears of what its commands cause. */
  private record Watched(RawClient client, RawClient subscriber) implements AutoCloseable {
    Watched {
      try {
        subscriber.call("PSUBSCRIBE", "__key*");
        subscriber.call("SUBSCRIBE", MARK);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    /**
     * Returns what a command has caused, each as channel and payload. A command that fails causes
     * nothing here, while Redis may have told of keys that it missed before: those are left out.
     */
    List<String> told(String... command) throws IOException {
      boolean failed = client.call(command) instanceof RawClient.ErrorReply;
      client.call("PUBLISH", MARK, "");
      List<String> told = new ArrayList<>();
      while (true) {
        List<?> message = (List<?>) subscriber.read();
        if (text(message.get(1)).equals(MARK)) {
          return told;
        }
        String event = text(message.get(2)) + " " + text(message.get(3));
        if (!failed || !event.contains("keymiss")) {
          told.add(event);
        }
      }
    }

    private static String text(Object bulk) {
      return new String((byte[]) bulk, StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {
      client.close();
      subscriber.close();
    }
  }
}

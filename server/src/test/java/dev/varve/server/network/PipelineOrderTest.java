package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.protocol.Reply;
import dev.varve.server.testing.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Replies keep the order of requests, and each request sees what those before it did. */
@Timeout(120)
class PipelineOrderTest {
  private static final int ROUNDS = 40;
  private static final int KEYS = 20;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "0, always, false",
    "0, always, true",
    "0, everysec, true",
    "1, always, false",
    "1, everysec, true",
    "2, always, true",
    "2, everysec, false"
  })
  void mixedPipelinesAnswerInOrder(String ioThreads, String policy, boolean cold) throws Exception {
    Random random = new Random(Seed.of("mixedPipelinesAnswerInOrder"));
    try (ServerFixture server =
            new ServerFixture(directory, "--io-threads", ioThreads, "--appendfsync", policy);
        TestClient client = server.connect()) {
      Map<String, String> model = new HashMap<>();
      for (int round = 0; round < ROUNDS; round++) {
        if (cold) {
          server.engine().makeCold();
        }
        List<Reply> expected = new ArrayList<>();
        java.io.ByteArrayOutputStream pipeline = new java.io.ByteArrayOutputStream();
        int length = 1 + random.nextInt(300);
        for (int i = 0; i < length; i++) {
          pipeline.writeBytes(next(random, model, expected));
        }
        sendInPieces(client, pipeline.toByteArray(), random);
        for (int i = 0; i < expected.size(); i++) {
          assertEquals(expected.get(i), client.read(), "reply " + i + " of round " + round);
        }
      }
    }
  }

  private static void sendInPieces(TestClient client, byte[] bytes, Random random)
      throws Exception {
    int at = 0;
    while (at < bytes.length) {
      int end = Math.min(bytes.length, at + 1 + random.nextInt(5000));
      client.sendBytes(java.util.Arrays.copyOfRange(bytes, at, end));
      at = end;
    }
  }

  private static byte[] next(Random random, Map<String, String> model, List<Reply> expected) {
    String key = "key" + random.nextInt(KEYS);
    String value = model.get(key);
    return switch (random.nextInt(9)) {
      case 0, 1 -> {
        String given = "value" + random.nextInt();
        model.put(key, given);
        expected.add(new Reply.SimpleString("OK"));
        yield TestClient.request("SET", key, given);
      }
      case 2, 3 -> {
        expected.add(value == null ? Reply.Null.BULK : new Reply.BulkString(value));
        yield TestClient.request("GET", key);
      }
      case 4 -> {
        expected.add(new Reply.IntegerValue(model.remove(key) == null ? 0 : 1));
        yield TestClient.request("DEL", key);
      }
      case 5 -> {
        expected.add(
            new Reply.Array(value == null ? List.of() : List.of(new Reply.BulkString(key))));
        yield TestClient.request("KEYS", key);
      }
      case 6 -> {
        // Exact also of keys that the storage thread has written without looking at the disk.
        expected.add(new Reply.IntegerValue(model.size()));
        yield TestClient.request("DBSIZE");
      }
      case 7 -> {
        String appended = (value == null ? "" : value) + "x";
        model.put(key, appended);
        expected.add(new Reply.IntegerValue(appended.length()));
        yield TestClient.request("APPEND", key, "x");
      }
      default -> {
        String text = "echo" + random.nextInt();
        expected.add(new Reply.BulkString(text));
        yield TestClient.request("ECHO", text);
      }
    };
  }
}

package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads that go through very many elements: four of them kept all others from the disk. */
@Timeout(120)
class LongReadTest {
  private static final int ELEMENTS = 270_000;
  private static final int FEW = 10_000;
  private static final Reply PONG = new Reply.SimpleString("PONG");

  @TempDir Path directory;

  private static void push(TestClient client, String key, int elements) throws IOException {
    for (int i = 0; i < elements; i += 1000) {
      List<String> words = new ArrayList<>(List.of("RPUSH", key));
      for (int j = i; j < i + 1000; j++) {
        words.add(String.valueOf(j));
      }
      assertInstanceOf(Reply.IntegerValue.class, client.call(words.toArray(String[]::new)));
    }
  }

  private static boolean isAnyLongRead() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().startsWith("varve-walk-"));
  }

  @Test
  void onlyWhatTakesLongLeavesTheReadPool() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--read-threads", "1");
        TestClient client = server.connect()) {
      push(client, "few", FEW);
      push(client, "many", ELEMENTS);
      client.call("LPOS", "few", "none");
      assertFalse(isAnyLongRead());
      client.call("LPOS", "many", "none");
      assertTrue(isAnyLongRead());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void itsReplyIsInItsPlaceAndSeesWhatWasBefore(String ioThreads) throws Exception {
    try (ServerFixture server =
            new ServerFixture(directory, "--io-threads", ioThreads, "--read-threads", "1");
        TestClient client = server.connect()) {
      push(client, "many", ELEMENTS);
      for (int i = 0; i < 2; i++) {
        String last = "last " + i;
        client.send("RPUSH", "many", last);
        client.send("LPOS", "many", last);
        client.send("LPOS", "many", last, "RANK", "-1");
        client.send("PING");
        client.send("LPOS", "many", "none");
        client.send("RPOP", "many");
        assertEquals(new Reply.IntegerValue(ELEMENTS + 1), client.read());
        assertEquals(new Reply.IntegerValue(ELEMENTS), client.read());
        assertEquals(new Reply.IntegerValue(ELEMENTS), client.read());
        assertEquals(PONG, client.read());
        assertInstanceOf(Reply.Null.class, client.read());
        assertEquals(new Reply.BulkString(last), client.read());
      }
      List<Reply> all =
          assertInstanceOf(Reply.Array.class, client.call("LRANGE", "many", "0", "-1")).values();
      assertEquals(ELEMENTS, all.size());
      client.call("MULTI");
      client.call("LPOS", "many", "269999");
      assertEquals(
          List.of(new Reply.IntegerValue(269_999)),
          assertInstanceOf(Reply.Array.class, client.call("EXEC")).values());
      assertEquals(
          new Reply.IntegerValue(269_999),
          client.call("EVAL_RO", "return redis.call('LPOS', KEYS[1], '269999')", "1", "many"));
    }
  }
}

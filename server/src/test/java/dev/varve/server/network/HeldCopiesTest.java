package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.varve.protocol.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What reads copy of long values is taken from the memory of all commands, and given back. */
@Timeout(120)
class HeldCopiesTest {
  private static final Reply OK = new Reply.SimpleString("OK");

  private static final int CLIENTS = 8;

  private static final int ROUNDS = 5;

  @TempDir Path directory;

  /** More of them at once than there is memory for wait for each other, and each is answered. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void readsThatHoldCopiesAreAllAnswered(String ioThreads) throws Exception {
    try (ServerFixture server =
        new ServerFixture(directory, "--io-threads", ioThreads, "--maxmemory", "128mb")) {
      List<TestClient> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(server.connect());
      }
      TestClient first = clients.getFirst();
      assertEquals(
          new Reply.IntegerValue(1_000_000), first.call("SETRANGE", "long", "999999", "a"));
      assertEquals(new Reply.IntegerValue(1_000_003), first.call("APPEND", "long", "bcd"));
      assertEquals(OK, first.call("SET", "short", "d"));
      for (int round = 0; round < ROUNDS; round++) {
        for (TestClient client : clients) {
          client.send("LCS", "long", "short", "LEN");
          client.send("LCS", "long", "short");
          client.send("STRLEN", "long");
        }
        for (TestClient client : clients) {
          assertEquals(new Reply.IntegerValue(1), client.read());
          assertInstanceOf(Reply.BulkString.class, client.read());
          assertEquals(new Reply.IntegerValue(1_000_003), client.read());
        }
      }
      for (TestClient client : clients) {
        client.close();
      }
    }
  }

  /** What fits into no memory is refused, and takes none. */
  @Test
  void copyThatIsTooLongIsRefused() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--maxmemory", "128mb");
        TestClient client = server.connect()) {
      client.call("SETRANGE", "long", "9999999", "a");
      client.call("SET", "short", "a");
      client.call("SADD", "set", "a");
      client.call("RENAME", "long", "weight-a");
      for (int round = 0; round < 3; round++) {
        assertInstanceOf(
            Reply.SimpleError.class, client.call("SORT_RO", "set", "BY", "weight-*", "ALPHA"));
        assertInstanceOf(Reply.SimpleError.class, client.call("LCS", "weight-a", "short"));
      }
      client.call("SETRANGE", "middle", "999999", "a");
      assertEquals(new Reply.IntegerValue(1), client.call("LCS", "middle", "short", "LEN"));
    }
  }

  /** What SORT answers with comes from where it lies. */
  @Test
  void sortAnswersWithLongStrings() throws Exception {
    int length = 1_500_000;
    try (ServerFixture server = new ServerFixture(directory, "--maxmemory", "128mb");
        TestClient client = server.connect()) {
      assertEquals(new Reply.IntegerValue(2), client.call("SADD", "set", "a", "b"));
      assertEquals(
          new Reply.IntegerValue(length),
          client.call("SETRANGE", "of-a", String.valueOf(length - 1), "a"));
      String expected = "\0".repeat(length - 1) + "a";
      assertEquals(
          new Reply.Array(
              List.of(
                  new Reply.BulkString("a"),
                  new Reply.BulkString(expected),
                  new Reply.BulkString("b"),
                  Reply.Null.BULK)),
          client.call("SORT_RO", "set", "ALPHA", "GET", "#", "GET", "of-*"));
    }
  }
}

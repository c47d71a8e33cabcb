package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
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

/** CLIENT PAUSE and UNPAUSE. */
@Timeout(60)
class PauseTest {
  private static final Reply OK = new Reply.SimpleString("OK");
  private static final Reply QUEUED = new Reply.SimpleString("QUEUED");

  @TempDir Path directory;

  private static void awaitWaiting(TestClient client, long count) throws IOException {
    while (client.info("blocked_clients") != count) {
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void writesWaitAndReadsGoOn(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient writer = server.connect();
        TestClient transaction = server.connect();
        TestClient gone = server.connect()) {
      assertEquals(OK, transaction.call("MULTI"));
      assertEquals(QUEUED, transaction.call("SET", "b", "2"));
      assertEquals(OK, client.call("CLIENT", "PAUSE", "100000000", "WRITE"));
      writer.sendBytes(TestClient.request("GET", "a"));
      writer.sendBytes(TestClient.request("SET", "a", "1"));
      writer.sendBytes(TestClient.request("GET", "a"));
      assertEquals(Reply.Null.BULK, writer.read());
      transaction.send("EXEC");
      awaitWaiting(client, 2);
      gone.send("SET", "c", "1");
      awaitWaiting(client, 3);
      gone.endOutput();
      assertTrue(gone.readEnd());
      awaitWaiting(client, 2);
      String list = ((Reply.BulkString) client.call("CLIENT", "LIST")).text();
      assertTrue(list.contains(" flags=b ") && list.contains(" flags=xb "), list);
      assertEquals(
          new Reply.SimpleError("ERR wrong number of arguments for 'set' command"),
          client.call("SET", "a"));
      assertEquals(OK, client.call("MULTI"));
      assertEquals(QUEUED, client.call("GET", "a"));
      assertEquals(new Reply.Array(List.of(Reply.Null.BULK)), client.call("EXEC"));
      assertEquals(OK, client.call("CLIENT", "UNPAUSE"));
      assertEquals(OK, writer.read());
      assertEquals(new Reply.BulkString("1"), writer.read());
      assertEquals(new Reply.Array(List.of(OK)), transaction.read());
      assertEquals(Reply.Null.BULK, client.call("GET", "c"));
      assertEquals(0, client.info("blocked_clients"));
    }
  }

  @Test
  void whoWaitedFirstGoesOnFirst() throws Exception {
    List<Reply> pushed = new ArrayList<>();
    List<TestClient> waiting = new ArrayList<>();
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", "0");
        TestClient client = server.connect()) {
      assertEquals(OK, client.call("CLIENT", "PAUSE", "100000000", "WRITE"));
      for (int i = 0; i < 12; i++) {
        TestClient its = server.connect();
        its.send("RPUSH", "l", "" + i);
        waiting.add(its);
        awaitWaiting(client, waiting.size());
        pushed.add(new Reply.BulkString("" + i));
      }
      assertEquals(OK, client.call("CLIENT", "UNPAUSE"));
      for (int i = 0; i < waiting.size(); i++) {
        assertEquals(new Reply.IntegerValue(i + 1), waiting.get(i).read());
      }
      assertEquals(new Reply.Array(pushed), client.call("LRANGE", "l", "0", "-1"));
    } finally {
      for (TestClient its : waiting) {
        its.close();
      }
    }
  }

  /** What a Redis would tell its replicas of waits like a write. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void whatMayWriteWaitsWithTheWrites(String ioThreads) throws Exception {
    String readOnly = "#!lua flags=no-writes\nreturn 1";
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient transaction = server.connect()) {
      String writing = text(client.call("SCRIPT", "LOAD", "return redis.call('SET', 'a', '1')"));
      String reading = text(client.call("SCRIPT", "LOAD", readOnly));
      assertEquals(OK, transaction.call("MULTI"));
      assertEquals(QUEUED, transaction.call("EVAL", "return 2", "0"));
      assertEquals(OK, client.call("CLIENT", "PAUSE", "100000000", "WRITE"));
      List<TestClient> waiting = new ArrayList<>();
      for (String line :
          List.of("PFCOUNT h", "PUBLISH c m", "SPUBLISH c m", "EVALSHA " + writing + " 0")) {
        TestClient its = server.connect();
        its.send(line.split(" "));
        waiting.add(its);
        awaitWaiting(client, waiting.size());
      }
      transaction.send("EXEC");
      awaitWaiting(client, waiting.size() + 1);
      assertEquals(new Reply.IntegerValue(1), client.call("EVAL", readOnly, "0"));
      assertEquals(new Reply.IntegerValue(1), client.call("EVALSHA", reading, "0"));
      assertEquals(new Reply.IntegerValue(3), client.call("EVAL_RO", "return 3", "0"));
      assertEquals(Reply.Null.BULK, client.call("GET", "a"));
      assertEquals(OK, client.call("CLIENT", "UNPAUSE"));
      for (TestClient its : waiting.subList(0, 3)) {
        assertEquals(new Reply.IntegerValue(0), its.read());
      }
      assertEquals(OK, waiting.getLast().read());
      assertEquals(new Reply.Array(List.of(new Reply.IntegerValue(2))), transaction.read());
      for (TestClient its : waiting) {
        its.close();
      }
    }
  }

  /** A function that says that it only reads does not wait; whichever is of its name now. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void functionsThatOnlyReadDoNotWait(String ioThreads) throws Exception {
    String library =
        """
        #!lua name=lib
        redis.register_function{
          function_name = 'Reads', callback = function() return 1 end, flags = {'no-writes'}}
        redis.register_function('writes', function() return 2 end)""";
    String replaced =
        """
        #!lua name=lib
        redis.register_function('reads', function() return 3 end)""";
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient waits = server.connect();
        TestClient transaction = server.connect()) {
      client.call("FUNCTION", "LOAD", library);
      assertEquals(OK, transaction.call("MULTI"));
      assertEquals(QUEUED, transaction.call("FCALL", "reads", "0"));
      assertEquals(OK, client.call("CLIENT", "PAUSE", "100000000", "WRITE"));
      assertEquals(new Reply.IntegerValue(1), client.call("FCALL", "reads", "0"));
      assertEquals(new Reply.Array(List.of(new Reply.IntegerValue(1))), transaction.call("EXEC"));
      waits.send("FCALL", "writes", "0");
      awaitWaiting(client, 1);
      assertEquals(OK, client.call("CLIENT", "UNPAUSE"));
      assertEquals(new Reply.IntegerValue(2), waits.read());
      client.call("FUNCTION", "LOAD", "REPLACE", replaced);
      assertEquals(OK, client.call("CLIENT", "PAUSE", "100000000", "WRITE"));
      waits.send("FCALL", "reads", "0");
      awaitWaiting(client, 1);
      assertEquals(OK, client.call("CLIENT", "UNPAUSE"));
      assertEquals(new Reply.IntegerValue(3), waits.read());
    }
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient waits = server.connect()) {
      client.call("FUNCTION", "LOAD", "REPLACE", library);
      client.call("FUNCTION", "FLUSH");
      assertEquals(OK, client.call("CLIENT", "PAUSE", "100000000", "WRITE"));
      waits.send("FCALL", "reads", "0");
      awaitWaiting(client, 1);
      assertEquals(OK, client.call("CLIENT", "UNPAUSE"));
      assertEquals(new Reply.SimpleError("ERR Function not found"), waits.read());
    }
  }

  private static String text(Reply reply) {
    return ((Reply.BulkString) reply).text();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void allWaitUntilItsTimeIsUp(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient other = server.connect()) {
      client.sendBytes(TestClient.request("CLIENT", "PAUSE", "30"));
      client.sendBytes(TestClient.request("PING"));
      assertEquals(OK, client.read());
      assertEquals(new Reply.SimpleString("PONG"), other.call("PING"));
      assertEquals(new Reply.SimpleString("PONG"), client.read());
      assertEquals(OK, client.call("CLIENT", "PAUSE", "0"));
      assertEquals(OK, client.call("SET", "a", "1"));
      assertEquals(
          new Reply.SimpleError("ERR CLIENT PAUSE mode must be WRITE or ALL"),
          client.call("CLIENT", "PAUSE", "x", "y"));
      assertEquals(
          new Reply.SimpleError("ERR timeout is not an integer or out of range"),
          client.call("CLIENT", "PAUSE", "x"));
      assertEquals(
          new Reply.SimpleError("ERR timeout is negative"), client.call("CLIENT", "PAUSE", "-1"));
    }
  }

  /** It begins after the transaction that it is in. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void nothingExpiresMeanwhile(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient writer = server.connect()) {
      assertEquals(OK, client.call("MULTI"));
      assertEquals(QUEUED, client.call("SET", "a", "1", "PX", "1"));
      assertEquals(QUEUED, client.call("CLIENT", "PAUSE", "100000000", "WRITE"));
      assertEquals(QUEUED, client.call("SET", "b", "1"));
      assertEquals(new Reply.Array(List.of(OK, OK, OK)), client.call("EXEC"));
      writer.send("SET", "c", "1");
      awaitWaiting(client, 1);
      while (!client.call("EXISTS", "a").equals(new Reply.IntegerValue(0))) {
        Thread.onSpinWait();
      }
      assertEquals(0, client.info("expired_keys"));
      assertEquals(OK, client.call("CLIENT", "UNPAUSE"));
      assertEquals(OK, writer.read());
      while (client.info("expired_keys") == 0) {
        Thread.onSpinWait();
      }
    }
  }
}

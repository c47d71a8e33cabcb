package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import dev.varve.server.testing.Seed;
import dev.varve.storage.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that wait for a key, by {@link WaitingCommand}. */
@Timeout(120)
class WaitingTest {
  private static final Reply OK = new Reply.SimpleString("OK");
  private static final Reply QUEUED = new Reply.SimpleString("QUEUED");
  private static final Reply IN_VAIN = Reply.Null.ARRAY;

  @TempDir Path directory;

  private static Reply number(long value) {
    return new Reply.IntegerValue(value);
  }

  private static Reply text(String value) {
    return new Reply.BulkString(value);
  }

  private static Reply array(Reply... values) {
    return new Reply.Array(List.of(values));
  }

  private static Reply pair(String key, String value) {
    return array(text(key), text(value));
  }

  private ServerFixture start(String ioThreads, String... directives) throws Exception {
    List<String> all = new ArrayList<>(List.of("--io-threads", ioThreads));
    all.addAll(List.of(directives));
    return new ServerFixture(WaitingCommand.commands(), directory, all.toArray(String[]::new));
  }

  private static long id(TestClient client) throws IOException {
    return ((Reply.IntegerValue) client.call("CLIENT", "ID")).value();
  }

  private static void awaitWaiting(TestClient client, long count) throws IOException {
    while (client.info("blocked_clients") != count) {
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void whoWaitsIsServedBeforeAnybodyElse(String ioThreads) throws Exception {
    try (ServerFixture server = start(ioThreads);
        TestClient waiting = server.connect();
        TestClient client = server.connect()) {
      waiting.send("BTAKE", "a", "b", "0");
      awaitWaiting(client, 1);
      assertEquals(0, client.info("clients_in_timeout_table"));
      String list = ((Reply.BulkString) client.call("CLIENT", "LIST")).text();
      assertTrue(list.contains(" flags=b "), list);
      client.sendBytes(TestClient.request("SET", "b", "1"));
      client.sendBytes(TestClient.request("GET", "b"));
      assertEquals(OK, client.read());
      assertEquals(Reply.Null.BULK, client.read());
      assertEquals(pair("b", "1"), waiting.read());
      assertEquals(0, client.info("blocked_clients"));
      // What is there is taken at once.
      assertEquals(OK, client.call("SET", "a", "2"));
      assertEquals(pair("a", "2"), waiting.call("BTAKE", "a", "b", "0"));
    }
  }

  /** Requests after one that waits wait, too; replies to those before it don't. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aPipelineKeepsItsOrder(String ioThreads) throws Exception {
    try (ServerFixture server = start(ioThreads);
        TestClient waiting = server.connect();
        TestClient client = server.connect()) {
      waiting.sendBytes(TestClient.request("SET", "x", "1"));
      waiting.sendBytes(TestClient.request("BTAKE", "a", "0"));
      waiting.sendBytes(TestClient.request("INCR", "x"));
      waiting.sendBytes(TestClient.request("BTAKE", "a", "0"));
      waiting.sendBytes(TestClient.request("GET", "x"));
      assertEquals(OK, waiting.read());
      awaitWaiting(client, 1);
      assertEquals(text("1"), client.call("GET", "x"));
      assertEquals(OK, client.call("SET", "a", "1"));
      assertEquals(pair("a", "1"), waiting.read());
      assertEquals(number(2), waiting.read());
      awaitWaiting(client, 1);
      assertEquals(OK, client.call("SET", "a", "2"));
      assertEquals(pair("a", "2"), waiting.read());
      assertEquals(text("2"), waiting.read());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void firstComeFirstServed(String ioThreads) throws Exception {
    int count = 20;
    try (ServerFixture server = start(ioThreads);
        TestClient client = server.connect()) {
      List<TestClient> waiting = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        TestClient next = server.connect();
        waiting.add(next);
        next.send("BTAKE", "a", "0");
        awaitWaiting(client, i + 1);
      }
      // All in one transaction: only the last value is there when it has ended.
      assertEquals(OK, client.call("MULTI"));
      assertEquals(QUEUED, client.call("SET", "a", "x"));
      assertEquals(QUEUED, client.call("GET", "a"));
      assertEquals(QUEUED, client.call("SET", "a", "0"));
      assertEquals(QUEUED, client.call("BTAKE", "b", "0"));
      assertEquals(array(OK, text("x"), OK, IN_VAIN), client.call("EXEC"));
      assertEquals(pair("a", "0"), waiting.getFirst().read());
      for (int i = 1; i < count; i++) {
        assertEquals(OK, client.call("SET", "a", "" + i));
        assertEquals(pair("a", "" + i), waiting.get(i).read());
      }
      assertEquals(0, client.info("blocked_clients"));
      for (TestClient each : waiting) {
        each.close();
      }
    }
  }

  /** Those who only look are all asked, whatever those find who take. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void whoOnlyLooksTakesNothingFromOthers(String ioThreads) throws Exception {
    try (ServerFixture server = start(ioThreads);
        TestClient one = server.connect();
        TestClient other = server.connect();
        TestClient client = server.connect()) {
      one.send("BLOOK", "a", "0");
      awaitWaiting(client, 1);
      other.send("BLOOK", "b", "a", "a", "0");
      awaitWaiting(client, 2);
      assertEquals(OK, client.call("SET", "a", "1"));
      assertEquals(pair("a", "1"), one.read());
      assertEquals(pair("a", "1"), other.read());
      assertEquals(text("1"), client.call("GET", "a"));
      assertEquals(0, client.info("blocked_clients"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void timeoutsAndClientUnblockEndIt(String ioThreads) throws Exception {
    try (ServerFixture server = start(ioThreads);
        TestClient waiting = server.connect();
        TestClient client = server.connect()) {
      assertEquals(IN_VAIN, waiting.call("BTAKE", "a", "1"));
      long id = id(waiting);
      assertEquals(number(0), client.call("CLIENT", "UNBLOCK", "" + id));
      assertEquals(number(0), client.call("CLIENT", "UNBLOCK", "123456"));
      waiting.send("BTAKE", "a", "100000000");
      awaitWaiting(client, 1);
      assertEquals(1, client.info("clients_in_timeout_table"));
      assertEquals(number(1), client.call("CLIENT", "UNBLOCK", "" + id));
      assertEquals(IN_VAIN, waiting.read());
      waiting.send("BTAKE", "a", "9223372036854775807");
      awaitWaiting(client, 1);
      assertEquals(number(1), client.call("CLIENT", "UNBLOCK", "" + id, "error"));
      assertEquals(
          new Reply.SimpleError("UNBLOCKED client unblocked via CLIENT UNBLOCK"), waiting.read());
      waiting.send("BTAKE", "a", "0");
      awaitWaiting(client, 1);
      assertEquals(OK, client.call("MULTI"));
      assertEquals(QUEUED, client.call("CLIENT", "UNBLOCK", "" + id, "TIMEOUT"));
      assertEquals(array(number(1)), client.call("EXEC"));
      assertEquals(IN_VAIN, waiting.read());
      assertEquals(
          new Reply.SimpleError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"),
          client.call("CLIENT", "UNBLOCK", "1", "x"));
      assertEquals(OK, client.call("SET", "a", "1"));
      assertEquals(text("1"), client.call("GET", "a"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aClientThatGoesIsNotServed(String ioThreads) throws Exception {
    try (ServerFixture server = start(ioThreads);
        TestClient client = server.connect()) {
      TestClient closed = server.connect();
      TestClient halfClosed = server.connect();
      TestClient killed = server.connect();
      long id = id(killed);
      closed.send("BTAKE", "a", "0");
      halfClosed.send("BTAKE", "a", "0");
      killed.send("BTAKE", "a", "0");
      awaitWaiting(client, 3);
      closed.close();
      awaitWaiting(client, 2);
      halfClosed.endOutput();
      assertTrue(halfClosed.readEnd());
      awaitWaiting(client, 1);
      assertEquals(number(1), client.call("CLIENT", "KILL", "ID", "" + id));
      awaitWaiting(client, 0);
      assertEquals(OK, client.call("SET", "a", "1"));
      assertEquals(text("1"), client.call("GET", "a"));
      assertEquals(number(1), client.call("DEL", "a"));
      // One that says at once that it sends nothing more.
      try (TestClient hasty = server.connect()) {
        hasty.send("BTAKE", "a", "0");
        hasty.endOutput();
        assertTrue(hasty.readEnd());
      }
      awaitWaiting(client, 0);
      halfClosed.close();
      killed.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void whateverGivesTheKeyAValueWakes(String ioThreads) throws Exception {
    try (ServerFixture server = start(ioThreads);
        TestClient waiting = server.connect();
        TestClient client = server.connect()) {
      assertEquals(OK, waiting.call("SELECT", "1"));
      String[][] ways = {
        {"SET x 1", "RENAME x a"},
        {"SET x 2", "COPY x a"},
        {"SELECT 2", "SET a 3", "MOVE a 1", "SELECT 1"},
        {"SELECT 2", "SET a 4", "SWAPDB 1 2", "SELECT 1"},
        {"FLUSHDB", "APPEND a 5"},
        {"FLUSHALL", "SET x 6", "RENAME x a"},
        {"SETEX a 1000 7"},
      };
      assertEquals(OK, client.call("SELECT", "1"));
      for (int i = 0; i < ways.length; i++) {
        waiting.send("BTAKE", "a", "0");
        awaitWaiting(client, 1);
        for (String line : ways[i]) {
          client.call(line.split(" "));
        }
        assertEquals(pair("a", "" + (i + 1)), waiting.read());
        assertEquals(0, client.info("blocked_clients"));
        assertEquals(number(0), client.call("EXISTS", "a"));
      }
      // What is emptied, deleted or swapped out under it changes nothing.
      waiting.send("BTAKE", "a", "0");
      awaitWaiting(client, 1);
      for (String line : List.of("FLUSHDB", "SWAPDB 1 3", "DEL a", "FLUSHALL", "SWAPDB 1 3")) {
        client.call(line.split(" "));
      }
      assertEquals(1, client.info("blocked_clients"));
      assertEquals(OK, client.call("SET", "a", "8"));
      assertEquals(pair("a", "8"), waiting.read());
    }
  }

  /** It borrows the writer's role, so that nobody takes what is its. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void whoFindsItsDataColdIsServedBeforeAnybodyElse(String ioThreads) throws Exception {
    try (ServerFixture server = start(ioThreads);
        TestClient first = server.connect();
        TestClient second = server.connect();
        TestClient client = server.connect();
        TestClient thief = server.connect()) {
      assertEquals(OK, client.call("SELECT", "1"));
      assertEquals(OK, client.call("SET", "a", "1"));
      assertEquals(OK, client.call("SELECT", "0"));
      first.send("BTAKE", "a", "0");
      awaitWaiting(client, 1);
      second.send("BTAKE", "a", "0");
      awaitWaiting(client, 2);
      server.engine().makeCold();
      ControlledEngine.HeldRead read = server.engine().holdNextRead("a");
      assertEquals(OK, client.call("SWAPDB", "0", "1"));
      read.await();
      thief.send("GETDEL", "a");
      long parked = client.info("parked_writes");
      while (client.info("parked_writes") == parked && parked == 0) {
        Thread.onSpinWait();
      }
      read.letGo();
      assertEquals(pair("a", "1"), first.read());
      assertEquals(Reply.Null.BULK, thief.read());
      assertTrue(client.info("writer_roles_lent") > 0);
      awaitWaiting(client, 1);
      assertEquals(OK, client.call("SET", "a", "2"));
      assertEquals(pair("a", "2"), second.read());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void whereThereIsNoRoomForWhatItDoesItIsServedLater(String ioThreads) throws Exception {
    try (ServerFixture server = start(ioThreads);
        TestClient first = server.connect();
        TestClient client = server.connect();
        TestClient thief = server.connect()) {
      first.send("BTAKE", "a", "0");
      awaitWaiting(client, 1);
      server.engine().fullBehindNextAppend();
      assertEquals(OK, client.call("SET", "a", "1"));
      thief.send("GETDEL", "a");
      while (client.info("parked_writes") < 2) {
        Thread.onSpinWait();
      }
      assertEquals(1, client.info("blocked_clients"));
      server.engine().full(false);
      assertEquals(pair("a", "1"), first.read());
      assertEquals(Reply.Null.BULK, thief.read());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void whenNoMoreWritesAreTakenWhoWaitsIsTold(String ioThreads) throws Exception {
    try (ServerFixture server = start(ioThreads);
        TestClient waiting = server.connect();
        TestClient client = server.connect()) {
      waiting.send("BTAKE", "a", "0");
      awaitWaiting(client, 1);
      server.engine().failSyncs(new StorageException.Poisoned("the disk is gone", null));
      assertTrue(client.call("SET", "b", "1") instanceof Reply.SimpleError);
      assertTrue(((Reply.SimpleError) waiting.read()).text().startsWith("MISCONF"));
    }
  }

  /** Values are neither lost nor handed out twice, whoever comes, waits, times out and goes. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void eachValueIsHandedToOneOfMany(String ioThreads) throws Exception {
    Random random = new Random(Seed.of("eachValueIsHandedToOneOfMany " + ioThreads));
    int clients = 4;
    int values = 2_000;
    try (ServerFixture server = start(ioThreads);
        TestClient client = server.connect()) {
      List<String> taken = Collections.synchronizedList(new ArrayList<>());
      List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        long seed = random.nextLong();
        threads.add(Thread.ofVirtual().start(() -> take(server, seed, taken, failures)));
      }
      for (int i = 0; i < values; i++) {
        String key = "k" + random.nextInt(3);
        while (client.call("SET", key, "v" + i, "NX").equals(Reply.Null.BULK)) {
          Thread.onSpinWait();
        }
      }
      for (int i = 0; i < clients; i++) {
        while (client.call("SET", "end", "end", "NX").equals(Reply.Null.BULK)) {
          Thread.onSpinWait();
        }
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(List.of(), failures);
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < values; i++) {
        expected.add("v" + i);
      }
      Collections.sort(expected);
      Collections.sort(taken);
      assertEquals(expected, taken);
      awaitWaiting(client, 0);
    }
  }

  private static void take(
      ServerFixture server, long seed, List<String> taken, List<Throwable> failures) {
    Random random = new Random(seed);
    try (TestClient client = server.connect()) {
      while (true) {
        String timeout = random.nextInt(4) == 0 ? "1" : "0";
        Reply reply = client.call("BTAKE", "k0", "k1", "k2", "end", timeout);
        if (reply instanceof Reply.Array array) {
          String value = ((Reply.BulkString) array.values().get(1)).text();
          if (value.equals("end")) {
            return;
          }
          taken.add(value);
        }
      }
    } catch (IOException | RuntimeException e) {
      failures.add(e);
    }
  }
}

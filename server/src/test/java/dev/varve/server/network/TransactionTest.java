package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import dev.varve.storage.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** EXEC through a whole server: cold keys, a full engine, failing syncs, other connections. */
@Timeout(60)
class TransactionTest {
  private static final Reply OK = new Reply.SimpleString("OK");
  private static final Reply QUEUED = new Reply.SimpleString("QUEUED");
  private static final Reply NULL_ARRAY = Reply.Null.ARRAY;

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

  /** Queues commands, each a line of words. */
  private static void multi(TestClient client, String... lines) throws IOException {
    assertEquals(OK, client.call("MULTI"));
    for (String line : lines) {
      assertEquals(QUEUED, client.call(line.split(" ", -1)));
    }
  }

  private static void assertError(String beginning, Reply reply) {
    String message = ((Reply.SimpleError) reply).text();
    assertTrue(message.startsWith(beginning), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aColdKeyHasTheWholeRehearsedAndNothingDoneTwice(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient other = server.connect()) {
      assertEquals(OK, client.call("MSET", "a", "1", "b", "2"));
      long id = ((Reply.IntegerValue) other.call("CLIENT", "ID")).value();
      server.engine().makeCold();
      multi(
          client,
          "INCR a",
          "SELECT 1",
          "SET c x",
          "GET a",
          "SELECT 0",
          "CLIENT KILL ID " + id,
          "APPEND b y",
          "GET a");
      assertEquals(
          array(number(2), OK, OK, Reply.Null.BULK, OK, number(1), number(2), text("2")),
          client.call("EXEC"));
      assertTrue(client.info("rehearsals") > 0);
      assertEquals(text("2"), client.call("GET", "a"));
      assertEquals(text("2y"), client.call("GET", "b"));
      assertTrue(other.readEnd());
    }
  }

  /** As often as the run that counts begins, it is given up for what is cold again. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void whatIsGivenUpLeavesTheSelectedDatabaseAsItWas(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      assertEquals(OK, client.call("SET", "a", "1"));
      server.engine().makeCold();
      server.engine().full(true);
      multi(client, "INCR a", "SELECT 2", "SET b 1");
      client.send("EXEC");
      try (TestClient other = server.connect()) {
        // Parked after it.
        while (other.info("parked_writes") == 0) {
          Thread.onSpinWait();
        }
      }
      server.engine().full(false);
      assertEquals(array(number(2), OK, OK), client.read());
      assertEquals(text("1"), client.call("GET", "b"));
      assertEquals(OK, client.call("SELECT", "0"));
      assertEquals(Reply.Null.BULK, client.call("GET", "b"));
      assertEquals(text("2"), client.call("GET", "a"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aWatchedKeyIsTouchedByAnotherConnectionWhereverBothLive(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient other = server.connect()) {
      assertEquals(OK, client.call("SET", "a", "1"));
      server.engine().makeCold();
      assertEquals(OK, client.call("WATCH", "a"));
      assertEquals(number(2), other.call("INCR", "a"));
      multi(client, "INCR a");
      assertEquals(NULL_ARRAY, client.call("EXEC"));
      multi(client, "INCR a");
      assertEquals(array(number(3)), client.call("EXEC"));

      // One after the other in one piece.
      client.sendBytes(TestClient.request("WATCH", "a"));
      client.sendBytes(TestClient.request("RESET"));
      client.sendBytes(TestClient.request("WATCH", "b"));
      assertEquals(OK, client.read());
      assertEquals(new Reply.SimpleString("RESET"), client.read());
      assertEquals(OK, client.read());
      assertEquals(number(4), other.call("INCR", "a"));
      multi(client, "INCR a");
      assertEquals(array(number(5)), client.call("EXEC"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void anIncrementByWatchAndExecIsNeverLost(String ioThreads) throws Exception {
    int clients = 4;
    int increments = 200;
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient reader = server.connect()) {
      assertEquals(OK, reader.call("SET", "counter", "0"));
      List<Thread> threads = new ArrayList<>();
      List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
      for (int i = 0; i < clients; i++) {
        threads.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      try (TestClient client = server.connect()) {
                        increment(client, increments);
                      } catch (IOException | RuntimeException | AssertionError e) {
                        failures.add(e);
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(List.of(), failures);
      assertEquals(text("" + clients * increments), reader.call("GET", "counter"));
    }
  }

  private static void increment(TestClient client, int times) throws IOException {
    int done = 0;
    while (done < times) {
      assertEquals(OK, client.call("WATCH", "counter"));
      long value = Long.parseLong(((Reply.BulkString) client.call("GET", "counter")).text());
      multi(client, "SET counter " + (value + 1));
      Reply reply = client.call("EXEC");
      if (!reply.equals(NULL_ARRAY)) {
        assertEquals(array(OK), reply);
        done++;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aWriteThatIsRefusedDiscardsTheTransaction(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      server.engine().failSyncs(new StorageException.Poisoned("the disk is gone", null));
      assertError("MISCONF", client.call("SET", "a", "1"));
      multi(client, "SET a 2", "GET a");
      assertError("EXECABORT Transaction discarded because of: MISCONF", client.call("EXEC"));
      assertEquals(OK, client.call("MULTI"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aRehearsalThatFailsDiscardsTheTransaction(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient other = server.connect()) {
      assertEquals(OK, client.call("SET", "a", "1"));
      server.engine().makeCold();
      assertEquals(OK, client.call("WATCH", "b"));
      multi(client, "INCR a");
      server
          .engine()
          .failReads(new StorageException.Io("reading a table", new IOException("a bad sector")));
      assertError("EXECABORT Transaction discarded because of: ", client.call("EXEC"));
      server.engine().failReads(null);
      assertEquals(number(1), other.call("INCR", "b"));
      assertEquals(number(2), client.call("INCR", "a"));
      multi(client, "GET a", "GET b");
      assertEquals(array(text("2"), text("1")), client.call("EXEC"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void moreThanThereIsMemoryForIsRefusedAndTheConnectionGoesOn(String ioThreads) throws Exception {
    try (ServerFixture server =
            new ServerFixture(directory, "--io-threads", ioThreads, "--maxmemory", "96mb");
        TestClient client = server.connect()) {
      assertEquals(OK, client.call("MULTI"));
      String value = "v".repeat(100_000);
      Reply reply = QUEUED;
      for (int i = 0; i < 2_000 && reply.equals(QUEUED); i++) {
        reply = client.call("SET", "key" + i, value);
      }
      assertError("OOM", reply);
      assertEquals(QUEUED, client.call("GET", "key"));
      assertError("EXECABORT", client.call("EXEC"));
      assertEquals(OK, client.call("SET", "key", value));
      multi(client, "STRLEN key");
      assertEquals(array(number(value.length())), client.call("EXEC"));
    }
  }

  /** Such a transaction has the writer's role lent to the read pool. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void walksWithinItSeeWhatItHasDoneSoFar(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      assertEquals(OK, client.call("MSET", "a", "1", "b", "2", "c", "3"));
      server.engine().makeCold();
      multi(
          client,
          "DEL b",
          "SETNX d 4",
          "KEYS *",
          "DBSIZE",
          "FLUSHDB",
          "RANDOMKEY",
          "SETNX e 5",
          "RANDOMKEY",
          "SCAN 0",
          "DBSIZE",
          "BGSAVE");
      assertEquals(
          array(
              number(1),
              number(1),
              array(text("a"), text("c"), text("d")),
              number(3),
              OK,
              Reply.Null.BULK,
              number(1),
              text("e"),
              array(text("0"), array(text("e"))),
              number(1),
              new Reply.SimpleString("Background saving started")),
          client.call("EXEC"));
      assertEquals(1, client.info("writer_roles_lent"));
      assertEquals(array(text("e")), client.call("KEYS", "*"));
    }
  }

  /** Its own view would keep the memtables whose memory its changes wait for. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void changesOfALentRoleFindRoomInMemtables(String ioThreads) throws Exception {
    try (ServerFixture server =
            new ServerFixture(directory, "--io-threads", ioThreads, "--maxmemory", "96mb");
        TestClient client = server.connect()) {
      String value = "x".repeat(200_000);
      for (int i = 0; i < 40; i++) {
        assertEquals(OK, client.call("SET", "key" + i % 20, value));
        multi(client, "DBSIZE", "RANDOMKEY", "SET other" + i % 20 + " " + value);
        Reply.Array replies = (Reply.Array) client.call("EXEC");
        assertEquals(OK, replies.values().get(2));
      }
      assertEquals(40, client.info("writer_roles_lent"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void whileTheWritersRoleIsLentWritesWaitAndReadsGoOn(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient writer = server.connect();
        TestClient reader = server.connect()) {
      assertEquals(OK, client.call("MSET", "a", "1", "b", "2"));
      server.engine().makeCold();
      ControlledEngine.HeldRead read = server.engine().holdNextRead("a");
      multi(client, "INCR a", "KEYS *");
      client.send("EXEC");
      read.await();
      long parked = reader.info("parked_writes");
      writer.send("INCR", "a");
      while (reader.info("parked_writes") == parked) {
        Thread.onSpinWait();
      }
      assertEquals(text("2"), reader.call("GET", "b"));
      read.letGo();
      assertEquals(array(number(2), array(text("a"), text("b"))), client.read());
      assertEquals(number(3), writer.read());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aCommandThatIsGivenUpAgainAndAgainBorrowsTheWritersRole(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient other = server.connect()) {
      assertEquals(OK, client.call("SET", "a", "0"));
      server.engine().makeCold();
      ControlledEngine.HeldRead read = server.engine().holdNextRead("a");
      client.send("INCR", "a");
      int rounds = 0;
      read.await();
      while (other.info("writer_roles_lent") == 0) {
        rounds++;
        assertEquals(number(rounds), other.call("INCR", "b"));
        // What it has read is out of date, as there are new tables.
        server.engine().makeCold();
        ControlledEngine.HeldRead next = server.engine().holdNextRead("a");
        read.letGo();
        read = next;
        read.await();
      }
      read.letGo();
      assertTrue(rounds >= 3, rounds + " rounds");
      assertEquals(number(1), client.read());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aCommandThatMayNotBeThereDoesNotEndTheTransaction(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      multi(client, "SET a 1");
      assertError("ERR WATCH inside MULTI is not allowed", client.call("WATCH", "a"));
      assertError("ERR MULTI calls can not be nested", client.call("MULTI"));
      assertEquals(QUEUED, client.call("GET", "a"));
      assertEquals(array(OK, text("1")), client.call("EXEC"));
    }
  }
}

package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import dev.varve.server.bootstrap.ExitCode;
import dev.varve.storage.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sync that takes its time, or fails. */
@Timeout(60)
class SlowSyncTest {
  private static final Reply OK = new Reply.SimpleString("OK");

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void readsOfOthersDoNotWaitForSyncAndSeeNothingOfIt(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient writer = server.connect();
        TestClient reader = server.connect()) {
      server.engine().holdSyncs();
      writer.send("SET", "key", "value");
      writer.send("SET", "other", "value");
      awaitCommands(reader, 2);
      // Each of these answers comes while no sync can end.
      for (int i = 0; i < 100; i++) {
        assertEquals(Reply.Null.BULK, reader.call("GET", "key"));
      }
      server.engine().letSyncsGo();
      assertEquals(OK, writer.read());
      assertEquals(OK, writer.read());
      assertEquals(new Reply.BulkString("value"), reader.call("GET", "key"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void replyThatSawAnUnsyncedWriteWaitsForIt(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient writer = server.connect();
        TestClient second = server.connect();
        TestClient reader = server.connect()) {
      server.engine().holdSyncs();
      writer.send("SET", "key", "value");
      awaitCommands(reader, 1);
      // It writes nothing, but says that the key is there.
      second.send("SET", "key", "late", "NX");
      awaitCommands(reader, 2);
      assertEquals(0, second.available());
      server.engine().letSyncsGo();
      assertEquals(Reply.Null.BULK, second.read());
      assertEquals(OK, writer.read());
    }
  }

  /** An answer that had come before the sync would be one that a crash takes back. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void whatWritesNothingIsNotAnsweredBeforeTheWriteThatItSaw(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient writer = server.connect();
        TestClient second = server.connect();
        TestClient watcher = server.connect()) {
      server.engine().holdSyncs();
      writer.send("SET", "key", "value");
      awaitCommands(watcher, 1);
      second.send("SET", "key", "late", "NX");
      awaitCommands(watcher, 2);
      server.engine().failSyncs(new StorageException.Io("syncing", new IOException("broken")));
      server.engine().letSyncsGo();
      assertUnknownOutcome(second.read());
      assertUnknownOutcome(writer.read());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aReadBehindOnesOwnWriteWaitsForOthersWritesThatItSaw(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient reader = server.connect();
        TestClient writer = server.connect();
        TestClient watcher = server.connect()) {
      server.engine().holdSyncs();
      reader.send("SET", "own", "1");
      server.engine().awaitHeldSync();
      // Too late for the sync that waits.
      writer.send("SET", "other", "2");
      awaitCommands(watcher, 2);
      // On the storage thread, as no view shows the reader's own write yet.
      reader.send("GET", "other");
      awaitCommands(watcher, "get", 1);
      server.engine().letOneSyncGo();
      assertEquals(OK, reader.read());
      server.engine().awaitHeldSync();
      server.engine().failSyncs(new StorageException.Io("syncing", new IOException("broken")));
      server.engine().letSyncsGo();
      assertUnknownOutcome(reader.read());
      assertUnknownOutcome(writer.read());
    }
  }

  /** It ended with exit code 0 though the last writes were nowhere but in memory. */
  @Test
  void aStopAfterAFailedSyncIsAFailure() throws Exception {
    ServerFixture server = new ServerFixture(directory);
    try (TestClient client = server.connect()) {
      server.engine().failSyncs(new StorageException.Io("syncing", new IOException("broken")));
      assertUnknownOutcome(client.call("SET", "key", "value"));
    }
    server.close();
    assertEquals(ExitCode.FAILURE, server.exitCode());
  }

  @Test
  void aStopInOrderIsNone() throws Exception {
    ServerFixture server = new ServerFixture(directory);
    try (TestClient client = server.connect()) {
      assertEquals(OK, client.call("SET", "key", "value"));
    }
    server.close();
    assertEquals(ExitCode.OK, server.exitCode());
  }

  private static void assertUnknownOutcome(Reply reply) {
    Reply.SimpleError error = assertInstanceOf(Reply.SimpleError.class, reply);
    assertTrue(
        error.text().startsWith("MISCONF Errors writing to the AOF file: the outcome"),
        error::text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void failedSyncLeavesOutcomeUnknownAndRefusesLaterWrites(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient writer = server.connect();
        TestClient reader = server.connect()) {
      assertEquals(OK, writer.call("SET", "before", "1"));
      server.engine().failSyncs(new StorageException.Io("syncing", new IOException("broken")));
      writer.sendBytes(
          concat(
              TestClient.request("SET", "a", "1"),
              TestClient.request("SET", "b", "2"),
              TestClient.request("GET", "a")));
      for (int i = 0; i < 3; i++) {
        assertUnknownOutcome(writer.read());
      }
      Reply.SimpleError refused =
          assertInstanceOf(Reply.SimpleError.class, reader.call("SET", "c", "3"));
      assertTrue(refused.text().startsWith("MISCONF Errors writing to the AOF file: "));
      assertEquals(new Reply.BulkString("1"), reader.call("GET", "before"));
      assertEquals(Reply.Null.BULK, reader.call("GET", "a"));
      assertEquals(new Reply.BulkString("1"), writer.call("GET", "before"));
      assertInstanceOf(Reply.IntegerValue.class, reader.call("DBSIZE"));
      assertInstanceOf(Reply.IntegerValue.class, writer.call("DBSIZE"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void writesWaitForRoomWhileReadsGoOn(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient writer = server.connect();
        TestClient reader = server.connect()) {
      assertEquals(OK, reader.call("SET", "key", "1"));
      server.engine().full(true);
      writer.send("SET", "key", "2");
      writer.send("GET", "key");
      while (reader.info("parked_writes") == 0) {
        assertEquals(new Reply.BulkString("1"), reader.call("GET", "key"));
      }
      server.engine().full(false);
      assertEquals(OK, writer.read());
      assertEquals(new Reply.BulkString("2"), writer.read());
    }
  }

  /** Waits until so many SETs have been executed. */
  private static void awaitCommands(TestClient client, long sets) throws IOException {
    awaitCommands(client, "set", sets);
  }

  private static void awaitCommands(TestClient client, String name, long calls) throws IOException {
    String wanted = "cmdstat_" + name + ":calls=" + calls + ",";
    while (!((Reply.BulkString) client.call("INFO", "commandstats")).text().contains(wanted)) {
      Thread.onSpinWait();
    }
  }

  static byte[] concat(byte[]... parts) {
    java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}

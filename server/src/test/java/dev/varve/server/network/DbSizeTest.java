package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** DBSIZE and INFO keyspace are reads: they wait for nobody's sync, and tell of none's outcome. */
@Timeout(60)
final class DbSizeTest {
  private static final Reply OK = new Reply.SimpleString("OK");
  private static final int KEYS = 2000;

  @TempDir Path directory;

  private static String keyspace(TestClient client) throws Exception {
    return ((Reply.BulkString) client.call("INFO", "keyspace")).text();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void othersCountsComeWithoutTheSyncAndTellNothingOfIt(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient writer = server.connect();
        TestClient reader = server.connect()) {
      assertEquals(OK, writer.call("SET", "before", "v"));
      server.engine().holdSyncs();
      writer.send("SET", "a", "v");
      writer.send("SET", "b", "v", "EX", "1000");
      writer.send("DBSIZE");
      writer.send("INFO", "keyspace");
      server.engine().awaitHeldSync();
      while (!((Reply.BulkString) reader.call("INFO", "commandstats"))
          .text()
          .contains("cmdstat_set:calls=3,")) {
        Thread.onSpinWait();
      }
      // Each of these answers comes while no sync can end.
      for (int i = 0; i < 100; i++) {
        assertEquals(new Reply.IntegerValue(1), reader.call("DBSIZE"));
        assertTrue(keyspace(reader).contains("db0:keys=1,expires=0,"), keyspace(reader));
      }
      server.engine().letSyncsGo();
      assertEquals(OK, writer.read());
      assertEquals(OK, writer.read());
      assertEquals(new Reply.IntegerValue(3), writer.read());
      String own = ((Reply.BulkString) writer.read()).text();
      assertTrue(own.contains("db0:keys=3,expires=1,"), own);
      assertEquals(new Reply.IntegerValue(3), reader.call("DBSIZE"));
    }
  }

  /** A count may tell of more than the view that the pipeline reads by. */
  @ParameterizedTest
  @CsvSource({"0, no", "1, no", "2, no", "1, always"})
  void aPipelineSeesTheKeysThatItsCountTellsOf(String ioThreads, String policy) throws Exception {
    try (ServerFixture server =
            new ServerFixture(directory, "--io-threads", ioThreads, "--appendfsync", policy);
        TestClient writer = server.connect();
        TestClient reader = server.connect()) {
      Thread sets =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      for (int i = 0; i < KEYS; i++) {
                        assertEquals(OK, writer.call("SET", "key" + i, "v"));
                      }
                    } catch (Exception e) {
                      throw new IllegalStateException(e);
                    }
                  });
      long counted = 0;
      while (counted < KEYS) {
        assertTrue(sets.isAlive() || counted > 0);
        // The one that is counted last, if nothing more comes meanwhile, and the next ones.
        String[] request = new String[65];
        request[0] = "EXISTS";
        for (int i = 1; i < request.length; i++) {
          request[i] = "key" + (counted + i - 1);
        }
        reader.sendBytes(
            SlowSyncTest.concat(
                TestClient.request("GET", "key0"),
                TestClient.request("DBSIZE"),
                TestClient.request(request)));
        reader.read();
        long now = ((Reply.IntegerValue) reader.read()).value();
        long there = ((Reply.IntegerValue) reader.read()).value();
        assertTrue(now >= counted, now + " behind " + counted);
        assertTrue(
            there >= Math.min(now - counted, request.length - 1),
            there + " keys of " + (now - counted) + " that are new");
        counted = now;
      }
      sets.join();
    }
  }

  @Test
  void aSmallDatabaseIsCountedExactlyWhateverItOwes() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      for (int i = 0; i < 100; i++) {
        assertEquals(OK, client.call("SET", "key" + i, "v"));
      }
      server.engine().makeCold();
      // Nobody knows whether they were there.
      for (int i = 50; i < 150; i++) {
        client.send("SET", "key" + i, "v");
      }
      client.send("DBSIZE");
      client.send("INFO", "keyspace");
      for (int i = 50; i < 150; i++) {
        assertEquals(OK, client.read());
      }
      assertEquals(new Reply.IntegerValue(150), client.read());
      String keyspace = ((Reply.BulkString) client.read()).text();
      assertTrue(keyspace.contains("db0:keys=150,"), keyspace);
    }
  }
}

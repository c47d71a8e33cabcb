package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pipeline of commands whose data lies on the disk goes to the read pool as one. */
@Timeout(120)
class ColdPipelineTest {
  private static final int KEYS = 320;
  private static final int STEP = 20;
  private static final String VALUE = "v".repeat(1000);

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void changesOfKeysThatMemoryDoesNotHaveAreRehearsedTogether(String ioThreads) throws Exception {
    fill(ioThreads);
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      ByteArrayOutputStream pipeline = new ByteArrayOutputStream();
      for (int i = 0; i < KEYS; i += STEP) {
        pipeline.writeBytes(TestClient.request("APPEND", "key" + (1000 + i), "x"));
      }
      client.sendBytes(pipeline.toByteArray());
      for (int i = 0; i < KEYS; i += STEP) {
        assertEquals(new Reply.IntegerValue(VALUE.length() + 1), client.read());
      }
      long rehearsals = client.info("rehearsals");
      // Each of them is in a block of its own; a pipeline may come in pieces.
      assertTrue(rehearsals >= 1 && rehearsals <= 4, rehearsals + " rehearsals");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void commandsThatComeBetweenAreExecutedInTheirTurn(String ioThreads) throws Exception {
    fill(ioThreads);
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      ByteArrayOutputStream pipeline = new ByteArrayOutputStream();
      pipeline.writeBytes(TestClient.request("APPEND", "key1000", "x"));
      pipeline.writeBytes(TestClient.request("APPEND", "key1100", "x"));
      pipeline.writeBytes(TestClient.request("APPEND", "key1200"));
      pipeline.writeBytes(TestClient.request("SELECT", "1"));
      pipeline.writeBytes(TestClient.request("APPEND", "key1200", "x"));
      pipeline.writeBytes(TestClient.request("MULTI"));
      pipeline.writeBytes(TestClient.request("INCR", "key1200"));
      pipeline.writeBytes(TestClient.request("DISCARD"));
      pipeline.writeBytes(TestClient.request("SELECT", "0"));
      pipeline.writeBytes(TestClient.request("SPOP", "set"));
      pipeline.writeBytes(TestClient.request("SPOP", "set"));
      pipeline.writeBytes(TestClient.request("SCARD", "set"));
      client.sendBytes(pipeline.toByteArray());
      assertEquals(new Reply.IntegerValue(VALUE.length() + 1), client.read());
      assertEquals(new Reply.IntegerValue(VALUE.length() + 1), client.read());
      assertEquals(
          new Reply.SimpleError("ERR wrong number of arguments for 'append' command"),
          client.read());
      assertEquals(new Reply.SimpleString("OK"), client.read());
      assertEquals(new Reply.IntegerValue(1), client.read());
      assertEquals(new Reply.SimpleString("OK"), client.read());
      assertEquals(new Reply.SimpleString("QUEUED"), client.read());
      assertEquals(new Reply.SimpleString("OK"), client.read());
      assertEquals(new Reply.SimpleString("OK"), client.read());
      Set<Reply> popped = new HashSet<>();
      popped.add(client.read());
      popped.add(client.read());
      assertEquals(2, popped.size(), "members popped");
      assertEquals(new Reply.IntegerValue(KEYS - 2), client.read());
    }
  }

  /** Leaves all in tables, of which the next server has nothing in memory. */
  private void fill(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      for (int i = 0; i < KEYS; i++) {
        client.call("SET", "key" + (1000 + i), VALUE);
        client.call("SADD", "set", "member" + i);
      }
      server.engine().makeCold();
    }
  }
}

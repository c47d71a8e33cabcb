package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may use DEBUG, and what it switches off in a whole server. */
@Timeout(120)
class DebugTest {
  private static final Reply OK = new Reply.SimpleString("OK");

  @TempDir Path directory;

  @Test
  void isRefusedUnlessItIsEnabled() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      String refused = client.call("DEBUG", "SLEEP", "0").toString();
      assertTrue(refused.contains("ERR DEBUG command not allowed."), refused);
      assertEquals(OK, client.call("MULTI"));
      assertEquals(refused, client.call("DEBUG", "SLEEP", "0").toString());
      assertTrue(client.call("EXEC").toString().contains("EXECABORT"));
    }
  }

  @Test
  void theOneOfScriptsIsAnother() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      assertEquals(OK, client.call("SCRIPT", "DEBUG", "NO"));
      String refused = client.call("SCRIPT", "DEBUG", "YES").toString();
      assertTrue(refused.contains("ERR there is no debugger of scripts"), refused);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void sleepingLetsOthersRead(String ioThreads) throws Exception {
    try (ServerFixture server =
            new ServerFixture(
                directory, "--enable-debug-command", "local", "--io-threads", ioThreads);
        TestClient sleeper = server.connect();
        TestClient reader = server.connect();
        TestClient writer = server.connect()) {
      assertEquals(OK, writer.call("SET", "key", "value"));
      sleeper.send("DEBUG", "SLEEP", "0.5");
      while (reader.info("writer_roles_lent") == 0) {
        Thread.onSpinWait();
      }
      writer.send("SET", "key", "later");
      assertEquals(new Reply.BulkString("value"), reader.call("GET", "key"));
      assertEquals(OK, sleeper.read());
      assertEquals(OK, writer.read());
      assertEquals(new Reply.BulkString("later"), reader.call("GET", "key"));
    }
  }

  @Test
  void keysThatHaveExpiredStayUntilTheyMayGo() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--enable-debug-command", "yes");
        TestClient client = server.connect()) {
      assertEquals(OK, client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0"));
      assertEquals(OK, client.call("SET", "key", "value", "PX", "1"));
      while (!client.call("EXISTS", "key").equals(new Reply.IntegerValue(0))) {
        Thread.onSpinWait();
      }
      assertEquals(0, client.info("expired_keys"));
      String object = client.call("DEBUG", "OBJECT", "key").toString();
      assertTrue(object.contains("encoding:embstr"), object);
      assertEquals(OK, client.call("DEBUG", "SET-ACTIVE-EXPIRE", "1"));
      while (client.info("expired_keys") == 0) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void anotherReplicationIdIsTaken() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--enable-debug-command", "yes");
        TestClient client = server.connect()) {
      String before = client.call("INFO", "replication").toString();
      assertEquals(OK, client.call("DEBUG", "CHANGE-REPL-ID"));
      assertNotEquals(before, client.call("INFO", "replication").toString());
      assertEquals(OK, client.call("DEBUG", "RELOAD"));
    }
  }
}

package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** WAITAOF, under each policy. */
@Timeout(120)
class WaitForLogTest {
  private static final Reply OK = new Reply.SimpleString("OK");

  @TempDir Path directory;

  private static Reply both(long local) {
    return new Reply.Array(List.of(new Reply.IntegerValue(local), new Reply.IntegerValue(0)));
  }

  @ParameterizedTest
  @CsvSource({"always, 0", "everysec, 0", "no, 0", "no, 1"})
  void writesAreDurableWhenItHasAnswered(String policy, String ioThreads) throws Exception {
    try (ServerFixture server =
            new ServerFixture(directory, "--appendfsync", policy, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      for (int i = 0; i < 20; i++) {
        client.send("SET", "key" + i, "value");
        client.send("WAITAOF", "1", "0", "0");
        assertEquals(OK, client.read());
        assertEquals(both(1), client.read());
        assertTrue(server.engine().durableSequence() > i);
      }
      assertEquals(OK, client.call("MULTI"));
      client.call("WAITAOF", "1", "3", "0");
      assertEquals(new Reply.Array(List.of(both(1))), client.call("EXEC"));
      assertEquals(both(1), client.call("WAITAOF", "0", "0", "0"));
    }
  }

  @Test
  void argumentsAreChecked() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      for (String[] command :
          new String[][] {
            {"2", "0", "0", "ERR value is out of range, value must between 0 and 1"},
            {"x", "0", "0", "ERR value is not an integer or out of range"},
            {"1", "-1", "0", "ERR value is out of range, must be positive"},
            {"1", "0", "-1", "ERR timeout is negative"},
            {"1", "0", "x", "ERR timeout is not an integer or out of range"},
          }) {
        assertEquals(
            new Reply.SimpleError(command[3]),
            client.call("WAITAOF", command[0], command[1], command[2]));
      }
    }
  }
}

package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.protocol.Reply;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Keys go when their deadline passes, without anybody asking for them, and over restarts. */
@Timeout(60)
class ExpiryTest {
  @TempDir Path directory;

  @Test
  void keysAreRemovedBehindTheirDeadline() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      assertEquals(new Reply.SimpleString("OK"), client.call("SET", "kept", "1", "EX", "1000"));
      for (int i = 0; i < 500; i++) {
        client.call("SET", "key" + i, "1", "PX", "1");
      }
      while (client.info("expired_keys") < 500) {
        Thread.onSpinWait();
      }
      assertEquals(new Reply.IntegerValue(1), client.call("DBSIZE"));
      client.call("SET", "after", "1", "PX", "300");
      while (client.info("expired_keys") < 501) {
        Thread.onSpinWait();
      }
      client.call("SET", "restart", "1", "PX", "1");
    }
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      assertEquals(new Reply.IntegerValue(1), client.call("DBSIZE"));
      assertEquals(new Reply.BulkString("1"), client.call("GET", "kept"));
    }
  }
}

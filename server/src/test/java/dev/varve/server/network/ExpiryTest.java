package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
      client.awaitDbSize(1);
      client.call("SET", "after", "1", "PX", "300");
      while (client.info("expired_keys") < 501) {
        Thread.onSpinWait();
      }
      client.call("SET", "restart", "1", "PX", "1");
    }
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      // A key counts until it is removed.
      client.awaitDbSize(1);
      assertEquals(new Reply.BulkString("1"), client.call("GET", "kept"));
    }
  }

  @Test
  void aTaskThatThrowsAnythingBeginsAnew() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      server.engine().failViewsOnReadPool(2);
      client.call("SET", "a", "1", "PX", "1");
      awaitExpired(client, 1);
      assertTrue(server.engine().hasFailed());

      server.engine().failRemovals(2);
      client.call("SET", "b", "1", "PX", "1");
      awaitExpired(client, 2);
      assertTrue(server.engine().hasFailed());
    }
  }

  @Test
  void removalsDoNotWaitForEachOthersSyncs() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      int keys = 5000;
      for (int i = 0; i < keys; i++) {
        client.send("SET", "key" + i, "1", "PX", "2000");
      }
      for (int i = 0; i < keys; i++) {
        client.read();
      }
      server.engine().holdSyncs();
      awaitExpired(client, keys);
      server.engine().letSyncsGo();
      client.awaitDbSize(0);
    }
  }

  @Test
  void removalsOfColdKeysGoOnOverFlushes() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      for (int i = 0; i < 3000; i++) {
        client.send("SET", "key" + i, "1", "PX", "1500");
      }
      for (int i = 0; i < 3000; i++) {
        client.read();
      }
      server.engine().makeCold();
      awaitExpired(client, 3000);
      client.awaitDbSize(0);
    }
  }

  private static void awaitExpired(TestClient client, long keys) throws Exception {
    while (client.info("expired_keys") < keys) {
      Thread.onSpinWait();
    }
    assertEquals(keys, client.info("expired_keys"));
  }
}

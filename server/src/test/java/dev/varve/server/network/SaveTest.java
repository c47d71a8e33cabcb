package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SAVE, BGSAVE and LASTSAVE, what INFO tells of them, and servers on what they made. */
@Timeout(120)
class SaveTest {
  @TempDir Path directory;

  private List<Path> checkpoints() throws IOException {
    try (Stream<Path> found = Files.list(directory.resolve("checkpoints"))) {
      return found.sorted().toList();
    }
  }

  private static String figure(TestClient client, String name) throws Exception {
    Reply info = client.call("INFO", "persistence");
    return assertInstanceOf(Reply.BulkString.class, info)
        .text()
        .lines()
        .filter(line -> line.startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1))
        .findFirst()
        .orElseThrow();
  }

  private static String text(Reply reply) {
    return switch (reply) {
      case Reply.SimpleString simple -> simple.text();
      case Reply.BulkString bulk -> bulk.text();
      case Reply.SimpleError error -> error.text();
      default -> reply.toString();
    };
  }

  @Test
  void aSavedServerIsRestoredByOpeningIt() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      assertEquals("ok", figure(client, "rdb_last_bgsave_status"));
      assertEquals("-1", figure(client, "last_checkpoint_msec"));
      for (int i = 0; i < 1000; i++) {
        client.call("SET", "key" + i, "value" + i);
      }
      assertTrue(Long.parseLong(figure(client, "rdb_changes_since_last_save")) >= 1000);
      assertEquals("OK", text(client.call("SAVE")));
      client.call("SET", "key0", "later");
      assertEquals("1", figure(client, "rdb_saves"));
      assertEquals("0", figure(client, "rdb_bgsave_in_progress"));
      assertEquals(checkpoints().getFirst().toString(), figure(client, "last_checkpoint"));
      String last = figure(client, "rdb_last_save_time");
      assertEquals(new Reply.IntegerValue(Long.parseLong(last)), client.call("LASTSAVE"));
      // Beside the one that goes on.
      try (ServerFixture copy = new ServerFixture(checkpoints().getFirst());
          TestClient other = copy.connect()) {
        assertEquals("value0", text(other.call("GET", "key0")));
        assertEquals("value999", text(other.call("GET", "key999")));
        assertEquals(new Reply.IntegerValue(1000), other.call("DBSIZE"));
        other.call("FLUSHALL");
      }
      assertEquals("later", text(client.call("GET", "key0")));
      assertEquals("value999", text(client.call("GET", "key999")));
    }
  }

  @Test
  void theNewestReplacesThoseThatNobodyOpened() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      client.call("SET", "key", "1");
      client.call("SAVE");
      Path first = checkpoints().getFirst();
      new ServerFixture(first).close();
      client.call("SAVE");
      Path second = checkpoints().getLast();
      Path unfinished = directory.resolve("checkpoints/20200101T000000.000Z.unfinished");
      Files.createDirectories(unfinished);
      Path others = Files.createDirectory(directory.resolve("checkpoints/mine"));
      assertEquals("Background saving started", text(client.call("BGSAVE", "SCHEDULE")));
      while (!figure(client, "rdb_saves").equals("3")
          || !figure(client, "rdb_bgsave_in_progress").equals("0")) {
        Thread.onSpinWait();
      }
      assertTrue(Files.exists(first), "it was opened");
      assertFalse(Files.exists(second));
      assertFalse(Files.exists(unfinished));
      assertTrue(Files.exists(others));
      assertEquals(3, checkpoints().size());
      client.call("CONFIG", "SET", "checkpoints-kept", "0");
      client.call("SAVE");
      client.call("SAVE");
      assertEquals(5, checkpoints().size());
    }
  }

  @Test
  void afterAStepBackOfTheClockTheNewestStays() throws Exception {
    TestClocks clocks = new TestClocks();
    try (ServerFixture server = new ServerFixture(clocks.wallClock(), clocks::nanoTime, directory);
        TestClient client = server.connect()) {
      client.call("SET", "key", "old");
      client.call("SAVE");
      Path old = checkpoints().getFirst();
      clocks.step(-3_600_000);
      client.call("SET", "key", "new");
      assertEquals("OK", text(client.call("SAVE")));
      assertEquals(1, checkpoints().size());
      assertFalse(Files.exists(old));
      assertEquals(checkpoints().getFirst().toString(), figure(client, "last_checkpoint"));
      client.call("CONFIG", "SET", "checkpoints-kept", "2");
      Path second = checkpoints().getFirst();
      clocks.step(-3_600_000);
      client.call("SET", "key", "newer");
      client.call("SAVE");
      clocks.step(1_800_000);
      client.call("SET", "key", "newest");
      client.call("SAVE");
      assertEquals(2, checkpoints().size());
      assertFalse(Files.exists(second), "the one that holds least goes");
    }
  }

  @Test
  void oneThatFailsIsToldOf() throws Exception {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("checkpoints"), "in the way");
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      client.call("SET", "key", "1");
      String error = text(client.call("SAVE"));
      assertTrue(error.startsWith("ERR storage error: making the checkpoint "), error);
      assertEquals("err", figure(client, "rdb_last_bgsave_status"));
      assertTrue(error.endsWith(figure(client, "last_checkpoint_error")), error);
      Files.delete(directory.resolve("checkpoints"));
      assertEquals("OK", text(client.call("SAVE")));
      assertEquals("ok", figure(client, "rdb_last_bgsave_status"));
      assertEquals("", figure(client, "last_checkpoint_error"));
      assertTrue(text(client.call("BGSAVE", "NOW")).startsWith("ERR syntax"));
    }
  }
}

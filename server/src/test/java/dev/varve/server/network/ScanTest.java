package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.engine.EngineEnvironment;
import dev.varve.storage.engine.LsmEngine;
import dev.varve.storage.engine.ThreadScheduler;
import dev.varve.storage.fs.DiskFileSystem;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SCAN over a whole server. */
@Timeout(120)
class ScanTest {
  private static final byte[] STORED = {0x00, 'c', 1, 2, 3, 4, 5, 6, 7, 8};

  @TempDir Path directory;

  @Test
  void scanWritesNothing() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      for (int i = 0; i < 300; i++) {
        client.call("SET", "key" + i, "v");
      }
      long before = server.engine().appendedSequence();
      int found = 0;
      String cursor = "0";
      do {
        Reply reply = client.call("SCAN", cursor);
        List<Reply> parts = assertInstanceOf(Reply.Array.class, reply).values();
        cursor = assertInstanceOf(Reply.BulkString.class, parts.getFirst()).text();
        found += assertInstanceOf(Reply.Array.class, parts.getLast()).values().size();
      } while (!cursor.equals("0"));
      assertEquals(300, found);
      assertEquals(before, server.engine().appendedSequence());
    }
  }

  @Test
  void cursorsThatEarlierVersionsStoredAreDeleted() throws Exception {
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine =
            LsmEngine.open(
                directory,
                StorageOptions.builder().build(),
                new EngineEnvironment(
                    new DiskFileSystem(), System::currentTimeMillis, scheduler))) {
      WriteBatch batch = new WriteBatch();
      batch.put(STORED, new byte[] {0, 0, 0, 0, 0, 0, 0, 1, 'k', 'e', 'y'});
      engine.commit(batch, SyncPolicy.ALWAYS);
      assertTrue(isStored(engine));
    }
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      // After what the server has its storage thread do when it starts.
      client.call("SET", "key", "v");
      assertFalse(isStored(server.engine()));
    }
  }

  private static boolean isStored(StorageEngine engine) {
    try (ReadView view = engine.view();
        Cursor at = view.cursor(new byte[] {0x00, 'c'}, new byte[] {0x00, 'c' + 1})) {
      at.seekToFirst();
      return at.isValid();
    }
  }
}

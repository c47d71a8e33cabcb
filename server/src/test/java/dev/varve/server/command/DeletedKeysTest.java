package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.Replies;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.engine.EngineEnvironment;
import dev.varve.storage.engine.LsmEngine;
import dev.varve.storage.engine.ThreadScheduler;
import dev.varve.storage.fs.DiskFileSystem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Walks over a database most of which has been deleted, and not been merged away yet. */
final class DeletedKeysTest {
  private static final int AT_ONCE = 1000;

  /** A page passes about so many entries of deleted keys at most. */
  private static final int PAGE = 8192;

  @TempDir Path directory;

  private ThreadScheduler scheduler;
  private StorageEngine engine;
  private CommandHarness server;
  private Session session;

  @BeforeEach
  void open() {
    scheduler = new ThreadScheduler();
    engine =
        LsmEngine.open(
            directory,
            StorageOptions.builder().memtableBytes(1 << 30).keyGroups(KeyLayout.GROUPS).build(),
            new EngineEnvironment(new DiskFileSystem(), System::currentTimeMillis, scheduler));
    server = new CommandHarness(engine, 1);
    session = server.connect();
  }

  @AfterEach
  void close() {
    engine.close();
    scheduler.close();
  }

  private static String key(int number) {
    return String.format("user:%07d", number);
  }

  /** Sets keys from 0 on, and deletes all but each {@code kept}th, counted from the last. */
  private Set<String> fill(int keys, int kept) {
    Set<String> staying = new TreeSet<>();
    for (int from = 0; from < keys; from += AT_ONCE) {
      List<String> set = new ArrayList<>(List.of("MSET"));
      List<String> delete = new ArrayList<>(List.of("DEL"));
      for (int i = from; i < from + AT_ONCE; i++) {
        set.addAll(List.of(key(i), "v"));
        if ((keys - 1 - i) % kept == 0) {
          staying.add(key(i));
        } else {
          delete.add(key(i));
        }
      }
      server.execute(session, set.toArray(String[]::new));
      server.execute(session, delete.toArray(String[]::new));
    }
    return staying;
  }

  @Test
  void scanOverAMillionDeletedKeysMeetsAllThatStaysAndPassesLittleWithEachPage() {
    int keys = 1_000_000;
    int kept = 83_333;
    Set<String> staying = fill(keys, kept);
    Set<String> seen = new TreeSet<>();
    String cursor = "0";
    int pages = 0;
    int found = 0;
    int empty = 0;
    do {
      // Half of the numbers come to a server that has not given them out.
      if (pages % 20 == 10) {
        server = new CommandHarness(engine, pages);
        session = server.connect();
      }
      List<String> page =
          Replies.strings(server.execute(session, "SCAN", cursor, "COUNT", "1000000"));
      cursor = page.removeFirst();
      assertTrue(page.size() <= 1, "more than a page may pass lies between " + page);
      empty += page.isEmpty() ? 1 : 0;
      found += page.size();
      seen.addAll(page);
      pages++;
    } while (!cursor.equals("0"));
    assertEquals(staying, seen);
    assertEquals(staying.size(), found, "none comes twice");
    assertTrue(empty > 0);
    assertTrue(pages >= (keys - kept) / PAGE, pages + " pages");
    assertTrue(pages <= keys / PAGE + 2, pages + " pages");
  }

  @Test
  void randomKeyFindsOneOfFewKeysAmongManyThatAreDeleted() {
    Set<String> staying = fill(200_000, 50_000);
    for (int i = 0; i < 100; i++) {
      List<String> key = Replies.strings(server.execute(session, "RANDOMKEY"));
      assertTrue(staying.contains(key.getFirst()), key + " is not there");
    }
    staying.forEach(key -> server.execute(session, "DEL", key));
    assertEquals("$-1\r\n", server.execute(session, "RANDOMKEY"));
    server.execute(session, "SET", key(100_001), "v");
    assertEquals(List.of(key(100_001)), Replies.strings(server.execute(session, "RANDOMKEY")));
    assertEquals(List.of(key(100_001)), Replies.strings(server.execute(session, "KEYS", "*")));
  }
}

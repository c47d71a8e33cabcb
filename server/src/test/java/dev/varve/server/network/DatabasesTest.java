package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import dev.varve.server.bootstrap.ExitCode;
import dev.varve.server.bootstrap.StartException;
import dev.varve.server.testing.Seed;
import dev.varve.storage.StorageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** FLUSHDB, FLUSHALL and SWAPDB between groups, syncs, crashes and restarts. */
@Timeout(120)
class DatabasesTest {
  private static final Reply OK = new Reply.SimpleString("OK");
  private static final int DATABASES = 3;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"0", "2"})
  void nobodySeesAFlushThatIsNotSyncedHoweverManyWereBefore(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient writer = server.connect();
        TestClient reader = server.connect()) {
      // Without syncs, which if they are quick become the storage thread's, and would hold all up.
      assertEquals(OK, writer.call("CONFIG", "SET", "appendfsync", "no"));
      for (int i = 0; i < 63; i++) {
        assertEquals(OK, writer.call("FLUSHDB"));
      }
      assertEquals(OK, writer.call("SET", "key", "value"));
      assertEquals(OK, writer.call("CONFIG", "SET", "appendfsync", "always"));
      server.engine().holdSyncs();
      writer.send("FLUSHDB");
      String wanted = "cmdstat_flushdb:calls=64,";
      while (!((Reply.BulkString) reader.call("INFO", "commandstats")).text().contains(wanted)) {
        Thread.onSpinWait();
      }
      Reply value = new Reply.BulkString("value");
      assertEquals(value, reader.call("GET", "key"));
      server.engine().failSyncs(new StorageException.Io("syncing", new IOException("broken")));
      server.engine().letSyncsGo();
      assertInstanceOf(Reply.SimpleError.class, writer.read());
      assertEquals(value, reader.call("GET", "key"));
      assertEquals(value, writer.call("GET", "key"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "2"})
  void changesOfOneGroupBuildOnEachOtherAndACrashKeepsAPrefix(String ioThreads) throws Exception {
    Random random = new Random(Seed.of("changesOfOneGroupBuildOnEachOther " + ioThreads));
    List<List<Integer>> states = new ArrayList<>();
    states.add(Collections.nCopies(DATABASES, 0));
    Path copy = directory.resolve("copy");
    try (ServerFixture server =
            new ServerFixture(directory.resolve("data"), "--io-threads", ioThreads);
        TestClient client = server.connect();
        TestClient other = server.connect()) {
      int sent = 0;
      for (int round = 0; round < 20; round++) {
        ByteArrayOutputStream pipeline = new ByteArrayOutputStream();
        int first = states.size();
        for (int i = 0; i < 20; i++) {
          pipeline.writeBytes(TestClient.request(step(random, states)));
        }
        server.engine().holdSyncs();
        client.sendBytes(pipeline.toByteArray());
        sent += states.size() - first;
        // Before syncs are known to be quick, and become the storage thread's.
        if (round == 2) {
          while (other.info("total_commands_processed") < sent) {
            Thread.onSpinWait();
          }
          copy(directory.resolve("data"), copy);
        }
        server.engine().letSyncsGo();
        for (int i = first; i < states.size(); i++) {
          Reply reply = client.read();
          assertTrue(!(reply instanceof Reply.SimpleError), reply.toString());
        }
        assertEquals(states.getLast(), sizes(client));
        sent += 2 * DATABASES;
      }
    }
    try (ServerFixture server = new ServerFixture(copy);
        TestClient client = server.connect()) {
      List<Integer> found = sizes(client);
      assertTrue(states.subList(40, 61).contains(found), found + " is no prefix of " + states);
    }
    try (ServerFixture server = new ServerFixture(directory.resolve("data"));
        TestClient client = server.connect()) {
      assertEquals(states.getLast(), sizes(client));
    }
  }

  /** A command, and how many keys each database has after it; each adds one or empties. */
  private static String[] step(Random random, List<List<Integer>> states) {
    List<Integer> sizes = new ArrayList<>(states.getLast());
    int choice = random.nextInt(4);
    int other = 1 + random.nextInt(DATABASES - 1);
    String[] command =
        switch (choice) {
          case 0 -> {
            sizes.set(0, 0);
            yield new String[] {"FLUSHDB"};
          }
          case 1 -> {
            Collections.swap(sizes, 0, other);
            yield new String[] {"SWAPDB", "0", "" + other};
          }
          default -> {
            sizes.set(0, sizes.get(0) + 1);
            yield new String[] {"SET", "key" + states.size(), "value"};
          }
        };
    states.add(sizes);
    return command;
  }

  private static List<Integer> sizes(TestClient client) throws IOException {
    List<Integer> sizes = new ArrayList<>();
    for (int index = DATABASES - 1; index >= 0; index--) {
      assertEquals(OK, client.call("SELECT", "" + index));
      Reply.Array keys = (Reply.Array) client.call("KEYS", "*");
      sizes.addFirst(keys.values().size());
    }
    return sizes;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  @Test
  void fewerDatabasesThanAreInUseAreRefused() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      client.call("SELECT", "9");
      client.call("SET", "a", "1");
      client.call("SET", "b", "2");
    }
    assertRefused("4", "database 9 holds keys");
    try (ServerFixture server = new ServerFixture(directory, "--databases", "10");
        TestClient client = server.connect()) {
      client.call("SWAPDB", "9", "5");
    }
    assertRefused("4", "database 5 holds keys");
    assertRefused("5", "database 5 holds keys");
    try (ServerFixture server = new ServerFixture(directory, "--databases", "6");
        TestClient client = server.connect()) {
      client.call("FLUSHALL");
      client.call("SET", "c", "3");
    }
    new ServerFixture(directory, "--databases", "4").close();
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      for (int index = 0; index < 16; index++) {
        client.call("SELECT", "" + index);
        assertEquals(new Reply.IntegerValue(index == 0 ? 1 : 0), client.call("DBSIZE"));
      }
    }
  }

  private void assertRefused(String databases, String reason) {
    StartException refused =
        assertThrows(
            StartException.class, () -> new ServerFixture(directory, "--databases", databases));
    assertEquals(ExitCode.CONFIGURATION, refused.exitCode());
    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
  }
}

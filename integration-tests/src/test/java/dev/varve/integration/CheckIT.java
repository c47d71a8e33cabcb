package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged {@code varve check} and {@code varve repair}, and a server over a damaged directory.
 */
final class CheckIT {
  private static final int KEYS = 500;

  @TempDir Path folder;

  private static Tools.Result varve(String... arguments) {
    List<String> command =
        new ArrayList<>(List.of(ServerProcess.HOME.resolve("bin/varve").toString()));
    command.addAll(List.of(arguments));
    return Tools.run(command);
  }

  private static ServerProcess start(Path data) {
    return ServerProcess.in(data).with("--memtable-entries", "100").start();
  }

  private Path filled() throws IOException {
    Path data = folder.resolve("data");
    try (ServerProcess server = start(data);
        RawClient client = server.connect()) {
      for (int i = 0; i < KEYS; i++) {
        client.call("SET", "key" + i, "value" + i);
      }
      server.terminate();
    }
    // What the log still has comes back when a table is lost. It is given up once all is in tables.
    Path log = file(data, ".log");
    try (ServerProcess server = start(data);
        RawClient client = server.connect()) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (Files.exists(log)) {
        assertTrue(System.nanoTime() < end, log + " is still there");
        client.call("SET", "key0", "value0");
      }
      server.terminate();
    }
    return data;
  }

  private static Path file(Path data, String suffix) throws IOException {
    try (Stream<Path> files = Files.list(data)) {
      return files
          .filter(each -> each.toString().endsWith(suffix))
          .sorted()
          .findFirst()
          .orElseThrow();
    }
  }

  private static void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= 1;
    Files.write(file, bytes);
  }

  @Test
  void aSoundDatabase() throws IOException {
    Path data = filled();
    Tools.Result text = varve("check", data.toString());
    assertEquals(0, text.code(), text.output());
    assertTrue(text.output().contains("Everything is as it was written"), text.output());
    Tools.Result json = varve("check", "--json", data.toString());
    assertEquals(0, json.code(), json.output());
    assertTrue(json.output().contains("\"damages\":[],\"sound\":true"), json.output());
    assertEquals(0, varve("repair", data.toString()).code());
  }

  @Test
  void whatCannotBeChecked() throws IOException {
    assertEquals(2, varve("check", folder.resolve("none").toString()).code());
    assertEquals(
        2, varve("check", Files.createDirectory(folder.resolve("empty")).toString()).code());
    assertEquals(2, varve("check").code());
    Path data = folder.resolve("data");
    try (ServerProcess server = ServerProcess.in(data).start()) {
      for (String command : List.of("check", "repair")) {
        Tools.Result held = varve(command, data.toString());
        assertEquals(2, held.code(), held.output());
        assertTrue(held.output().contains("in use by another process"), held.output());
      }
      server.terminate();
    }
  }

  @Test
  void aDamagedTableIsFoundRefusedAndGivenUp() throws IOException {
    Path data = filled();
    Path table = file(data, ".sst");
    byte[] before = Files.readAllBytes(table);
    flip(table, before.length - 100);
    ServerProcess.Exit refused = ServerProcess.in(data).run();
    assertEquals(7, refused.code(), refused.output());
    assertTrue(refused.output().contains("varve repair " + data), refused.output());
    Tools.Result check = varve("check", data.toString());
    assertEquals(1, check.code(), check.output());
    assertTrue(check.output().contains("damaged: " + table + " at offset "), check.output());
    Tools.Result json = varve("check", "--json", data.toString());
    assertTrue(
        json.output().contains("\"damages\":[{\"file\":\"" + table + "\",\"offset\":"),
        json.output());

    assertEquals(1, varve("repair", data.toString()).code(), "repaired without an answer");
    Tools.Result repair = varve("repair", "--yes", data.toString());
    assertEquals(0, repair.code(), repair.output());
    assertTrue(repair.output().contains("lost: " + table), repair.output());
    assertEquals(before.length, Files.size(data.resolve("lost").resolve(table.getFileName())));
    assertEquals(0, varve("check", data.toString()).code());
    try (ServerProcess server = start(data);
        RawClient client = server.connect()) {
      long there = 0;
      for (int i = 0; i < KEYS; i++) {
        Object value = client.call("GET", "key" + i);
        if (value != null) {
          there++;
          assertArrayEquals(("value" + i).getBytes(StandardCharsets.UTF_8), (byte[]) value);
        }
      }
      assertTrue(there > 0 && there < KEYS, "there are " + there);
      assertEquals(there, Keys.count(client));
    }
  }

  @Test
  void logSegmentsUnderEachOthersNamesLoseNothing() throws IOException {
    Path data = folder.resolve("data");
    for (int run = 0; run < 4; run++) {
      try (ServerProcess server = ServerProcess.in(data).start();
          RawClient client = server.connect()) {
        for (int i = 0; i < 100; i++) {
          client.call("SET", "key" + i, run + "value" + i);
        }
        server.terminate();
      }
    }
    List<Path> logs;
    try (Stream<Path> files = Files.list(data)) {
      logs = files.filter(each -> each.toString().endsWith(".log")).sorted().toList();
    }
    assertTrue(logs.size() >= 3, logs::toString);
    Path aside = folder.resolve("aside");
    Files.move(logs.getFirst(), aside);
    Files.move(logs.getLast(), logs.getFirst());
    Files.move(aside, logs.getLast());
    assertEquals(7, ServerProcess.in(data).run().code());
    Tools.Result repair = varve("repair", "--yes", data.toString());
    assertEquals(0, repair.code(), repair.output());
    assertFalse(repair.output().contains("lost: operations"), repair.output());
    assertTrue(repair.output().contains("The database can be opened."), repair.output());
    try (ServerProcess server = ServerProcess.in(data).start();
        RawClient client = server.connect()) {
      for (int i = 0; i < 100; i++) {
        assertArrayEquals(
            ("3value" + i).getBytes(StandardCharsets.UTF_8),
            (byte[]) client.call("GET", "key" + i));
      }
      assertEquals(100, Keys.count(client));
    }
  }

  @Test
  void aDeletedLockLetsNobodyElseIn() throws IOException {
    Path data = folder.resolve("data");
    try (ServerProcess server = ServerProcess.in(data).start();
        RawClient client = server.connect()) {
      client.call("SET", "key", "value");
      Files.delete(data.resolve("LOCK"));
      assertEquals(4, ServerProcess.in(data).run().code());
      assertEquals(2, varve("check", data.toString()).code());
      assertEquals(4, varve("clear", "--yes", data.toString()).code());
      assertEquals("OK", client.call("SET", "key", "value"));
      server.terminate();
    }
  }

  @Test
  void aDirectoryThatIsTakenAwayIsTheEndOfWrites() throws IOException {
    Path data = folder.resolve("data");
    try (ServerProcess server = ServerProcess.in(data).start();
        RawClient client = server.connect()) {
      client.call("SET", "key", "value");
      Files.move(data, folder.resolve("elsewhere"));
      Object reply = "OK";
      while (reply.equals("OK")) {
        reply = client.call("SET", "key", "value");
      }
      assertInstanceOf(RawClient.ErrorReply.class, reply);
      Object refused = client.call("SET", "key", "value");
      assertTrue(refused.toString().contains("MISCONF"), refused::toString);
      assertArrayEquals(
          "value".getBytes(StandardCharsets.UTF_8), (byte[]) client.call("GET", "key"));
    }
  }
}

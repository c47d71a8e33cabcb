package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code varve backup}, {@code backups} and {@code restore}, with a server that goes on. */
@Timeout(300)
final class BackupIT {
  private static final String VARVE = ServerProcess.HOME.resolve("bin/varve").toString();
  private static final int KEYS = 400;

  /** Clocks are less apart. */
  private static final long APART_MILLIS = 20;

  @TempDir Path folder;

  private Path data() {
    return folder.resolve("data");
  }

  private Path target() {
    return folder.resolve("target");
  }

  private ServerProcess start() {
    return ServerProcess.in(data())
        .with("--memtable-entries", "300")
        .with("--kept-log-size", "1gb")
        .start();
  }

  private static String url(ServerProcess server) {
    return "redis://127.0.0.1:" + server.port();
  }

  private static List<String> command(String... words) {
    List<String> command = new ArrayList<>(List.of(VARVE));
    command.addAll(List.of(words));
    return command;
  }

  private static Tools.Result varve(String... words) {
    return Tools.run(command(words));
  }

  private Tools.Result backUp(ServerProcess server, String... more) {
    List<String> command = command("backup", target().toString(), "--from", url(server));
    command.addAll(List.of(more));
    return Tools.run(command);
  }

  private static String text(Object bulk) {
    return bulk == null ? null : new String((byte[]) bulk, StandardCharsets.ISO_8859_1);
  }

  private static List<String> values(RawClient client) throws IOException {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      values.add(text(client.call("GET", "key" + i)));
    }
    return values;
  }

  private static List<String> write(RawClient client, SplittableRandom random) throws IOException {
    for (int i = 0; i < KEYS; i++) {
      String key = "key" + random.nextInt(KEYS);
      if (random.nextInt(8) == 0) {
        client.call("DEL", key);
      } else {
        client.call("SET", key, random.nextLong() + "-".repeat(random.nextInt(300)));
      }
    }
    return values(client);
  }

  private void assertRestored(List<String> expected, String... how) throws IOException {
    Path to = Files.createTempDirectory(folder, "restored");
    List<String> command = command("restore", target().toString(), to.toString());
    command.addAll(List.of(how));
    Tools.run(command).succeeded();
    try (ServerProcess server = ServerProcess.in(to).start();
        RawClient client = server.connect()) {
      assertEquals(expected, values(client));
      server.terminate();
    }
  }

  @Test
  void whatIsKilledIsGoneOnWith() throws Exception {
    SplittableRandom random = Seed.random("BackupIT.killed");
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      List<String> first = write(client, random);
      backUp(server).succeeded();
      List<String> now = first;
      for (int i = 0; i < 6; i++) {
        now = write(client, random);
        Process process =
            new ProcessBuilder(
                    command("backup", target().toString(), "--from", url(server), "--rate", "2mb"))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        if (!process.waitFor(random.nextInt(1500), TimeUnit.MILLISECONDS)) {
          process.destroyForcibly().waitFor();
        }
        varve("backups", target().toString(), "--check").succeeded();
      }
      backUp(server).succeeded();
      assertRestored(now);
      String id = varve("backups", target().toString()).succeeded().split(":", 2)[0];
      assertRestored(first, "--backup", id);
      server.terminate();
    }
  }

  @Test
  void theServerIsWrittenToMeanwhile() throws Exception {
    SplittableRandom random = Seed.random("BackupIT.load");
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      write(client, random);
      AtomicBoolean ended = new AtomicBoolean();
      Thread writer =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try (RawClient other = server.connect()) {
                      for (int i = 0; !ended.get(); i++) {
                        other.call("MULTI");
                        other.call("SET", "one", "" + i);
                        other.call("RPUSH", "two", "" + i);
                        other.call("EXEC");
                      }
                    } catch (IOException e) {
                      throw new AssertionError(e);
                    }
                  });
      for (int i = 0; i < 3; i++) {
        backUp(server, "--logs").succeeded();
      }
      ended.set(true);
      writer.join();
      String end = text(client.call("GET", "one"));
      backUp(server, "--logs-only").succeeded();
      server.terminate();
      for (String how : List.of("", "--to-end")) {
        Path to = folder.resolve("restored" + how);
        List<String> command = command("restore", target().toString(), to.toString());
        if (!how.isEmpty()) {
          command.add(how);
        }
        Tools.run(command).succeeded();
        try (ServerProcess restored = ServerProcess.in(to).start();
            RawClient there = restored.connect()) {
          String one = text(there.call("GET", "one"));
          assertEquals(one, text(there.call("LINDEX", "two", "-1")));
          assertEquals(Long.parseLong(one) + 1, there.call("LLEN", "two"));
          if (!how.isEmpty()) {
            assertEquals(end, one);
          }
          restored.terminate();
        }
      }
    }
  }

  @Test
  void asItWasAtSomeTime() throws Exception {
    SplittableRandom random = Seed.random("BackupIT.time");
    List<Instant> times = new ArrayList<>();
    List<List<String>> states = new ArrayList<>();
    for (int run = 0; run < 2; run++) {
      try (ServerProcess server = start();
          RawClient client = server.connect()) {
        for (int i = 0; i < 3; i++) {
          if (run == 0 && i == 0) {
            // A backup of nothing would be as old as can be.
            write(client, random);
            backUp(server, "--logs").succeeded();
          }
          states.add(write(client, random));
          times.add(awaitLaterTime(client));
          awaitLaterTime(client);
        }
        backUp(server, "--logs-only").succeeded();
        server.terminate();
      }
    }
    for (int i = 0; i < times.size(); i++) {
      assertRestored(states.get(i), "--to-time", times.get(i).toString());
    }
    Tools.Result before =
        varve(
            "restore",
            target().toString(),
            folder.resolve("none").toString(),
            "--to-time",
            "2020-01-01T00:00:00Z");
    assertEquals(1, before.code());
    assertTrue(before.output().contains("no backup is as old as that"), before.output());
  }

  /**
   * What is written after it has a later time than what was written before: batches have the time
   * that has elapsed since the server started, which may be some milliseconds apart from the time
   * of the wall.
   *
   * @return the server's time then
   */
  private static Instant awaitLaterTime(RawClient client) throws IOException {
    Instant before = time(client);
    Instant now = before;
    while (now.isBefore(before.plusMillis(APART_MILLIS))) {
      now = time(client);
    }
    return now;
  }

  private static Instant time(RawClient client) throws IOException {
    List<?> time = (List<?>) client.call("TIME");
    long micros = Long.parseLong(text(time.get(1)));
    return Instant.ofEpochSecond(Long.parseLong(text(time.get(0))))
        .plusMillis(TimeUnit.MICROSECONDS.toMillis(micros));
  }

  @Test
  void aDirectoryAsItWas() throws Exception {
    List<String> state;
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      state = write(client, Seed.random("BackupIT.directory"));
      Tools.Result held = varve("backup", target().toString(), "--dir", data().toString());
      assertEquals(4, held.code(), held.output());
      server.kill();
    }
    String made =
        varve("backup", target().toString(), "--dir", data().toString(), "--logs", "--keep", "1")
            .succeeded();
    assertTrue(made.contains("backup 2"), made);
    assertRestored(state);
    assertRestored(state, "--to-end");
    Tools.Result full = varve("restore", target().toString(), data().toString());
    assertEquals(1, full.code());
    assertTrue(full.output().contains("is not empty"), full.output());
  }

  @Test
  void damageIsFoundByName() throws Exception {
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      write(client, Seed.random("BackupIT.damage"));
      backUp(server).succeeded();
      server.terminate();
    }
    Path file;
    try (Stream<Path> files = Files.list(target().resolve("files"))) {
      file = files.filter(each -> each.toString().contains(".sst-")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    Tools.Result check = varve("backups", target().toString(), "--check");
    assertEquals(7, check.code(), check.output());
    assertTrue(check.output().contains("damaged: " + file), check.output());
    Path to = folder.resolve("restored");
    Tools.Result restore = varve("restore", target().toString(), to.toString());
    assertEquals(7, restore.code(), restore.output());
    assertTrue(restore.output().contains(file.toString()), restore.output());
    assertEquals(7, ServerProcess.in(to).run().code());
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    varve("restore", target().toString(), to.toString()).succeeded();
    varve("check", to.toString()).succeeded();
  }

  @Test
  void whatCannotBeWrittenToIsToldInOneLine() throws Exception {
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      client.call("SET", "key", "value".repeat(20_000));
      Path file = Files.createFile(folder.resolve("file"));
      Tools.Result noFolder =
          varve("backup", file.resolve("target").toString(), "--from", url(server));
      assertEquals(5, noFolder.code(), noFolder.output());
      assertOneLine(noFolder);
      Tools.Result other = varve("backup", data().toString(), "--from", url(server));
      assertEquals(1, other.code(), other.output());
      assertOneLine(other);
      Tools.Result noServer = varve("backup", target().toString(), "--from", "redis://127.0.0.1:1");
      assertEquals(1, noServer.code(), noServer.output());
      assertOneLine(noServer);
      // A folder that is full, or so it seems to who may not write files of any size.
      Tools.Result full =
          Tools.run(
              List.of(
                  "sh",
                  "-c",
                  "trap '' XFSZ; ulimit -f 1; exec \"$@\"",
                  "sh",
                  VARVE,
                  "backup",
                  target().toString(),
                  "--from",
                  url(server)));
      assertFalse(full.code() == 0, full.output());
      assertOneLine(full);
      assertTrue(client.call("GET", "key") != null);
      backUp(server).succeeded();
      server.terminate();
    }
  }

  private static void assertOneLine(Tools.Result result) {
    assertTrue(result.output().startsWith("varve backup: "), result.output());
    assertEquals(1, result.output().strip().lines().count(), result.output());
  }
}

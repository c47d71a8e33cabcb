package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What those who run the server do to it, and expect of it. */
final class OperatorsIT {

  @TempDir Path folder;

  private static String text(Object bulk) {
    return new String((byte[]) bulk, StandardCharsets.UTF_8);
  }

  private static void awaitThat(String what, Condition condition) throws IOException {
    for (int questions = 0; questions < 1_200; questions++) {
      if (condition.holds()) {
        return;
      }
      Tools.run(List.of("sleep", "0.05"));
    }
    throw new AssertionError("not in a minute: " + what);
  }

  /** Something that comes about in a while. */
  private interface Condition {
    boolean holds() throws IOException;
  }

  /**
   * After a rename, as by logrotate, the log went on in the renamed file; SIGHUP ended the server.
   */
  @Test
  void logFileIsMadeAnewAfterARename() throws IOException {
    Path log = folder.resolve("log");
    try (ServerProcess server =
            ServerProcess.in(folder.resolve("data")).with("--logfile", log.toString()).start();
        RawClient client = server.connect()) {
      assertEquals("OK", client.call("SAVE"));
      assertTrue(Files.readString(log).contains("Checkpoint"), Files.readString(log));
      Files.move(log, folder.resolve("log.1"));
      Tools.run(List.of("kill", "-HUP", Long.toString(server.pid()))).succeeded();
      awaitThat("a new log file", () -> Files.exists(log));
      assertEquals("OK", client.call("SAVE"));
      assertTrue(Files.readString(log).contains("Checkpoint"), Files.readString(log));
      // As by "copytruncate".
      Files.writeString(log, "");
      assertEquals("OK", client.call("SAVE"));
      assertTrue(!Files.readString(log).contains("\0"), "a hole");
      assertEquals("PONG", client.call("PING"));
      assertEquals(0, server.terminate().code());
    }
  }

  @Test
  void logFileThatCannotBeOpenedIsFatal() {
    ServerProcess.Exit exit =
        ServerProcess.in(folder.resolve("data"))
            .with("--logfile", folder.resolve("missing/log").toString())
            .run();
    assertEquals(9, exit.code(), exit.output());
    assertEquals(1, exit.output().lines().count(), exit.output());
    assertTrue(exit.output().contains("log file can't be opened"), exit.output());
  }

  /** In the locale "C" the folder of an umlaut was another, empty one. */
  @ParameterizedTest
  @ValueSource(strings = {"C", "POSIX", "C.UTF-8", "de_DE.ISO-8859-1"})
  void namesAreUtf8InEveryLocale(String locale) throws IOException {
    // Through the shell, so that the bytes don't depend on this JVM's own locale.
    Path file = folder.resolve("my.conf");
    Path data = folder.resolve("given");
    Files.writeString(file, "dir \"" + folder + "/d\u00e4ta\"\nrequirepass p\u00e4ss\n");
    Path script = folder.resolve("start");
    Files.writeString(
        script, "#!/bin/sh\nunset LC_CTYPE LANG\nexec \"$1\" \"" + file + "\" --port \"$3\"\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    try (ServerProcess server =
            ServerProcess.in(data)
                .through(script.toString())
                .environment("LC_ALL", locale)
                .start();
        RawClient client = server.connect()) {
      assertEquals("OK", client.call("AUTH", "p\u00c3\u00a4ss"));
      assertEquals(
          folder + "/d\u00e4ta", text(((List<?>) client.call("CONFIG", "GET", "dir")).get(1)));
      assertArrayEquals(
          "p\u00e4ss".getBytes(StandardCharsets.UTF_8),
          (byte[]) ((List<?>) client.call("CONFIG", "GET", "requirepass")).get(1));
      Tools.Result listed =
          Tools.run(List.of("sh", "-c", "ls -d " + folder + "/d$(printf '\\303\\244')ta/LOCK"));
      assertEquals(0, listed.code(), listed.output());
      server.terminate();
    }
    Files.writeString(
        script,
        "#!/bin/sh\nunset LC_CTYPE LANG\n"
            + "exec \"$1\" --dir \""
            + folder
            + "/d$(printf '\\303\\244')ta\" --port \"$3\""
            + " --requirepass \"$(printf '\\344')\"\n");
    try (ServerProcess server =
            ServerProcess.in(data)
                .through(script.toString())
                .environment("LC_ALL", locale)
                .start();
        RawClient client = server.connect()) {
      assertEquals("OK", client.call("AUTH", "\u00e4"), "one byte, and no character");
      assertTrue(server.log().contains("d\u00e4ta"), server.log());
      server.terminate();
    }
    assertTrue(Files.notExists(data));
    Files.writeString(
        script, "#!/bin/sh\nexec \"$1\" --dir \"" + folder + "/d$(printf '\\344')\"\n");
    ServerProcess.Exit refused = ServerProcess.in(data).through(script.toString()).run();
    assertEquals(2, refused.code(), refused.output());
    assertTrue(refused.output().contains("a path must be UTF-8"), refused.output());
  }

  /** CONFIG GET said 10000 whatever the limit of open files was. */
  @Test
  void maxclientsIsWhatFewFilesAllow() throws IOException {
    try (ServerProcess server =
            ServerProcess.in(folder.resolve("data"))
                .through("sh", "-c", "ulimit -n 256; exec \"$@\"", "sh")
                .start();
        RawClient client = server.connect()) {
      String told = text(((List<?>) client.call("CONFIG", "GET", "maxclients")).get(1));
      assertTrue(Integer.parseInt(told) < 256, told);
      String info = text(client.call("INFO", "clients"));
      assertTrue(info.contains("maxclients:" + told + "\r\n"), info);
      assertEquals(
          new RawClient.ErrorReply(
              "ERR CONFIG SET failed (possibly related to argument 'maxclients') - The operating"
                  + " system is not able to handle the specified number of clients, try with "
                  + told),
          client.call("CONFIG", "SET", "maxclients", "5000"));
      // Up to the last file that may be open, and INFO has an answer.
      List<RawClient> others = new ArrayList<>();
      try {
        for (int i = 0; i < Integer.parseInt(told) - 1; i++) {
          others.add(server.connect());
        }
        assertTrue(text(client.call("INFO", "everything")).contains("used_memory_rss:"));
      } finally {
        others.forEach(RawClient::close);
      }
    }
  }

  /** A second server took the socket of one that was running. */
  @Test
  void unixSocketOfAnotherServerIsLeftToIt() throws IOException {
    Path home = Files.createTempDirectory("varve");
    Path socket = home.resolve("s");
    try {
      try (ServerProcess first =
          ServerProcess.in(folder.resolve("one")).with("--unixsocket", "" + socket).start()) {
        ServerProcess.Exit second =
            ServerProcess.in(folder.resolve("two")).with("--unixsocket", "" + socket).run();
        assertEquals(3, second.code(), second.output());
        assertTrue(second.output().contains("another server listens there"), second.output());
        first.kill();
      }
      assertTrue(Files.exists(socket), "left by the killed one");
      try (ServerProcess third =
          ServerProcess.in(folder.resolve("one"))
              .with("--unixsocket", "" + socket, "--unixsocketperm", "600")
              .start()) {
        assertEquals(
            "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
        assertEquals(0, third.terminate().code());
      }
      try (Stream<Path> left = Files.list(home)) {
        assertEquals(List.of(), left.toList());
      }
      // As of mktemp; Redis's own clients' tests do so.
      Files.createFile(socket);
      try (ServerProcess empty =
          ServerProcess.in(folder.resolve("one")).with("--unixsocket", "" + socket).start()) {
        assertEquals(0, empty.terminate().code());
      }
      Files.writeString(socket, "precious");
      ServerProcess.Exit fourth =
          ServerProcess.in(folder.resolve("one")).with("--unixsocket", "" + socket).run();
      assertEquals(3, fourth.code(), fourth.output());
      assertEquals("precious", Files.readString(socket));
    } finally {
      Files.deleteIfExists(socket);
      Files.delete(home);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--bind", "--dir"})
  void emptyAddressesAndFoldersAreRefused(String directive) {
    ServerProcess.Exit exit = ServerProcess.in(folder.resolve("data")).with(directive, "").run();
    assertEquals(directive.equals("--bind") ? 3 : 2, exit.code(), exit.output());
  }

  /** A jar of the same size and time was taken for the one that the archive was made from. */
  @Test
  void replacedJarIsUsedInPlaceOfTheArchive() throws IOException {
    Path home = folder.resolve("varve");
    Tools.run(List.of("cp", "-a", ServerProcess.HOME.toString(), home.toString())).succeeded();
    Path jar = home.resolve("lib/varve-server.jar");
    FileTime time = Files.getLastModifiedTime(jar);
    byte[] bytes = Files.readAllBytes(jar);
    bytes[bytes.length - 1]++;
    Path other = home.resolve("other.jar");
    Files.write(other, bytes);
    Files.move(other, jar, StandardCopyOption.REPLACE_EXISTING);
    Files.setLastModifiedTime(jar, time);
    String traced = "set -x\n";
    Path launcher = home.resolve("bin/varve-server");
    String script = Files.readString(launcher);
    Files.writeString(launcher, script.replaceFirst("\n", "\n" + traced));
    ServerProcess.Exit exit =
        ServerProcess.in(folder.resolve("data"))
            .launcher(launcher)
            .with("--logfile", folder.resolve("missing/log").toString())
            .run();
    assertTrue(!exit.output().contains("-XX:AOTCache="), exit.output());
    Files.copy(
        ServerProcess.HOME.resolve("lib/varve-server.jar"),
        jar,
        StandardCopyOption.REPLACE_EXISTING);
    Files.setLastModifiedTime(jar, time);
    ServerProcess.Exit same =
        ServerProcess.in(folder.resolve("data"))
            .launcher(launcher)
            .with("--logfile", folder.resolve("missing/log").toString())
            .run();
    assertTrue(same.output().contains("-XX:AOTCache="), same.output());
  }

  /** Each figure of INFO that is read from the system closed the connection. */
  @Test
  void infoAnswersWhenNoFileCanBeOpened() throws IOException {
    Tools.require("prlimit");
    try (ServerProcess server = ServerProcess.in(folder.resolve("data")).start();
        RawClient client = server.connect()) {
      assertEquals("PONG", client.call("PING"));
      Tools.run(List.of("prlimit", "--pid", Long.toString(server.pid()), "--nofile=1:"))
          .succeeded();
      String info = text(client.call("INFO", "everything"));
      assertTrue(!info.contains("used_memory_rss:0\r\n"), info);
      assertTrue(!info.contains("total_system_memory:0\r\n"), info);
      assertEquals("PONG", client.call("PING"));
      try (RawClient waits = server.connect()) {
        awaitThat(
            "a line of the log", () -> server.log().contains("No connection can be accepted"));
        assertEquals("PONG", client.call("PING"));
        Tools.run(List.of("prlimit", "--pid", Long.toString(server.pid()), "--nofile=1024:"))
            .succeeded();
        assertEquals("PONG", waits.call("PING"));
      }
    }
  }

  /** Only the next write told that the data had been removed, and the log nothing at all. */
  @Test
  void aDirectoryThatIsRemovedIsToldThoughNobodyWrites() throws IOException {
    Path data = folder.resolve("data");
    try (ServerProcess server = ServerProcess.in(data).start();
        RawClient client = server.connect()) {
      assertEquals("OK", client.call("SET", "key", "value"));
      assertTrue(text(client.call("INFO", "persistence")).contains("aof_last_write_status:ok"));
      Tools.run(List.of("rm", "-r", data.toString())).succeeded();
      awaitThat("a line of the log", () -> server.log().contains("No more writes are taken"));
      String info = text(client.call("INFO", "everything"));
      assertTrue(info.contains("aof_last_write_status:err"), info);
      assertTrue(!info.contains("storage_poisoned:\r\n"), info);
      assertTrue(client.call("SET", "key", "other").toString().contains("MISCONF"));
      assertEquals("value", text(client.call("GET", "key")));
    }
  }

  /**
   * Told to stop when nothing can be closed in order any more, the server said that all was well.
   */
  @Test
  void stopThatCannotCloseTheDataIsAFailure() throws IOException {
    Path data = folder.resolve("data");
    try (ServerProcess server = ServerProcess.in(data).start();
        RawClient client = server.connect()) {
      assertEquals("OK", client.call("SET", "key", "value"));
      Tools.run(List.of("rm", "-r", data.toString())).succeeded();
      ServerProcess.Exit exit = server.terminate();
      assertEquals(1, exit.code(), exit.output());
      assertTrue(exit.output().contains("could not be closed in order"), exit.output());
    }
  }
}

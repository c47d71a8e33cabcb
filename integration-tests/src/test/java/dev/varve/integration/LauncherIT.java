package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The distribution as it is shipped: its layout, its launchers, its sample configuration, and a
 * clean stop.
 */
final class LauncherIT {

  @TempDir Path folder;

  @Test
  void holdsWhatItShould() {
    for (String file :
        List.of(
            "bin/varve-server",
            "bin/varve",
            "conf/varve.conf",
            "LICENSE",
            "README.md",
            "lib/varve-server.jar",
            "lib/liblz4-java.so",
            "lib/varve.aot",
            "runtime/bin/java")) {
      assertTrue(Files.isRegularFile(ServerProcess.HOME.resolve(file)), file);
    }
  }

  @Test
  void tellsItsVersionAndHelp() {
    String launcher = ServerProcess.HOME.resolve("bin/varve-server").toString();
    String version = Tools.run(List.of(launcher, "--version")).succeeded();
    assertTrue(version.matches("Varve \\d+\\.\\d+\\.\\d+\n"), version);
    String help = Tools.run(List.of(launcher, "--help")).succeeded();
    assertTrue(help.contains("appendfsync") && !help.contains("[aot]"), help);
  }

  @Test
  void isFoundThroughLinks() throws IOException {
    Path near =
        Files.createSymbolicLink(
            folder.resolve("near"), ServerProcess.HOME.resolve("bin/varve-server"));
    Path bin = Files.createDirectories(folder.resolve("usr/a folder with blanks"));
    Path far = Files.createSymbolicLink(bin.resolve("far"), Path.of("../../near"));
    assertTrue(Files.exists(near));
    try (ServerProcess server = ServerProcess.in(folder.resolve("data")).launcher(far).start();
        RawClient client = server.connect()) {
      assertEquals("PONG", client.call("PING"));
    }
  }

  @Test
  void becomesTheServer() throws IOException {
    try (ServerProcess server = ServerProcess.in(folder.resolve("data")).start();
        RawClient client = server.connect()) {
      String info = new String((byte[]) client.call("INFO", "server"), StandardCharsets.UTF_8);
      assertTrue(info.contains("process_id:" + server.pid() + "\r\n"), info);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lz4", "zstd"})
  void aKilledServerLeavesNothingBehindInTmp(String compression) throws IOException {
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    try (ServerProcess server =
            ServerProcess.in(folder.resolve("data"))
                .with("--memtable-entries", "100", "--compression", compression)
                .environment("VARVE_JAVA_OPTS", "-Djava.io.tmpdir=" + temporary)
                .start();
        RawClient client = server.connect()) {
      String info = "";
      for (int i = 0; !info.contains("\nflushes:"); i++) {
        assertEquals("OK", client.call("SET", "key:" + i % 1000, "value"));
        byte[] storage = (byte[]) client.call("INFO", "storage");
        info = new String(storage, StandardCharsets.UTF_8).replace("flushes:0\r", "");
      }
      server.kill();
    }
    try (Stream<Path> left = Files.list(temporary)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void printsOneReadyLineAndStopsOnSigterm() throws IOException {
    try (ServerProcess server = ServerProcess.in(folder.resolve("data")).start()) {
      try (RawClient client = server.connect()) {
        assertEquals("OK", client.call("SET", "kept", "value"));
        ServerProcess.Exit exit = server.terminate();
        assertEquals(0, exit.code(), exit.output());
        assertEquals(
            1,
            exit.output()
                .lines()
                .filter(line -> line.contains("ready to accept connections"))
                .count(),
            exit.output());
        assertEquals("", client.readToEnd());
      }
    }
    try (ServerProcess server = ServerProcess.in(folder.resolve("data")).start();
        RawClient client = server.connect()) {
      assertEquals(
          "value", new String((byte[]) client.call("GET", "kept"), StandardCharsets.US_ASCII));
    }
  }

  @Test
  void runsWithTheSampleConfiguration() throws IOException {
    Path sample = ServerProcess.HOME.resolve("conf/varve.conf");
    try (ServerProcess server =
            ServerProcess.in(folder.resolve("data")).with(sample.toString()).start();
        RawClient client = server.connect()) {
      assertEquals("PONG", client.call("PING"));
    }
  }

  @Test
  void takesSettingsFromAFileAndTheCommandLine() throws IOException {
    Path file = folder.resolve("my.conf");
    Files.writeString(
        file, "# mine\n\nappendfsync everysec\ndatabases 4\nrequirepass \"two words\"\n");
    try (ServerProcess server =
            ServerProcess.in(folder.resolve("data"))
                .with(file.toString(), "--databases", "3")
                .start();
        RawClient client = server.connect()) {
      assertEquals("OK", client.call("AUTH", "two words"));
      assertEquals("everysec", setting(client, "appendfsync"));
      assertEquals("3", setting(client, "databases"));
      assertEquals("OK", client.call("SELECT", "2"));
      assertEquals(
          new RawClient.ErrorReply("ERR DB index is out of range"), client.call("SELECT", "3"));
    }
  }

  @Test
  void isOneCommandWithSubcommands() throws IOException {
    String help = varve("help").succeeded();
    for (String subcommand : List.of("server", "bench", "clear")) {
      assertTrue(help.contains(subcommand), help);
    }
    assertTrue(varve("nonsense").code() != 0);
    try (ServerProcess server =
            ServerProcess.in(folder.resolve("data"))
                .through(ServerProcess.HOME.resolve("bin/varve").toString(), "server")
                .launcher(Path.of("--loglevel"))
                .with("notice")
                .start();
        RawClient client = server.connect()) {
      assertEquals("PONG", client.call("PING"));
    }
  }

  @Test
  void clearsADirectoryWhenTold() throws IOException {
    Path data = folder.resolve("data");
    try (ServerProcess server = ServerProcess.in(data).start();
        RawClient client = server.connect()) {
      assertEquals("OK", client.call("SET", "key", "value"));
      assertTrue(
          varve("clear", "--yes", data.toString()).code() != 0, "cleared what a server has open");
      server.terminate();
    }
    assertTrue(varve("clear", data.toString()).code() != 0, "cleared without an answer");
    assertTrue(holdsFiles(data));
    varve("clear", "--yes", data.toString()).succeeded();
    try (ServerProcess server = ServerProcess.in(data).start();
        RawClient client = server.connect()) {
      assertEquals(0L, client.call("DBSIZE"));
    }
  }

  private static boolean holdsFiles(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.findAny().isPresent();
    }
  }

  private static Tools.Result varve(String... arguments) {
    List<String> command =
        new ArrayList<>(List.of(ServerProcess.HOME.resolve("bin/varve").toString()));
    command.addAll(List.of(arguments));
    return Tools.run(command);
  }

  private static String setting(RawClient client, String name) throws IOException {
    List<?> reply = (List<?>) client.call("CONFIG", "GET", name);
    return new String((byte[]) reply.get(1), StandardCharsets.UTF_8);
  }
}

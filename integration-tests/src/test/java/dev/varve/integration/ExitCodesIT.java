package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server that can't start ends with a code of its own for each reason, and one line that says it.
 */
final class ExitCodesIT {

  @TempDir Path folder;

  @Test
  void configuration() throws IOException {
    Path file = folder.resolve("my.conf");
    Files.writeString(file, "# mine\nport 7000\nappendfsync sometimes\n");
    ServerProcess.Exit illValue =
        ServerProcess.in(folder.resolve("data")).with(file.toString()).run();
    assertExit(illValue, 2, file + ":3: appendfsync", "sometimes", "everysec, always, no");

    Files.writeString(file, "nosuchdirective yes\n");
    ServerProcess.Exit unknown =
        ServerProcess.in(folder.resolve("data")).with(file.toString()).run();
    assertExit(unknown, 2, file + ":1: ", "nosuchdirective");

    ServerProcess.Exit commandLine =
        ServerProcess.in(folder.resolve("data")).with("--databases", "none").run();
    assertExit(commandLine, 2, "command line: databases 'none'");

    ServerProcess.Exit noFile =
        ServerProcess.in(folder.resolve("data"))
            .with(folder.resolve("missing.conf").toString())
            .run();
    assertExit(noFile, 2, "missing.conf");
  }

  @Test
  void portTaken() {
    try (ServerProcess first = ServerProcess.in(folder.resolve("first")).start()) {
      ServerProcess.Exit second =
          ServerProcess.in(folder.resolve("second")).port(first.port()).run();
      assertExit(second, 3, Integer.toString(first.port()));
      assertTrue(first.isAlive());
    }
  }

  @Test
  void directoryLocked() {
    try (ServerProcess first = ServerProcess.in(folder.resolve("data")).start()) {
      assertExit(
          ServerProcess.in(folder.resolve("data")).run(), 4, folder.resolve("data").toString());
      assertTrue(first.isAlive());
    }
  }

  @Test
  void directoryNotWritable() throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    ServerProcess.Builder builder = ServerProcess.in(data);
    if (Files.getOwner(data).getName().equals("root")) {
      // Modes don't bind root: become somebody whom they bind.
      Tools.require("setpriv");
      List<String> nobody = List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
      builder.through(nobody.toArray(String[]::new));
    } else {
      Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("r-xr-xr-x"));
    }
    assertExit(builder.run(), 5, data.toString());
  }

  @Test
  void directoryThatCannotBeMade() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertExit(ServerProcess.in(file).run(), 5, file.toString());
    Path below = folder.resolve("elsewhere");
    assertExit(ServerProcess.in(below).with("--dir", file + "/data").run(), 5, file + "/data");
  }

  @Test
  void directoryOfANewerFormat() throws IOException {
    Path data = folder.resolve("data");
    try (ServerProcess server = ServerProcess.in(data).start()) {
      server.terminate();
    }
    Path identity = data.resolve("IDENTITY");
    String newer =
        Files.readString(identity)
            .replaceFirst(" crc32c .*\\s", "")
            .replace("layout 1", "layout 99");
    CRC32C checksum = new CRC32C();
    checksum.update(newer.getBytes(StandardCharsets.US_ASCII));
    Files.writeString(identity, String.format("%s crc32c %08x\n", newer, checksum.getValue()));
    assertExit(ServerProcess.in(data).run(), 6, "IDENTITY");
  }

  @Test
  void dataCorrupt() throws IOException {
    Path data = folder.resolve("data");
    try (ServerProcess server = ServerProcess.in(data).start()) {
      server.terminate();
    }
    Files.writeString(data.resolve("CURRENT"), "nonsense");
    assertExit(ServerProcess.in(data).run(), 7, "CURRENT");
  }

  private static void assertExit(ServerProcess.Exit exit, int code, String... parts) {
    assertEquals(code, exit.code(), exit.output());
    String last = exit.output().lines().reduce("", (a, b) -> b);
    for (String part : parts) {
      assertTrue(
          last.contains(part), () -> "'" + part + "' isn't in the last line of:\n" + exit.output());
    }
    assertTrue(!exit.output().contains("\tat "), exit.output());
  }
}

package dev.varve.server.bootstrap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFileTest {
  @TempDir Path folder;

  private static void write(LogFile log, String text) throws IOException {
    log.write(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void renamedFileGetsASuccessor() throws Exception {
    Path path = folder.resolve("log");
    try (LogFile log = new LogFile(path)) {
      write(log, "one\n");
      Files.move(path, folder.resolve("log.1"));
      log.follow();
      assertEquals("", Files.readString(path), "even if nothing is logged");
      write(log, "two\n");
      assertEquals("one\n", Files.readString(folder.resolve("log.1")));
      assertEquals("two\n", Files.readString(path));
      Files.delete(path);
      write(log, "three\n");
      assertEquals("three\n", Files.readString(path));
    }
  }

  @Test
  void truncatedFileBeginsWithoutAHole() throws Exception {
    Path path = folder.resolve("log");
    Files.writeString(path, "of an earlier run\n");
    try (LogFile log = new LogFile(path)) {
      write(log, "one\n");
      assertEquals("of an earlier run\none\n", Files.readString(path));
      Files.writeString(path, "");
      write(log, "two\n");
      assertEquals("two\n", Files.readString(path));
    }
  }

  @Test
  void whatCannotBeOpenedIsRefused() {
    assertThrows(IOException.class, () -> new LogFile(folder));
    assertThrows(IOException.class, () -> new LogFile(folder.resolve("missing/log")));
  }
}

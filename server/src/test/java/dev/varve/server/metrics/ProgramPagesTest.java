package dev.varve.server.metrics;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the program itself has resident. */
class ProgramPagesTest {
  @Test
  void pagesThatNobodyNeedsGo() throws IOException {
    long before = residentFilesKib();
    new ProgramPages(1).look();
    long after = residentFilesKib();
    assertTrue(after < before, () -> before + " KiB of files, and then " + after);
  }

  private static long residentFilesKib() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("RssFile:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("no RssFile in /proc/self/status");
  }
}

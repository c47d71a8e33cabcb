package dev.varve.server.writer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.StorageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CommandFailuresTest {
  /** The log of refused commands filled the disk, which was why they were refused. */
  @Test
  void aHundredThousandRefusedCommandsAreAFewLinesOfTheLog() {
    PrintStream before = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    StorageException failure = new StorageException.Io("writing", new IOException("broken"));
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try {
      for (int i = 0; i < 100_000; i++) {
        assertEquals("ERR storage error: writing: broken", CommandFailures.line(null, failure));
      }
    } finally {
      System.setErr(before);
    }
    long lines = log.toString(StandardCharsets.UTF_8).lines().count();
    assertTrue(lines > 0 && lines < 1_000, lines + " lines");
  }
}

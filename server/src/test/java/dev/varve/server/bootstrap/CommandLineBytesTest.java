package dev.varve.server.bootstrap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandLineBytesTest {
  @Test
  void argumentsAreTheBytesThatWereGiven() {
    byte[] line =
        "java\0Main\0--requirepass\0p\u00e4\u0001\0".getBytes(StandardCharsets.ISO_8859_1);
    // In a locale of ASCII the JVM has a question mark of its own for what it doesn't know.
    assertEquals(
        List.of("--requirepass", "p\u00e4\u0001"),
        CommandLineBytes.of(new String[] {"--requirepass", "p\ufffd\u0001"}, line));
  }

  @Test
  void withoutACommandLineTheyAreUtf8() {
    assertEquals(
        List.of("p\u00c3\u00a4"), CommandLineBytes.of(new String[] {"p\u00e4"}, new byte[0]));
  }
}

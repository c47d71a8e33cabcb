package dev.varve.server.bootstrap;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The arguments of this process as the bytes that they were given as. The JVM decodes them by the
 * locale, which loses what that has no character for; a password is bytes, whatever they mean.
 */
final class CommandLineBytes {
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

  private CommandLineBytes() {}

  /** Returns {@code arguments}, those of {@code main}, with a char for each byte. */
  static List<String> of(String[] arguments) {
    byte[] whole;
    try {
      whole = Files.readAllBytes(COMMAND_LINE);
    } catch (IOException e) {
      whole = new byte[0];
    }
    return of(arguments, whole);
  }

  /**
   * Takes the last of the words in {@code commandLine}, each ended by a zero byte. If they can't be
   * the arguments, these are encoded in UTF-8.
   */
  static List<String> of(String[] arguments, byte[] commandLine) {
    List<String> words = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i < commandLine.length; i++) {
      if (commandLine[i] == 0) {
        words.add(new String(commandLine, begin, i - begin, StandardCharsets.ISO_8859_1));
        begin = i + 1;
      }
    }
    int skipped = words.size() - arguments.length;
    List<String> result = new ArrayList<>();
    for (int i = 0; i < arguments.length; i++) {
      String encoded =
          new String(arguments[i].getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
      boolean plain = arguments[i].chars().allMatch(c -> c < 128);
      result.add(skipped < 0 || plain ? encoded : words.get(skipped + i));
    }
    return List.copyOf(result);
  }
}

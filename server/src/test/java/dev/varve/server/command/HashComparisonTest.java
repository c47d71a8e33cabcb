package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.testing.Replies;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * The same commands on hashes to Redis 7.0.15 and to ours, whatever the form is that hashes have
 * here: the same must come back, in any order where Redis promises none.
 */
final class HashComparisonTest extends CollectionComparison {
  @Override
  Supplier<String[]> commands(long seed) {
    return new RandomHashCommands(seed)::next;
  }

  /** All pages of HSCAN are compared, as one. */
  @Override
  String answer(Server server, String[] command) throws IOException {
    String answer = server.execute(command);
    return command[0].equals("HSCAN") && answer.startsWith("*2")
        ? array(allPages(server, command, answer))
        : answer;
  }

  @Override
  void assertSame(String[] command, String expected, String actual, String message) {
    String name = command[0].toUpperCase(Locale.ROOT);
    if (name.equals("EXEC")) {
      // Their own order of fields may be in it.
      assertEquals(sortedLines(expected), sortedLines(actual), message);
      return;
    }
    boolean list = actual.startsWith("*") || actual.startsWith("%");
    switch (list ? name : "") {
      case "HGETALL", "HSCAN" -> assertEquals(pairs(expected), pairs(actual), message);
      case "HKEYS", "HVALS" -> assertEquals(sorted(expected), sorted(actual), message);
      case "HRANDFIELD" -> {
        // Which ones is up to chance; a test of its own looks at that.
        assertEquals(header(expected), header(actual), message);
        assertEquals(Replies.strings(expected).size(), Replies.strings(actual).size(), message);
      }
      default -> {
        if (!name.equals("HRANDFIELD") || !actual.startsWith("$") || actual.startsWith("$-")) {
          assertEquals(printable(expected), printable(actual), message);
        } else {
          assertTrue(expected.startsWith("$"), message);
        }
      }
    }
  }

  private static List<String> pairs(String reply) {
    List<String> strings = Replies.strings(reply);
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i < strings.size(); i += 2) {
      pairs.add(strings.get(i) + " -> " + strings.get(i + 1));
    }
    Collections.sort(pairs);
    pairs.addFirst(header(reply));
    return pairs;
  }
}

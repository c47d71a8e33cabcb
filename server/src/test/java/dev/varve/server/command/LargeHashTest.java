package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Replies;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What goes through many fields doesn't do so where others wait, though all are in memory. */
class LargeHashTest {
  private static final int FIELDS = 5000;

  @ParameterizedTest
  @CsvSource({
    "HGETALL h, 10000",
    "HKEYS h, 5000",
    "HVALS h, 5000",
    "HRANDFIELD h 4500, 4500",
    "HRANDFIELD h -4500, 4500"
  })
  void isLeftToTheReadPool(String command, int strings) {
    CommandHarness server = new CommandHarness(new FakeEngine(1, 0), 1);
    Session session = server.connect();
    fill(server, session, "value");
    server.execute(session, "MULTI");
    server.execute(session, command.split(" "));
    assertEquals(strings, Replies.strings(server.execute(session, "EXEC")).size());
    assertEquals(1, server.lent());
  }

  private static void fill(CommandHarness server, Session session, String value) {
    String[] put = new String[2 + 2 * FIELDS];
    put[0] = "HSET";
    put[1] = "h";
    for (int i = 0; i < FIELDS; i++) {
      put[2 + 2 * i] = "field" + i;
      put[3 + 2 * i] = value + i;
    }
    assertEquals(":" + FIELDS + "\r\n", server.execute(session, put));
  }

  /** What a page has is on the heap until it is answered. */
  @ParameterizedTest
  @CsvSource({"5, 1024", "3000, 100"})
  void aPageOfAScanIsBoundedWhateverItsCount(int valueBytes, int mostFields) {
    CommandHarness server = new CommandHarness(new FakeEngine(1, 0), 1);
    Session session = server.connect();
    fill(server, session, "v".repeat(valueBytes));
    List<String> page =
        Replies.strings(server.execute(session, "HSCAN", "h", "0", "COUNT", "1000000000"));
    assertTrue(page.size() > 20, page.size() + " strings");
    assertTrue(page.size() <= 1 + 2 * (mostFields + 10), page.size() + " strings");
    assertNotEquals("0", page.getFirst());
  }

  /**
   * Long values aren't copied to the heap: a page is gone through again, a pick looked up again.
   */
  @ParameterizedTest
  @CsvSource({"HSCAN h 0", "HSCAN h 0 MATCH l*", "HRANDFIELD h -6 WITHVALUES"})
  void longValuesAreAnsweredWhole(String command) {
    CommandHarness server = new CommandHarness(new FakeEngine(1, 0), 1);
    Session session = server.connect();
    String value = "v".repeat(200_000);
    server.execute(session, "HSET", "h", "long", value, "longer", value + value);
    List<String> strings = Replies.strings(server.execute(session, command.split(" ")));
    List<String> pairs = strings.subList(strings.size() % 2, strings.size());
    assertTrue(pairs.size() >= 2, pairs.size() + " strings");
    for (int i = 0; i < pairs.size(); i += 2) {
      assertEquals(pairs.get(i).equals("long") ? value : value + value, pairs.get(i + 1));
    }
  }
}

package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import org.junit.jupiter.api.Test;

/** What streams take that is of no use any more. */
final class StreamSpaceTest {
  private final FakeEngine engine = new FakeEngine(1, 0);
  private final CommandHarness server = CommandHarness.withWallClock(engine, 1);
  private final Session session = server.connect();

  /** Ten thousand of them, each with a thousand entries that were trimmed, took 100 MB. */
  @Test
  void aSmallStreamLeavesLittleBehind() {
    int rounds = 1000;
    int held = 10;
    int most = 0;
    for (int i = 1; i <= rounds; i++) {
      server.execute(session, "XADD", "s", i + "-0", "field", "value");
      server.execute(session, "XTRIM", "s", "MAXLEN", Integer.toString(held));
      most = Math.max(most, elements());
    }
    assertEquals(":10\r\n", server.execute(session, "XLEN", "s"));
    assertTrue(most < 300, most + " elements");
  }

  private int elements() {
    int elements = 0;
    try (ReadView view = engine.view();
        Cursor cursor = view.cursor(new byte[] {0x20}, new byte[] {0x21})) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        elements++;
      }
    }
    return elements;
  }
}

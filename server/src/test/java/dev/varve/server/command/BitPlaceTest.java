package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import org.junit.jupiter.api.Test;

/** Where numbers of bits may lie. */
final class BitPlaceTest {
  private static final String NO_PLACE = "-ERR bit offset is not an integer or out of range\r\n";
  private static final String LAST_BIT = "4294967295";

  private final CommandHarness server = new CommandHarness(new FakeEngine(1, 0), 1);
  private final Session session = server.connect();

  private String call(String command) {
    return server.execute(session, command.split(" "));
  }

  /** It was refused for want of memory. */
  @Test
  void aNumberThatReachesBeyondTheLongestStringHasNoPlace() {
    assertEquals(NO_PLACE, call("BITFIELD k SET u2 " + LAST_BIT + " 1"));
    assertEquals(NO_PLACE, call("BITFIELD k SET u8 0 1 INCRBY i64 " + LAST_BIT + " 0"));
    assertEquals(":0\r\n", call("EXISTS k"));
    assertEquals("*1\r\n:0\r\n", call("BITFIELD k GET i64 " + LAST_BIT));
    assertEquals(NO_PLACE, call("BITFIELD k GET u1 4294967296"));
    assertEquals(NO_PLACE, call("SETBIT k 4294967296 1"));
  }
}

package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A deadline given as a time to live passes by elapsed time, a date by the wall clock. */
class DeadlineKindTest {
  private static final long HOUR = 3_600_000;

  private final CommandHarness server = new CommandHarness(new FakeEngine(1, 0), 1);
  private final Session session = server.connect();

  private String call(String command) {
    return server.execute(session, command.split(" ", -1));
  }

  private String date(long millis) {
    return Long.toString(server.wallMillis() + millis);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "APPEND k 1", "SETRANGE k 0 2", "INCR k", "INCRBYFLOAT k 1.5", "SET k 2 KEEPTTL",
        "GETEX k", "RENAME k other", "RENAMENX k other", "COPY k other", "COPY k other REPLACE"
      })
  void whatKeepsADeadlineKeepsItsKind(String command) {
    String key = command.contains("other") ? "other" : "k";
    call("SET k 1 PX " + HOUR);
    call(command);
    server.setWallClock(2 * HOUR);
    assertEquals(":1\r\n", call("EXISTS " + key));
    assertEquals(":" + HOUR + "\r\n", call("PTTL " + key));
    call("FLUSHALL");
    call("SET k 1 PXAT " + date(HOUR));
    call(command);
    assertEquals(":" + HOUR + "\r\n", call("PTTL " + key));
    assertEquals(":" + date(HOUR) + "\r\n", call("PEXPIRETIME " + key));
    server.setWallClock(HOUR);
    assertEquals(":0\r\n", call("EXISTS " + key));
    assertEquals("*0\r\n", call("KEYS *"));
    assertEquals(":0\r\n", call("DBSIZE"));
  }

  @Test
  void aDateIsKeptToTheMillisecondHoweverTheThreadIsHeldUp() {
    server.tickWithEachReading(23);
    String date = date(HOUR);
    call("SET k 1 PXAT " + date);
    assertEquals(":" + date + "\r\n", call("PEXPIRETIME k"));
  }

  @Test
  void aDateIsKeptToTheMillisecondWhereItIsAheadOfATimeThatStandsStill() {
    call("SET k 1");
    server.setWallClock(-HOUR / 2);
    String date = date(HOUR);
    call("SET k 1 PXAT " + date);
    assertEquals(":" + date + "\r\n", call("PEXPIRETIME k"));
  }

  @Test
  void moveKeepsADeadlinesKind() {
    call("SET k 1 PXAT " + date(HOUR));
    call("MOVE k 1");
    call("SELECT 1");
    assertEquals(":" + date(HOUR) + "\r\n", call("PEXPIRETIME k"));
    server.setWallClock(HOUR);
    assertEquals(":0\r\n", call("EXISTS k"));
  }

  @Test
  void anotherDeadlineMayBeOfTheOtherKind() {
    call("SET k 1 PXAT " + date(HOUR));
    assertEquals(":1\r\n", call("PEXPIRE k " + HOUR));
    server.setWallClock(2 * HOUR);
    assertEquals(":1\r\n", call("EXISTS k"));
    assertEquals(":1\r\n", call("PEXPIREAT k " + date(HOUR)));
    server.setWallClock(HOUR);
    assertEquals(":0\r\n", call("EXISTS k"));
    call("SET k 1 PXAT " + date(HOUR));
    assertEquals(":1\r\n", call("PERSIST k"));
    server.setWallClock(HOUR);
    assertEquals(":-1\r\n", call("TTL k"));
    assertEquals(":1\r\n", call("DBSIZE"));
  }

  @Test
  void conditionsCompareWhatIsLeft() {
    server.setWallClock(10 * HOUR);
    call("SET k 1 PX " + HOUR);
    assertEquals(":0\r\n", call("PEXPIREAT k " + date(HOUR - 1) + " GT"));
    assertEquals(":1\r\n", call("PEXPIREAT k " + date(HOUR + 1) + " GT"));
    assertEquals(":0\r\n", call("PEXPIRE k " + (HOUR + 2) + " LT"));
    assertEquals(":1\r\n", call("PEXPIRE k " + HOUR + " LT"));
    assertEquals(":" + HOUR + "\r\n", call("PTTL k"));
  }

  @Test
  void theLastOfDatesAndTheFirstAreTaken() {
    call("SET k 1 PXAT " + Long.MAX_VALUE);
    assertEquals(":" + Long.MAX_VALUE + "\r\n", call("PEXPIRETIME k"));
    call("PEXPIREAT k " + (Long.MAX_VALUE - 1));
    assertEquals(":" + (Long.MAX_VALUE - 1) + "\r\n", call("PEXPIRETIME k"));
    assertEquals(":1\r\n", call("PEXPIREAT k " + Long.MIN_VALUE));
    assertEquals(":0\r\n", call("EXISTS k"));
    call("SET k 1 PXAT 1");
    assertEquals(":0\r\n", call("EXISTS k"));
    assertEquals(":0\r\n", call("DBSIZE"));
    call("SET k 1");
    assertEquals(":1\r\n", call("PEXPIRE k " + Long.MIN_VALUE));
    assertEquals(":0\r\n", call("DBSIZE"));
  }
}

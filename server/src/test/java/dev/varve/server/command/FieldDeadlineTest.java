package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What commands on deadlines of fields refuse, and what many fields with the same one cost. */
class FieldDeadlineTest {
  private static final String FIELDS_MISSING =
      "ERR Mandatory argument FIELDS is missing or not at the right position";
  private static final String NO_NUMBER = "ERR Number of fields must be a positive integer";
  private static final String NO_MATCH =
      "ERR The `numfields` parameter must match the number of arguments";

  private final CommandHarness server = new CommandHarness(new FakeEngine(1, 0.3), 1);
  private final Session session = server.connect();

  private String call(String line) {
    return server.execute(session, line.split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "HEXPIRE h 1 FIELD 1 f;" + FIELDS_MISSING,
        "HEXPIRE h 1 ZZ FIELDS 1 f;" + FIELDS_MISSING,
        "HEXPIRE h 1 NX XX FIELDS 1 f;" + FIELDS_MISSING,
        "HEXPIRE h 1 FIELDS 0 f;ERR Parameter `numFields` should be greater than 0",
        "HEXPIRE h 1 FIELDS x f;ERR Parameter `numFields` should be greater than 0",
        "HEXPIRE h 1 FIELDS 2 f;" + NO_MATCH,
        "HEXPIRE h 1 FIELDS 1 f g;" + NO_MATCH,
        "HEXPIRE h -1 FIELDS 1 f;ERR invalid expire time, must be >= 0",
        "HEXPIRE h x FIELDS 1 f;ERR value is not an integer or out of range",
        "HEXPIRE h 9223372036854775807 FIELDS 1 f;ERR invalid expire time in 'hexpire' command",
        "HPEXPIREAT h 70368744177664 FIELDS 1 f;ERR invalid expire time in 'hpexpireat' command",
        "HEXPIRE h 1 FIELDS 1;ERR wrong number of arguments for 'hexpire' command",
        "HTTL h FIELD 1 f;" + FIELDS_MISSING,
        "HTTL h FIELDS 0 f;" + NO_NUMBER,
        "HPERSIST h FIELDS 2 f;" + NO_MATCH,
        "HGETDEL h FIELDS -1 f;" + NO_NUMBER,
        "HGETDEL h FIELDS 2 f;" + NO_MATCH,
        "HGETEX h EX 1 f 1 f;" + FIELDS_MISSING,
        "HGETEX h EX -1 FIELDS 1 f;ERR invalid expire time, must be >= 0",
        "HGETEX h PERSIST FIELDS 2 f;" + NO_MATCH,
        "HGETEX h PERSIST EX 1 FIELDS 1 f;" + FIELDS_MISSING,
        "HGETEX h EX 1 FIELDS;" + NO_NUMBER,
        "HSETEX h FNX FXX FIELDS 1 f v;" + "ERR Only one of FXX or FNX arguments can be specified",
        "HSETEX h EX 1 KEEPTTL FIELDS 1 f v;"
            + "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified",
        "HSETEX h ZZ FIELDS 1 f v;ERR unknown argument: ZZ",
        "HSETEX h FIELDS 0 f v;ERR invalid number of fields",
        "HSETEX h FIELDS 2 f v;ERR wrong number of arguments for 'hsetex' command",
        "HSETEX h FIELDS 1 f v g;ERR wrong number of arguments for 'hsetex' command",
        "HEXPIRE s 1 FIELDS 1 f;"
            + "WRONGTYPE Operation against a key holding the wrong kind of value",
        "HTTL s FIELDS 1 f;WRONGTYPE Operation against a key holding the wrong kind of value",
        "HSETEX s FIELDS 1 f v;WRONGTYPE Operation against a key holding the wrong kind of value"
      })
  void refuses(String command, String error) {
    call("HSET h f v");
    call("SET s x");
    assertEquals("-" + error + "\r\n", call(command));
    assertEquals("*1\r\n:-1\r\n", call("HTTL h FIELDS 1 f"));
  }

  @Test
  void anEncodingOfItsOwnStaysWithASmallHash() {
    call("HSET h f v");
    assertEquals("$8\r\nlistpack\r\n", call("OBJECT ENCODING h"));
    call("HEXPIRE h 10 FIELDS 1 f");
    assertEquals("$10\r\nlistpackex\r\n", call("OBJECT ENCODING h"));
    call("HPERSIST h FIELDS 1 f");
    assertEquals("$10\r\nlistpackex\r\n", call("OBJECT ENCODING h"));
  }

  @Test
  void dueFieldsAreCountedWhereNoFieldWasEverSelected() {
    FakeEngine engine = new FakeEngine(1, 0);
    CommandHarness before = new CommandHarness(engine, 1);
    before.limits().packed(0, 0);
    before.execute(before.connect(), "HSETEX", "h", "PX", "5", "FIELDS", "1", "f", "v");
    CommandHarness after = new CommandHarness(engine, 1);
    after.advance(5);
    assertEquals(":0\r\n", after.execute(after.connect(), "HLEN", "h"));
  }

  @Test
  void theLastFieldTakesTheKeyAlongWhenItIsRemoved() {
    assertEquals(":1\r\n", call("HSETEX h PX 5 FIELDS 1 f v"));
    server.advance(5);
    assertEquals(":0\r\n", call("HLEN h"));
    assertEquals(":1\r\n", call("EXISTS h"));
    assertEquals(":0\r\n", call("DBSIZE"));
    assertEquals(":0\r\n", call("EXISTS h"));
  }

  @Test
  void manyFieldsOfTheSameDeadlineGoPieceByPiece() {
    int fields = 5000;
    String[] put = new String[2 + 2 * fields];
    String[] expire = new String[5 + fields];
    System.arraycopy(new String[] {"HSET", "h"}, 0, put, 0, 2);
    System.arraycopy(new String[] {"HPEXPIRE", "h", "5", "FIELDS", "" + fields}, 0, expire, 0, 5);
    for (int i = 0; i < fields; i++) {
      put[2 + 2 * i] = "f" + i;
      put[3 + 2 * i] = "v";
      expire[5 + i] = "f" + i;
    }
    server.execute(session, put);
    server.execute(session, expire);
    call("HSET h stays v");
    call("HPEXPIRE h 50000 FIELDS 1 stays");
    server.advance(4);
    assertEquals(":" + (fields + 1) + "\r\n", call("HLEN h"));
    server.advance(1);
    assertEquals(":1\r\n", call("HLEN h"));
    assertEquals("$5\r\nstays\r\n", call("HRANDFIELD h"));
    assertEquals(":1\r\n", call("DBSIZE"));
    assertEquals("*1\r\n$5\r\nstays\r\n", call("HKEYS h"));
    server.advance(50_000);
    assertEquals(":0\r\n", call("DBSIZE"));
  }
}

package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that memory can't answer are rehearsed; nothing but time may come of that. */
class RehearsalTest {
  private static final int COMMANDS = 20_000;
  private static final int VALUE_BYTES = 100_000;

  private static boolean isExact(CommandHarness server) {
    return server.engine().countIsExact();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5, 1})
  void repliesAndDataAreThoseOfAServerThatRemembersEverything(double forgets) {
    long seed = Seed.of("repliesAndDataAreThoseOfAServerThatRemembersEverything " + forgets);
    CommandHarness whole = new CommandHarness(new FakeEngine(seed, 0), seed);
    CommandHarness forgetful = new CommandHarness(new FakeEngine(seed, forgets), seed);
    Session one = whole.connect();
    Session other = forgetful.connect();
    RandomCommands commands = new RandomCommands(seed);
    for (int i = 0; i < COMMANDS; i++) {
      String[] command = commands.next();
      String expected = whole.execute(one, command);
      String actual = forgetful.execute(other, command);
      if (!command[0].equals("DBSIZE") || (isExact(whole) && isExact(forgetful))) {
        assertEquals(expected, actual, i + ": " + Arrays.toString(command));
      }
    }
    assertTrue(forgetful.rehearsals() > COMMANDS / 100, forgetful.rehearsals() + " rehearsals");
    assertEquals(0, whole.rehearsals());
    for (int database = 0; database < 16; database++) {
      whole.execute(one, "SELECT", "" + database);
      forgetful.execute(other, "SELECT", "" + database);
      String keys = whole.execute(one, "KEYS", "*");
      assertEquals(keys, forgetful.execute(other, "KEYS", "*"));
      for (String key : new String[] {"a", "b", "c", "d", "e"}) {
        assertEquals(whole.execute(one, "GET", key), forgetful.execute(other, "GET", key));
        assertEquals(whole.execute(one, "PTTL", key), forgetful.execute(other, "PTTL", key));
      }
    }
  }

  /** Values are taken into memory for those commands only that ask for them. */
  @ParameterizedTest
  @CsvSource({
    "DEL key, false",
    "SETNX key x, false",
    "SET key x XX, false",
    "SET key x KEEPTTL, false",
    "MSETNX other x key x, false",
    "RENAMENX key other, true",
    "RENAME key other, true",
    "COPY other key, false",
    "COPY key other, true",
    "MOVE key 1, true",
    "EXPIRE key 0, false",
    "EXPIRE key 10 XX, false",
    "EXPIRE key 10, true",
    "PERSIST key, false",
    "SET key x GET, true",
    "GETSET key x, true",
    "GETDEL key, true",
    "APPEND key x, true",
    "SETRANGE key 5 x, true",
    "INCR key, false"
  })
  void aValueIsReadOnlyIfItIsAskedFor(String command, boolean reads) {
    FakeEngine engine = new FakeEngine(1, 1);
    CommandHarness server = new CommandHarness(engine, 1);
    Session session = server.connect();
    server.execute(session, "SET", "key", "v".repeat(VALUE_BYTES));
    engine.flushAll();
    server.execute(session, command.split(" "));
    long read = server.takeMostRead();
    assertTrue(server.rehearsals() > 0);
    assertTrue(read > 0);
    assertEquals(reads, read > VALUE_BYTES, command + " took " + read);
  }

  /** The rehearsal ends where its changes get too large, and goes on from there the next time. */
  @Test
  void aCommandOnMoreThanARehearsalCanHoldComesToItsEnd() {
    FakeEngine engine = new FakeEngine(1, 1);
    CommandHarness server = new CommandHarness(engine, 1);
    Session session = server.connect();
    int count = 20;
    for (int i = 0; i < count; i++) {
      server.execute(session, "SET", "key" + i, "v".repeat(VALUE_BYTES));
    }
    engine.flushAll();
    String[] command = new String[1 + 2 * count];
    command[0] = "MSETNX";
    for (int i = 0; i < count; i++) {
      command[1 + 2 * i] = "new" + i;
      command[2 + 2 * i] = "w".repeat(VALUE_BYTES);
    }
    assertEquals(":1\r\n", server.execute(session, command));
    assertTrue(server.rehearsals() > 0 && server.rehearsals() <= count);
  }
}

package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.storage.ReadView;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A value that is no string, as the engine has it. */
class ValueTypeTest {
  private static final String WRONG_TYPE =
      "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

  /** A hash that is one value. */
  private static final byte HASH = 0x04;

  /** A field and its value. */
  private static final byte[] STORED = {HASH, 0, 1, 1, 'f', 1, 'v'};

  private static final byte HAS_DEADLINE = (byte) 0x80;

  /** Half of what is flushed needs a read. */
  private final FakeEngine engine = new FakeEngine(1, 0.5);

  private final CommandHarness server = new CommandHarness(engine, 1);
  private final Session session = server.connect();

  @BeforeEach
  void putHash() {
    WriteBatch batch = new WriteBatch();
    batch.put(key("hash"), STORED);
    batch.count(0, 1);
    engine.commit(batch, SyncPolicy.NO);
    server.execute(session, "SET", "string", "value");
  }

  private static byte[] key(String userKey) {
    byte[] bytes = userKey.getBytes(StandardCharsets.US_ASCII);
    byte[] key = new byte[5 + bytes.length];
    key[0] = 0x10;
    System.arraycopy(bytes, 0, key, 5, bytes.length);
    return key;
  }

  private byte[] stored(String userKey) {
    try (ReadView view = engine.view()) {
      return view.get(key(userKey));
    }
  }

  private String call(String line) {
    return server.execute(session, line.split(" ", -1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET hash",
        "GETDEL hash",
        "GETEX hash",
        "GETEX hash EX 10",
        "GETSET hash x",
        "SET hash x GET",
        "SET hash x XX GET",
        "STRLEN hash",
        "APPEND hash x",
        "GETRANGE hash 0 1",
        "SUBSTR hash 0 1",
        "SETRANGE hash 0 x",
        "SETRANGE hash 5 x",
        "INCR hash",
        "DECR hash",
        "INCRBY hash 2",
        "DECRBY hash 2",
        "INCRBYFLOAT hash 1.5"
      })
  void isRefusedByCommandsOnStringsAndStaysWhatItIs(String command) {
    for (int i = 0; i < 20; i++) {
      assertEquals(WRONG_TYPE, call(command));
      call("SET other " + i);
    }
    assertArrayEquals(STORED, stored("hash"));
  }

  @Test
  void isNothingToMGetAndSomethingToWhoAsksWhetherTheKeyIsThere() {
    assertEquals("*2\r\n$-1\r\n$5\r\nvalue\r\n", call("MGET hash string"));
    assertEquals(
        "*4\r\n$-1\r\n$5\r\nvalue\r\n$-1\r\n$-1\r\n", call("MGET hash string hash missing"));
    assertEquals(":0\r\n", call("SETNX hash x"));
    assertEquals(":0\r\n", call("MSETNX new x hash x"));
    assertEquals("$-1\r\n", call("SET hash x NX"));
    assertEquals(":2\r\n", call("EXISTS hash string"));
    assertEquals("+hash\r\n", call("TYPE hash"));
    assertEquals("+string\r\n", call("TYPE string"));
    assertEquals("*2\r\n$1\r\n0\r\n*1\r\n$4\r\nhash\r\n", call("SCAN 0 TYPE hash"));
  }

  @Test
  void keepsItsTypeWithAnotherDeadlineOrKey() {
    assertEquals(":1\r\n", call("PEXPIRE hash 100000"));
    assertEquals(HASH | HAS_DEADLINE, stored("hash")[0]);
    assertEquals(":1\r\n", call("COPY hash copied"));
    assertEquals(HASH | HAS_DEADLINE, stored("copied")[0]);
    assertEquals(":1\r\n", call("PERSIST copied"));
    assertArrayEquals(STORED, stored("copied"));
    assertEquals("+OK\r\n", call("RENAME copied renamed"));
    assertArrayEquals(STORED, stored("renamed"));
    assertEquals(":1\r\n", call("MOVE renamed 3"));
    assertEquals("+OK\r\n", call("SELECT 3"));
    assertEquals("+hash\r\n", call("TYPE renamed"));
    assertEquals(":1\r\n", call("DEL renamed"));
  }

  @Test
  void isOverwrittenByWhatAsksNoType() {
    assertEquals("+OK\r\n", call("SET hash x"));
    assertEquals("$1\r\nx\r\n", call("GET hash"));
    putHash();
    assertEquals("+OK\r\n", call("MSET hash y"));
    assertEquals("+string\r\n", call("TYPE hash"));
    putHash();
    assertEquals("+OK\r\n", call("RENAME string hash"));
    assertEquals("$5\r\nvalue\r\n", call("GET hash"));
  }
}

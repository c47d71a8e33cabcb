package dev.varve.server.datatype.warming;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.storage.KeyBatch;
import dev.varve.storage.ReadView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ElementWarmerTest {
  private static final int MOST_PACKED = 4;
  private static final int WHOLE_BYTES = 100;
  private static final int CHUNK_BYTES = 64;
  private static final int STRING_BYTES = 1000;

  private final FakeEngine engine = new FakeEngine(1, 0);
  private final CommandHarness server = new CommandHarness(engine, 1);
  private final ElementWarmer warmer = new ElementWarmer(server.databases());

  /** The lengths of the values that lookups of the warmed keys find; -1: there is none. */
  private final List<Integer> warmed = new ArrayList<>();

  private int lookups;

  private final ReadView view =
      (ReadView)
          Proxy.newProxyInstance(
              ReadView.class.getClassLoader(),
              new Class<?>[] {ReadView.class},
              (proxy, method, arguments) -> {
                if (method.getName().equals("warm")) {
                  look((KeyBatch) arguments[0]);
                  return null;
                }
                assertEquals("get", method.getName());
                lookups++;
                return method.invoke(engine.latest(), arguments);
              });

  ElementWarmerTest() {
    server.limits().chunks(WHOLE_BYTES, CHUNK_BYTES);
    server.limits().packed(MOST_PACKED, 1024);
    Session session = server.connect();
    for (String key : List.of("a", "b")) {
      server.execute(session, "SET", key, "v".repeat(STRING_BYTES));
      server.execute(session, "SETBIT", key, "" + 8 * 70, "1");
    }
    server.execute(session, "SET", "whole", "v".repeat(STRING_BYTES));
    for (int i = 0; i <= MOST_PACKED; i++) {
      server.execute(session, "HSET", "hash", "field" + i, "v".repeat(i));
      server.execute(session, "SADD", "set", "member" + i);
      server.execute(session, "ZADD", "sorted", "" + i, "member" + i);
    }
    server.execute(session, "HSET", "packed", "field0", "value");
    server.execute(session, "RPUSH", "list", "element");
    warmer.begin(view);
  }

  private void look(KeyBatch keys) {
    for (int i = 0; i < keys.size(); i++) {
      byte[] key = new byte[keys.length(i)];
      System.arraycopy(keys.bytes(), keys.offset(i), key, 0, key.length);
      byte[] value = engine.latest().get(key);
      warmed.add(value == null ? -1 : value.length);
    }
  }

  private void add(String key, long index) {
    ByteBuf buffer = Unpooled.copiedBuffer(key, US_ASCII);
    warmer.addByte(0, buffer, 0, key.length(), index);
  }

  private void add(String key, String member) {
    ByteBuf buffer = Unpooled.copiedBuffer(key + member, US_ASCII);
    warmer.addMember(0, buffer, 0, key.length(), key.length(), member.length());
  }

  @Test
  void theChangesAndTheBytesOfTheByteChunkAreWarmed() {
    add("a", 80);
    add("a", 0);
    add("a", STRING_BYTES - 1);
    warmer.warm();
    assertEquals(List.of(4, CHUNK_BYTES, -1, CHUNK_BYTES, -1, STRING_BYTES % CHUNK_BYTES), warmed);
    assertEquals(1, lookups);
  }

  @Test
  void whatIsNotInTheStringIsLeftOut() {
    add("a", -1);
    add("a", STRING_BYTES);
    add("a", Long.MAX_VALUE);
    warmer.warm();
    assertEquals(List.of(), warmed);
  }

  @Test
  void membersAndFieldsOfSpreadValuesAreWarmed() {
    add("set", "member1");
    add("set", "missing");
    add("sorted", "member2");
    warmer.warm();
    assertEquals(3, warmed.size());
    assertTrue(warmed.get(0) >= 0, "a member that is there");
    assertEquals(-1, warmed.get(1));
    assertTrue(warmed.get(2) >= Double.BYTES, "a member's score");
    warmed.clear();
    warmer.begin(view);
    add("hash", "field3");
    add("hash", "field0");
    warmer.warm();
    assertEquals(3, warmed.get(0) - warmed.get(1), "values of three bytes and of none");
    assertEquals(3, lookups);
  }

  @Test
  void anElementOfAnotherTypeIsLeftOut() {
    add("hash", 80);
    add("a", "member");
    add("list", "element");
    warmer.warm();
    assertEquals(List.of(), warmed);
  }

  @Test
  void valuesThatAreNotSpreadAreLookedUpTwiceAtMost() {
    for (int i = 0; i < 5 && !warmer.isDone(); i++) {
      add("whole", 80);
      add("packed", "field0");
    }
    assertTrue(warmer.isDone());
    warmer.warm();
    assertEquals(List.of(), warmed);
    assertEquals(2, lookups);
  }

  @Test
  void whoFoundNothingSkipsMoreAndMoreUpToFifteen() {
    for (int skipped : new int[] {0, 1, 3, 7, 15, 15}) {
      for (int i = 0; i < skipped; i++) {
        assertFalse(warmer.isWorthwhile());
      }
      assertTrue(warmer.isWorthwhile());
      warmer.begin(view);
      add("packed", "field0");
      warmer.warm();
    }
    for (int i = 0; i < 15; i++) {
      assertFalse(warmer.isWorthwhile());
    }
    assertTrue(warmer.isWorthwhile());
    warmer.begin(view);
    add("set", "member0");
    warmer.warm();
    assertTrue(warmer.isWorthwhile());
  }

  @Test
  void whatWasWarmedIsForgotten() {
    add("a", 80);
    add("b", 80);
    warmer.warm();
    assertEquals(List.of(4, CHUNK_BYTES, 4, CHUNK_BYTES), warmed);
    warmed.clear();
    warmer.begin(view);
    warmer.warm();
    assertEquals(List.of(), warmed);
  }

  @Test
  void noMoreThan128AreKept() {
    for (int i = 0; i < 1000 && !warmer.isDone(); i++) {
      add("a", 80);
    }
    warmer.warm();
    assertEquals(128, warmed.size());
  }
}

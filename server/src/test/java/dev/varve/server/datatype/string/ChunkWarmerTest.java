package dev.varve.server.datatype.string;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

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

class ChunkWarmerTest {
  private static final int WHOLE_BYTES = 100;
  private static final int CHUNK_BYTES = 64;
  private static final int STRING_BYTES = 1000;

  private final FakeEngine engine = new FakeEngine(1, 0);
  private final CommandHarness server = new CommandHarness(engine, 1);
  private final ChunkWarmer warmer = new ChunkWarmer();

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

  ChunkWarmerTest() {
    server.limits().chunks(WHOLE_BYTES, CHUNK_BYTES);
    Session session = server.connect();
    for (String key : List.of("a", "b")) {
      server.execute(session, "SET", key, "v".repeat(STRING_BYTES));
      server.execute(session, "SETBIT", key, "" + 8 * 70, "1");
    }
    server.execute(session, "SET", "whole", "v".repeat(STRING_BYTES));
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
    warmer.add(0, buffer, 0, key.length(), index);
  }

  @Test
  void theChangesAndTheBytesOfTheByteChunkAreWarmed() {
    add("a", 80);
    add("a", 0);
    add("a", STRING_BYTES - 1);
    warmer.warm(view);
    assertEquals(List.of(4, CHUNK_BYTES, -1, CHUNK_BYTES, -1, STRING_BYTES % CHUNK_BYTES), warmed);
    assertEquals(1, lookups);
  }

  @Test
  void whatIsNotInTheStringIsLeftOut() {
    add("a", -1);
    add("a", STRING_BYTES);
    add("a", Long.MAX_VALUE);
    warmer.warm(view);
    assertEquals(List.of(), warmed);
  }

  @Test
  void stringsThatAreNotInChunksAreLookedUpTwiceAtMost() {
    for (int i = 0; i < 5; i++) {
      add("whole", 80);
      add("missing", 80);
    }
    add("b", 80);
    warmer.warm(view);
    assertEquals(List.of(), warmed);
    assertEquals(2, lookups);
  }

  @Test
  void whatWasWarmedIsForgotten() {
    add("a", 80);
    add("b", 80);
    warmer.warm(view);
    assertEquals(List.of(4, CHUNK_BYTES, 4, CHUNK_BYTES), warmed);
    warmed.clear();
    warmer.warm(view);
    assertEquals(List.of(), warmed);
  }

  @Test
  void noMoreThan64AreKept() {
    for (int i = 0; i < 1000; i++) {
      add("a", 80);
    }
    warmer.warm(view);
    assertEquals(128, warmed.size());
  }
}

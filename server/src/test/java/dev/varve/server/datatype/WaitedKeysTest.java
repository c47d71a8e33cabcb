package dev.varve.server.datatype;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.varve.server.testing.FakeEngine;
import dev.varve.storage.ReadView;
import dev.varve.storage.WriteBatch;
import org.junit.jupiter.api.Test;

/** Who waits for keys, in great numbers. */
class WaitedKeysTest {
  private static final int MANY = 10_000;
  private static final int ROUNDS = 1_000_000;

  private final WriteBatch batch = new WriteBatch();
  private final WaitedKeys keys = new WaitedKeys(databases());

  private static Databases databases() {
    try (ReadView view = new FakeEngine(1, 0).view()) {
      return Databases.load(view, 16, () -> 0);
    }
  }

  private static final class Waiter extends WaitedKeys.Waiter {
    private Waiter(boolean takes, EventClass family) {
      super(takes, family, false);
    }
  }

  private static Waiter taker() {
    return new Waiter(true, EventClass.LIST);
  }

  private void put(String key) {
    batch.clear();
    batch.put(KeyLayout.keyOf(0, key.getBytes(US_ASCII)), new byte[1]);
    keys.appended(batch);
  }

  private static byte[] bytes(String key) {
    return key.getBytes(US_ASCII);
  }

  @Test
  void aMillionRoundsLeaveNothingBehind() {
    for (int i = 0; i < ROUNDS; i++) {
      Waiter waiter = taker();
      keys.add(waiter, 0, bytes("a"), 1);
      keys.add(waiter, 0, bytes("b" + i), 2);
      if (i % 2 == 0) {
        put("b" + i);
        assertSame(waiter, keys.nextToAsk());
        assertEquals(2, keys.readyArgument());
      }
      keys.remove(waiter);
      assertNull(keys.nextToAsk());
    }
    assertEquals(0, keys.size());
    assertFalse(keys.hasReady());
  }

  /** However many wait for a key, who puts it pays for one of each family that finds nothing. */
  @Test
  void ofThoseWhoFindNothingOnlyTheFirstOfAFamilyIsAsked() {
    Waiter first = taker();
    keys.add(first, 0, bytes("a"), 1);
    Waiter other = new Waiter(true, EventClass.SORTED_SET);
    for (int i = 1; i < MANY; i++) {
      keys.add(taker(), 0, bytes("a"), 1);
    }
    keys.add(other, 0, bytes("a"), 1);
    for (int i = 0; i < MANY; i++) {
      put("a");
      int asked = 0;
      while (keys.nextToAsk() != null) {
        keys.foundNothing();
        asked++;
      }
      assertEquals(2, asked);
    }
    put("a");
    assertSame(first, keys.nextToAsk());
  }

  @Test
  void keysAreServedInTheOrderInWhichTheyWerePut() {
    Waiter one = taker();
    Waiter other = taker();
    keys.add(one, 0, bytes("a"), 1);
    keys.add(one, 0, bytes("b"), 2);
    keys.add(other, 0, bytes("a"), 1);
    put("b");
    put("a");
    assertSame(one, keys.nextToAsk());
    assertEquals(2, keys.readyArgument());
    keys.remove(one);
    assertSame(other, keys.nextToAsk());
    assertEquals(1, keys.readyArgument());
  }
}

package dev.varve.server.datatype;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AccessTimesTest {
  private static final long START = 1_700_000_000_000L;

  private final AccessTimes times = new AccessTimes();

  private static byte[] key(int number) {
    return ("xkey:" + number + ":name").getBytes(StandardCharsets.US_ASCII);
  }

  private void note(byte[] key, long seconds) {
    times.note(key, 1, key.length - 1, START + 1000 * seconds);
  }

  private long idle(byte[] key, long seconds) {
    return times.idleSeconds(key, 1, key.length - 1, START + 1000 * seconds);
  }

  @Test
  void aKeyIsIdleSinceItWasUsedLast() {
    note(key(1), 0);
    note(key(2), 5);
    assertEquals(10, idle(key(1), 10));
    assertEquals(5, idle(key(2), 10));
    note(key(1), 12);
    assertEquals(1, idle(key(1), 13));
  }

  @Test
  void ofAKeyThatWasNotUsedItIsKnownSinceWhen() {
    note(key(1), 3);
    assertEquals(7, idle(key(2), 10));
  }

  @Test
  void noneIsToldToBeIdleForLongerThanItIs() {
    int keys = 200_000;
    for (int i = 0; i < keys; i++) {
      note(key(i), i / 1000);
    }
    for (int i = 0; i < keys; i++) {
      assertTrue(idle(key(i), 200) <= 200 - i / 1000, "key " + i);
    }
  }

  @Test
  void fewKeysHaveAPlaceOfTheirOwn() {
    int exact = 0;
    for (int i = 0; i < 1000; i++) {
      note(key(i), i);
    }
    for (int i = 0; i < 1000; i++) {
      exact += idle(key(i), 1000) == 1000 - i ? 1 : 0;
    }
    assertTrue(exact > 980, exact + " of 1000");
  }
}

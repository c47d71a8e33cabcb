package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Asks a server for all its keys, by two ways that must agree. */
public final class Keys {
  private static final long PATIENCE_NANOS = 30_000_000_000L;

  private Keys() {}

  /** All keys of the connection's database by SCAN; fails if one comes twice. */
  public static Set<String> scan(RawClient client) throws IOException {
    Set<String> keys = new HashSet<>();
    String cursor = "0";
    do {
      List<?> page = (List<?>) client.call("SCAN", cursor, "COUNT", "1000");
      cursor = text(page.get(0));
      for (Object key : (List<?>) page.get(1)) {
        assertTrue(keys.add(text(key)), () -> "SCAN gave twice: " + text(key));
      }
    } while (!cursor.equals("0"));
    return keys;
  }

  /**
   * All keys by SCAN; fails if DBSIZE doesn't tell as many. Keys may expire meanwhile, but none may
   * appear; one that has expired counts until it is removed, which is waited for unless the server
   * takes no more writes.
   */
  public static Set<String> scanCounted(RawClient client) throws IOException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    long before = count(client);
    Set<String> scanned = scan(client);
    long after = count(client);
    boolean removes = takesWrites(client);
    while (after > scanned.size() && removes && System.nanoTime() < end) {
      scanned = scan(client);
      after = count(client);
      removes = takesWrites(client);
    }
    String figures = "DBSIZE " + before + ", SCAN " + scanned.size() + ", DBSIZE " + after;
    assertTrue(before >= scanned.size() && (!removes || scanned.size() >= after), figures);
    return scanned;
  }

  private static boolean takesWrites(RawClient client) throws IOException {
    return text(client.call("INFO", "storage")).contains("storage_poisoned:\r\n");
  }

  /** DBSIZE, once no write is open whose effect on it isn't known. */
  public static long count(RawClient client) throws IOException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!text(client.call("INFO", "storage")).contains("keys_uncertain:0\r\n")) {
      if (System.nanoTime() > end) {
        throw new AssertionError("counts stay uncertain: " + text(client.call("INFO", "storage")));
      }
      Thread.onSpinWait();
    }
    return (Long) client.call("DBSIZE");
  }

  private static String text(Object bulk) {
    return new String((byte[]) bulk, StandardCharsets.ISO_8859_1);
  }
}

package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Asks a server for all its keys, by two ways that must agree. */
public final class Keys {

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

  /** DBSIZE. */
  public static long count(RawClient client) throws IOException {
    return (Long) client.call("DBSIZE");
  }

  private static String text(Object bulk) {
    return new String((byte[]) bulk, StandardCharsets.ISO_8859_1);
  }
}

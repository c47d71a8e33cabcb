package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Replies;
import dev.varve.server.testing.Seed;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** SCAN's cursors: what they are, and that no number leaves a key out or goes on for ever. */
final class ScanCursorTest {
  private static final long GREATEST = (1L << 53) - 1;

  private record Page(String cursor, List<String> keys) {}

  private static Page scan(CommandHarness server, Session session, String cursor, int count) {
    String reply = server.execute(session, "SCAN", cursor, "COUNT", "" + count);
    List<String> found = Replies.strings(reply);
    assertTrue(Long.parseLong(found.getFirst()) <= GREATEST, "a double holds " + found.getFirst());
    return new Page(found.getFirst(), found.subList(1, found.size()));
  }

  @Test
  void aScanCursorIsNotOffByOneAfterARestart() {
    for (String prefix : List.of("", "key:", "a:long:prefix:of:many:bytes:", "\u0000", "\u00ff")) {
      FakeEngine engine = new FakeEngine(1, 0);
      CommandHarness server = new CommandHarness(engine, 1);
      Session session = server.connect();
      for (int i = 100; i < 200; i++) {
        server.execute(session, "SET", prefix + i, "v");
      }
      for (int count = 1; count < 100; count++) {
        Page first = scan(server, session, "0", count);
        CommandHarness again = new CommandHarness(engine, 2);
        Page second = scan(again, again.connect(), first.cursor, 1000);
        assertEquals("0", second.cursor);
        List<String> all = new ArrayList<>(first.keys);
        all.addAll(second.keys);
        assertEquals(100, all.size(), "keys twice, or left out, behind " + count);
        assertEquals(100, new HashSet<>(all).size());
      }
    }
  }

  @Test
  void anyNumberIsAPlaceToGoOnFrom() {
    CommandHarness server = new CommandHarness(new FakeEngine(1, 0), 1);
    Session session = server.connect();
    for (int i = 0; i < 100; i++) {
      server.execute(session, "SET", "key" + i, "v");
    }
    Random random = new Random(Seed.of("anyNumberIsAPlaceToGoOnFrom"));
    for (int i = 0; i < 1000; i++) {
      long number = random.nextLong() >>> random.nextInt(64);
      String cursor = random.nextBoolean() ? Long.toUnsignedString(number) : "-" + (number >>> 1);
      for (int pages = 0; !cursor.equals("0"); pages++) {
        assertTrue(pages <= 11, "from " + number);
        cursor = scan(server, session, cursor, 10).cursor;
      }
    }
    assertEquals("-ERR invalid cursor\r\n", server.execute(session, "SCAN", "x"));
  }

  @Test
  void moreIterationsThanFitEndAllTheSame() {
    CommandHarness server = new CommandHarness(new FakeEngine(1, 0), 1);
    Session session = server.connect();
    // Numbers don't tell these from each other: of ten after the same two bytes many have the same
    // one.
    server.execute(session, "SET", "z", "v");
    for (int i = 100; i < 300; i++) {
      server.execute(session, "SET", "the:same:leading:bytes:" + i, "v");
    }
    for (int abandoned = 0; abandoned < 100; abandoned++) {
      scan(server, session, "0", 7);
    }
    List<String> cursors = new ArrayList<>();
    List<Set<String>> seen = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      cursors.add("0");
      seen.add(new HashSet<>());
    }
    int open = cursors.size();
    for (int round = 0; open > 0; round++) {
      assertTrue(round < 2000, open + " iterations go on for ever");
      for (int i = 0; i < cursors.size(); i++) {
        if (cursors.get(i) != null) {
          Page page = scan(server, session, cursors.get(i), 10);
          seen.get(i).addAll(page.keys);
          boolean ended = page.cursor.equals("0");
          cursors.set(i, ended ? null : page.cursor);
          open -= ended ? 1 : 0;
        }
      }
    }
    seen.forEach(keys -> assertEquals(201, keys.size()));
  }

  @Test
  void whatIsThereThroughoutIsReturnedWhateverHappens() {
    long seed = Seed.of("whatIsThereThroughoutIsReturnedWhateverHappens");
    Random random = new Random(seed);
    for (int run = 0; run < 300; run++) {
      iterate(random, "seed " + seed + ", run " + run);
    }
  }

  private static void iterate(Random random, String what) {
    FakeEngine engine = new FakeEngine(random.nextLong(), 0);
    CommandHarness server = new CommandHarness(engine, random.nextLong());
    Session session = server.connect();
    TreeSet<String> keys = new TreeSet<>();
    Alphabet alphabet = new Alphabet(random);
    for (int i = random.nextInt(150); i >= 0; i--) {
      String key = alphabet.key();
      keys.add(key);
      server.execute(session, "SET", key, "v");
    }
    Set<String> throughout = new HashSet<>(keys);
    Set<String> seen = new HashSet<>();
    String cursor = "0";
    int restarts = random.nextInt(6);
    int calls = 0;
    do {
      Page page = scan(server, session, cursor, 1 + random.nextInt(20));
      seen.addAll(page.keys);
      cursor = page.cursor;
      assertTrue(calls++ < 4000, what + " goes on for ever");
      for (int i = calls < 200 ? random.nextInt(8) : 0; i > 0; i--) {
        String key = random.nextBoolean() || keys.isEmpty() ? alphabet.key() : end(keys, random);
        boolean delete = random.nextInt(3) > 0;
        server.execute(session, delete ? new String[] {"DEL", key} : set(key));
        if (delete) {
          throughout.remove(key);
          keys.remove(key);
        } else {
          keys.add(key);
        }
      }
      if (restarts > 0 && random.nextInt(4) == 0) {
        restarts--;
        server = new CommandHarness(engine, random.nextLong());
        session = server.connect();
      }
      for (int i = random.nextInt(3); i > 0; i--) {
        scan(server, session, "0", 1 + random.nextInt(10));
      }
    } while (!cursor.equals("0"));
    throughout.removeAll(seen);
    assertEquals(Set.of(), throughout, what);
  }

  private static String[] set(String key) {
    return new String[] {"SET", key, "v"};
  }

  private static String end(NavigableSet<String> keys, Random random) {
    return random.nextBoolean() ? keys.first() : keys.last();
  }

  /** Keys that have much in common, or little. */
  private static final class Alphabet {
    private final Random random;
    private final List<String> parts = new ArrayList<>(List.of("", "\u0000", "\u00ff", "key:"));

    private Alphabet(Random random) {
      this.random = random;
      for (int i = random.nextInt(4); i > 0; i--) {
        parts.add("p".repeat(random.nextInt(60)) + (char) random.nextInt(256));
      }
    }

    private String key() {
      String part =
          parts.get(random.nextInt(10) < 8 ? parts.size() - 1 : random.nextInt(parts.size()));
      return part + Integer.toString(random.nextInt(1 << (1 + random.nextInt(20))), 36);
    }
  }
}

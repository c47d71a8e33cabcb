package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import dev.varve.server.command.RedisProcess;
import dev.varve.server.testing.Seed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that wait for elements of lists. */
@Timeout(240)
class ListWaitingTest {
  private static final int WAITERS = 5;
  private static final int STEPS = 1_500;
  private static final int MOST_LOOKS = 1_000;

  @TempDir Path directory;

  /** A client that gives work, and some that wait for it, of one server. */
  private static final class Side implements AutoCloseable {
    private final TestClient main;
    private final List<TestClient> waiters = new ArrayList<>();

    /** What each waits with. */
    private final List<String> sent = new ArrayList<>(Collections.nCopies(WAITERS, ""));

    private Side(int port) throws IOException {
      main = new TestClient(port);
      for (int i = 0; i < WAITERS; i++) {
        TestClient waiter = new TestClient(port);
        assertEquals(new Reply.SimpleString("OK"), waiter.call("CLIENT", "SETNAME", "w" + i));
        waiters.add(waiter);
      }
    }

    /** The number of each that waits. */
    Set<Integer> waiting() throws IOException {
      Set<Integer> found = new TreeSet<>();
      for (String line : lines()) {
        if (line.contains(" flags=b ")) {
          found.add(Integer.parseInt(value(line, "name=w")));
        }
      }
      return found;
    }

    String id(int waiter) throws IOException {
      for (String line : lines()) {
        if (line.contains(" name=w" + waiter + " ")) {
          return value(line, "id=");
        }
      }
      throw new AssertionError("no client w" + waiter);
    }

    private String[] lines() throws IOException {
      return ((Reply.BulkString) main.call("CLIENT", "LIST")).text().split("\n", -1);
    }

    private static String value(String line, String name) {
      int from = line.indexOf(name) + name.length();
      return line.substring(from, line.indexOf(' ', from));
    }

    @Override
    public void close() throws IOException {
      main.close();
      for (TestClient waiter : waiters) {
        waiter.close();
      }
    }
  }

  /**
   * Who is served, with what, in which order, and what becomes of the lists. (Not after SWAPDB: in
   * what order Redis looks at keys then follows from its hash table.)
   */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void thoseAreServedWhoRedisServes(String ioThreads) throws Exception {
    long seed = Seed.of("thoseAreServedWhoRedisServes " + ioThreads);
    Random random = new Random(seed);
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        RedisProcess process = RedisProcess.start(directory);
        Side redis = new Side(process.port());
        Side ours = new Side(server.port())) {
      Set<Integer> waiting = Set.of();
      for (int step = 0; step < STEPS; step++) {
        int waiter = random.nextInt(WAITERS);
        if (waiting.contains(waiter)) {
          waiting = act(random, redis, ours, waiting, step);
        } else {
          waiting = await(random, redis, ours, waiter, step);
        }
      }
      assertTrue(redis.main.call("FLUSHALL").equals(ours.main.call("FLUSHALL")));
    }
  }

  /** Has one wait, unless there is something for it. */
  private static Set<Integer> await(Random random, Side redis, Side ours, int waiter, int step)
      throws IOException {
    String[] command = waits(random);
    String message = step + ": w" + waiter + " " + Arrays.toString(command);
    TestClient expected = redis.waiters.get(waiter);
    TestClient actual = ours.waiters.get(waiter);
    redis.sent.set(waiter, Arrays.toString(command));
    expected.send(command);
    Set<Integer> waiting = redis.waiting();
    while (!waiting.contains(waiter) && expected.available() == 0) {
      waiting = redis.waiting();
    }
    actual.send(command);
    if (!waiting.contains(waiter)) {
      assertEquals(expected.read(), actual.read(), message);
      // Asked anew: it may have been answered, and others by what it did, since it was asked last.
      waiting = redis.waiting();
      readServed(redis, ours, waiting, waiter, message);
      return waiting;
    }
    while (!ours.waiting().contains(waiter)) {
      assertEquals(0, actual.available(), message);
    }
    return waiting;
  }

  /** One that didn't wait may have moved an element to where others wait. */
  private static void readServed(
      Side redis, Side ours, Set<Integer> waiting, int waiter, String message) throws IOException {
    for (int i = 0; i < WAITERS; i++) {
      if (i != waiter && !waiting.contains(i) && redis.waiters.get(i).available() > 0) {
        assertEquals(redis.waiters.get(i).read(), ours.waiters.get(i).read(), message);
      }
    }
    assertWaiting(redis.waiting(), ours, message);
  }

  /**
   * Whoever is served is so before anything else is executed, but may be listed a moment longer.
   */
  private static void assertWaiting(Set<Integer> expected, Side ours, String message)
      throws IOException {
    Set<Integer> actual = ours.waiting();
    for (int i = 0; i < MOST_LOOKS && !actual.equals(expected); i++) {
      actual = ours.waiting();
    }
    assertEquals(expected, actual, message);
  }

  /** Does something that may serve those who wait. */
  private static Set<Integer> act(
      Random random, Side redis, Side ours, Set<Integer> before, int step) throws IOException {
    if (random.nextInt(20) == 0) {
      int waiter = before.iterator().next();
      String how = random.nextBoolean() ? "TIMEOUT" : "ERROR";
      assertEquals(
          redis.main.call("CLIENT", "UNBLOCK", redis.id(waiter), how),
          ours.main.call("CLIENT", "UNBLOCK", ours.id(waiter), how));
      return served(redis, ours, before, step + ": unblocked");
    }
    int commands = random.nextInt(4) == 0 ? 1 + random.nextInt(5) : 0;
    List<String[]> all = new ArrayList<>();
    if (commands == 0) {
      all.add(gives(random));
    } else {
      all.add(new String[] {"MULTI"});
      for (int i = 0; i < commands; i++) {
        all.add(random.nextInt(5) == 0 ? waits(random) : gives(random));
      }
      all.add(new String[] {"EXEC"});
    }
    StringBuilder message = new StringBuilder(step + ":");
    for (String[] command : all) {
      message.append(' ').append(Arrays.toString(command));
      assertEquals(redis.main.call(command), ours.main.call(command), message.toString());
    }
    return served(redis, ours, before, message.toString());
  }

  private static Set<Integer> served(Side redis, Side ours, Set<Integer> before, String message)
      throws IOException {
    Set<Integer> after = redis.waiting();
    assertWaiting(after, ours, message + " for " + redis.sent);
    for (int waiter : before) {
      if (!after.contains(waiter)) {
        assertEquals(
            redis.waiters.get(waiter).read(),
            ours.waiters.get(waiter).read(),
            message + " w" + waiter);
      }
    }
    return after;
  }

  private static String[] waits(Random random) {
    return switch (random.nextInt(8)) {
      case 0, 1, 2 ->
          new String[] {random.nextBoolean() ? "BLPOP" : "BRPOP", key(random), key(random), "0"};
      case 3, 4 ->
          new String[] {"BLMOVE", key(random), key(random), side(random), side(random), "0"};
      case 5 -> new String[] {"BRPOPLPUSH", key(random), key(random), "0"};
      default ->
          new String[] {
            "BLMPOP",
            "0",
            "2",
            key(random),
            key(random),
            side(random),
            "COUNT",
            "" + (1 + random.nextInt(3))
          };
    };
  }

  private static String[] gives(Random random) {
    String key = key(random);
    String element = "e" + random.nextInt(1000);
    return switch (random.nextInt(20)) {
      case 0, 1, 2, 3 -> new String[] {"RPUSH", key, element};
      case 4, 5 -> new String[] {"LPUSH", key, element, "x", "y"};
      case 6 -> new String[] {"SET", key, "string"};
      case 7, 8, 9 -> new String[] {"DEL", key};
      case 10 -> new String[] {"RPUSH", "other", element};
      case 11 -> new String[] {"RENAME", "other", key};
      case 12 -> new String[] {"COPY", "other", key, "REPLACE"};
      case 13 -> new String[] {"LMOVE", "other", key, side(random), side(random)};
      case 14 -> new String[] {"SADD", key, element};
      case 15 -> new String[] {"MOVE", key, "1"};
      case 16 -> new String[] {"LPOP", key};
      case 17 -> new String[] {"LPUSHX", key, element};
      case 18 -> new String[] {"LTRIM", key, "1", "-1"};
      default -> new String[] {random.nextInt(4) == 0 ? "FLUSHDB" : "EXISTS"};
    };
  }

  private static String key(Random random) {
    return "k" + random.nextInt(4);
  }

  private static String side(Random random) {
    return random.nextBoolean() ? "LEFT" : "RIGHT";
  }

  /** A fraction of a second; what there is no time for is an error. */
  @Test
  void timeoutsHaveFractions() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      assertEquals(Reply.Null.ARRAY, client.call("BLPOP", "a", "b", "0.01"));
      assertEquals(Reply.Null.ARRAY, client.call("BLMOVE", "a", "b", "LEFT", "LEFT", "1e-3"));
      assertEquals(Reply.Null.ARRAY, client.call("BLMPOP", "0.002", "1", "a", "LEFT"));
      assertEquals(Reply.Null.ARRAY, client.call("BRPOPLPUSH", "a", "b", "0x0.1"));
      assertEquals(
          new Reply.SimpleError("ERR timeout is negative"), client.call("BRPOP", "a", "-0.5"));
      assertEquals(
          new Reply.SimpleError("ERR timeout is not a float or out of range"),
          client.call("BRPOP", "a", "x"));
    }
  }
}

package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Replies;
import dev.varve.server.testing.Seed;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes by ranks of large sorted sets holds nobody up, once somebody has asked for them. */
final class LargeSortedSetTest {
  private static final int MEMBERS = 10_000;

  private CommandHarness server;
  private Session session;

  @BeforeEach
  void fill() {
    server = new CommandHarness(new FakeEngine(1, 0), 1);
    server.rankStep(3000);
    session = server.connect();
    for (int i = 0; i < MEMBERS; i += 1000) {
      add(i, i + 1000);
    }
  }

  private void add(int from, int to) {
    String[] words = new String[2 + 2 * (to - from)];
    words[0] = "ZADD";
    words[1] = "z";
    for (int i = from; i < to; i++) {
      words[2 + 2 * (i - from)] = "" + i;
      words[3 + 2 * (i - from)] = "m" + i;
    }
    call(words);
  }

  private String call(String... words) {
    return server.execute(session, words);
  }

  private void countRanks() {
    countRanks(0);
  }

  private void countRanks(int member) {
    call("ZRANK", "z", "m" + member);
    assertEquals(1, server.ranksWanted());
    while (server.ranksWanted() > 0) {
      call("PING");
    }
  }

  /**
   * In a transaction all runs where others wait: what takes long would borrow the writer's role.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ZRANK z m9999",
        "ZREVRANK z m2000",
        "ZRANGE z 5000 5010",
        "ZREVRANGE z 5000 5010",
        "ZCOUNT z 100 8000",
        "ZRANGEBYSCORE z 100 9000 LIMIT 5000 10",
        "ZREVRANGEBYSCORE z 9000 100 LIMIT 5000 10",
        "ZREMRANGEBYRANK z 5000 5010"
      })
  void takesLongOnlyUntilRanksAreCounted(String command) {
    call("MULTI");
    call(command.split(" "));
    String expected = call("EXEC");
    assertTrue(server.lent() > 0, "it takes long");
    fill();
    countRanks();
    call("MULTI");
    call(command.split(" "));
    assertEquals(expected, call("EXEC"));
    assertEquals(0, server.lent());
  }

  @Test
  void rankIsTheNumberOfMembersInFront() {
    countRanks();
    for (int i = 0; i < MEMBERS; i += 77) {
      assertEquals(":" + i + "\r\n", call("ZRANK", "z", "m" + i));
      assertEquals(List.of("m" + i), Replies.strings(call("ZRANGE", "z", "" + i, "" + i)));
    }
  }

  /** Nobody sees that ranks are counted, so nobody's transaction fails for it. */
  @Test
  void countingRanksTouchesNoWatchedKey() {
    call("WATCH", "z");
    countRanks();
    call("MULTI");
    call("ZCARD", "z");
    assertEquals("*1\r\n:" + MEMBERS + "\r\n", call("EXEC"));
  }

  /** A queue of many rounds whose ranks are counted: what it has left behind costs nothing. */
  @Test
  void ranksOfAQueueStayRight() {
    countRanks();
    Random random = new Random(Seed.of("ranksOfAQueueStayRight"));
    for (int round = 0; round < 15; round++) {
      int next = MEMBERS + round * 1000;
      add(next, next + 1000);
      assertEquals(2000, Replies.strings(call("ZPOPMIN", "z", "1000")).size());
      int rank = random.nextInt(MEMBERS);
      int member = (round + 1) * 1000 + rank;
      assertEquals(":" + rank + "\r\n", call("ZRANK", "z", "m" + member));
    }
    assertEquals(0, server.lent());
    assertEquals(0, server.ranksWanted(), "they are still counted");
  }

  /** Ranks that nobody asks for any more aren't counted for ever, and are again when asked for. */
  @Test
  void ranksThatNobodyAsksForAreDropped() {
    countRanks();
    for (int round = 0; round < 50; round++) {
      int next = MEMBERS + round * 1000;
      add(next, next + 1000);
      call("ZPOPMIN", "z", "1000");
    }
    assertEquals(0, server.ranksWanted());
    countRanks(55_000);
    assertEquals(":9000\r\n", call("ZRANK", "z", "m59000"));
  }
}

package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Replies;
import dev.varve.server.testing.Seed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Members that are picked with repetition, so many that one walk gathers them: each pick is any
 * member with the same likelihood, wherever in the answer it stands.
 */
final class RepeatedDrawsTest {
  private static final int MEMBERS = 500;

  private CommandHarness server;
  private Session session;

  private void fill(String add, int members, int length) {
    List<String> words = new ArrayList<>(List.of(add, "k"));
    for (int i = 0; i < members; i++) {
      String member = "x".repeat(length) + i;
      switch (add) {
        case "SADD" -> words.add(member);
        case "ZADD" -> words.addAll(List.of("" + i, member));
        default -> words.addAll(List.of(member, "v" + i));
      }
    }
    assertEquals(":" + members + "\r\n", server.execute(session, words.toArray(String[]::new)));
  }

  /** By chi-squared: far beyond what chance brings about once in a million times. */
  private static void assertUniform(Map<String, Integer> counts, int members, int draws) {
    double expected = (double) draws / members;
    double chiSquared = (members - counts.size()) * expected;
    for (int count : counts.values()) {
      chiSquared += (count - expected) * (count - expected) / expected;
    }
    double freedom = members - 1;
    double most = freedom + 5 * Math.sqrt(2 * freedom) + 20;
    assertTrue(chiSquared < most, chiSquared + " with " + freedom + " degrees of freedom");
  }

  @ParameterizedTest
  @CsvSource({"SADD, SRANDMEMBER", "ZADD, ZRANDMEMBER", "HSET, HRANDFIELD"})
  void eachPickIsAnyMember(String add, String draw) {
    long seed = Seed.of("eachPickIsAnyMember " + draw);
    server = new CommandHarness(new FakeEngine(seed, 0), seed);
    session = server.connect();
    fill(add, MEMBERS, 1);
    Map<String, Integer> all = new HashMap<>();
    Map<String, Integer> first = new HashMap<>();
    Map<String, Integer> last = new HashMap<>();
    int rounds = 3000;
    for (int i = 0; i < rounds; i++) {
      List<String> picked = Replies.strings(server.execute(session, draw, "k", "-10"));
      assertEquals(10, picked.size());
      picked.forEach(member -> all.merge(member, 1, Integer::sum));
      first.merge(picked.getFirst(), 1, Integer::sum);
      last.merge(picked.getLast(), 1, Integer::sum);
    }
    assertUniform(all, MEMBERS, 10 * rounds);
    assertUniform(first, MEMBERS, rounds);
    assertUniform(last, MEMBERS, rounds);
  }

  /** What is gathered at a time is bounded, so it takes several walks. */
  @ParameterizedTest
  @CsvSource({"SADD, SRANDMEMBER", "ZADD, ZRANDMEMBER", "HSET, HRANDFIELD"})
  void picksThatFillTheMemoryForThemAreAsLikely(String add, String draw) {
    long seed = Seed.of("picksThatFillTheMemoryForThemAreAsLikely " + draw);
    server = new CommandHarness(new FakeEngine(seed, 0), seed);
    session = server.connect();
    int members = 6000;
    fill(add, members, 1000);
    Map<String, Integer> all = new HashMap<>();
    int rounds = 3;
    for (int i = 0; i < rounds; i++) {
      List<String> picked = Replies.strings(server.execute(session, draw, "k", "-" + 2 * members));
      assertEquals(2 * members, picked.size());
      picked.forEach(member -> all.merge(member, 1, Integer::sum));
    }
    assertUniform(all, members, 2 * members * rounds);
  }

  /** Pairs belong together, and different picks are different. */
  @ParameterizedTest
  @CsvSource({"ZADD, ZRANDMEMBER, WITHSCORES, ''", "HSET, HRANDFIELD, WITHVALUES, v"})
  void pairsBelongTogether(String add, String draw, String with, String prefix) {
    long seed = Seed.of("pairsBelongTogether " + draw);
    server = new CommandHarness(new FakeEngine(seed, 0.3), seed);
    session = server.connect();
    fill(add, MEMBERS, 1);
    for (String count : List.of("-2000", "-3", "200", "5")) {
      List<String> picked = Replies.strings(server.execute(session, draw, "k", count, with));
      assertEquals(2 * Math.abs(Integer.parseInt(count)), picked.size());
      HashSet<String> different = new HashSet<>();
      for (int i = 0; i < picked.size(); i += 2) {
        assertEquals(prefix + picked.get(i).substring(1), picked.get(i + 1));
        different.add(picked.get(i));
      }
      assertTrue(count.startsWith("-") || different.size() == picked.size() / 2);
    }
  }
}

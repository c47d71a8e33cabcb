package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.Misses;
import dev.varve.server.datatype.WallTime;
import dev.varve.server.datatype.set.SetValue;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Replies;
import dev.varve.server.testing.Seed;
import dev.varve.server.testing.SmallEngine;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.engine.ThreadScheduler;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SRANDMEMBER and SPOP pick members with the same likelihood, and SPOP takes them. */
final class SetChanceTest {
  @TempDir Path directory;

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

  private static void fill(CommandHarness server, Session session, int members) {
    for (int i = 0; i < members; i++) {
      server.execute(session, "SADD", "s", "member" + i);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 100, 700})
  void eachMemberIsPickedAsOften(int members) {
    long seed = Seed.of("eachMemberIsPickedAsOften " + members);
    CommandHarness server = new CommandHarness(new FakeEngine(seed, 0), seed);
    Session session = server.connect();
    fill(server, session, members);
    Map<String, Integer> one = new HashMap<>();
    Map<String, Integer> some = new HashMap<>();
    int draws = 40 * members;
    for (int i = 0; i < draws; i++) {
      String reply = server.execute(session, "SRANDMEMBER", "s");
      one.merge(Replies.strings(reply).getFirst(), 1, Integer::sum);
    }
    assertUniform(one, members, draws);
    int wanted = Math.max(1, members / 20);
    for (int i = 0; i < 200; i++) {
      List<String> picked =
          Replies.strings(server.execute(session, "SRANDMEMBER", "s", "" + wanted));
      assertEquals(wanted, new HashSet<>(picked).size());
      picked.forEach(member -> some.merge(member, 1, Integer::sum));
    }
    assertUniform(some, members, 200 * wanted);
  }

  @Test
  void popTakesEachMemberOnceOverTablesAndWhatIsDeleted() {
    long seed = Seed.of("popTakesEachMemberOnceOverTablesAndWhatIsDeleted");
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = SmallEngine.open(directory.resolve("varve"), scheduler)) {
      CommandHarness server = new CommandHarness(engine, seed);
      Session session = server.connect();
      int members = 2000;
      fill(server, session, members);
      Set<String> popped = new HashSet<>();
      while (popped.size() < members) {
        String[] command =
            popped.size() % 3 == 0 ? new String[] {"SPOP", "s", "7"} : new String[] {"SPOP", "s"};
        List<String> taken = Replies.strings(server.execute(session, command));
        assertTrue(!taken.isEmpty(), popped.size() + " were popped");
        for (String member : taken) {
          assertTrue(popped.add(member), member + " was popped twice");
        }
        assertEquals(
            ":" + (members - popped.size()) + "\r\n", server.execute(session, "SCARD", "s"));
      }
      assertEquals(":0\r\n", server.execute(session, "EXISTS", "s"));
    }
  }

  /** Or others who pop meanwhile would have a pop read what no rehearsal has read. */
  @Test
  void withTheSameSeedAlmostAlwaysTheSameIsPickedThoughOthersHaveGone() {
    long seed = Seed.of("withTheSameSeedAlmostAlwaysTheSameIsPickedThoughOthersHaveGone");
    CommandHarness server = new CommandHarness(new FakeEngine(seed, 0), seed);
    Session session = server.connect();
    int members = 5000;
    fill(server, session, members);
    int picks = 300;
    List<String> before = picks(server, seed, picks);
    for (int i = 0; i < 3; i++) {
      server.execute(session, "SPOP", "s");
    }
    List<String> after = picks(server, seed, picks);
    int same = 0;
    for (int i = 0; i < picks; i++) {
      same += before.get(i).equals(after.get(i)) ? 1 : 0;
    }
    assertTrue(same > picks * 4 / 5, same + " of " + picks + " picks are the same");
  }

  /** Picks members of the set, each time as a command that is given a seed. */
  private static List<String> picks(CommandHarness server, long seed, int count) {
    Keyspace keyspace =
        new Keyspace(
            server.databases(),
            WallTime.load(server.engine().latest(), InstantSource.system(), () -> 1));
    SetValue set = new SetValue(keyspace, server.limits());
    List<String> picked = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      WriteBatch changes = new WriteBatch();
      Misses seeded = Misses.seeded(seed + i);
      keyspace.bindWrite(server.engine().latest(), seeded, changes, 0, 1);
      keyspace.select(Unpooled.wrappedBuffer(new byte[] {'s'}), 0, 1);
      assertTrue(set.find());
      set.random(
          (bytes, offset, length) ->
              picked.add(new String(bytes, offset, length, StandardCharsets.US_ASCII)));
      keyspace.unbind();
    }
    return picked;
  }
}

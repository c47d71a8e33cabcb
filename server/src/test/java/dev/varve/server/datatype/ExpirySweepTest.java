package dev.varve.server.datatype;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import dev.varve.server.testing.SmallEngine;
import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.engine.EngineEnvironment;
import dev.varve.storage.engine.LsmEngine;
import dev.varve.storage.engine.ThreadScheduler;
import dev.varve.storage.fs.DiskFileSystem;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where searches for what is due begin, how far they go, and what is removed of what they find. */
@Timeout(120)
class ExpirySweepTest {
  private static final int MILLION = 1_000_000;
  private static final int ENTRIES_A_DEADLINE = 3000;
  private static final byte[] INDEX_BEGIN = {TimeIndex.KEYS.keyspace()};
  private static final byte[] INDEX_END = {(byte) (TimeIndex.KEYS.keyspace() + 1)};

  @TempDir Path directory;

  // How much work it is

  /** The bounds of each walk over the index. */
  private final List<byte[][]> walks = new ArrayList<>();

  @Test
  void aMillionExpiredEntriesArePassedOnceEach() {
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine =
            LsmEngine.open(
                directory,
                StorageOptions.builder().keyGroups(KeyLayout.GROUPS).build(),
                new EngineEnvironment(new DiskFileSystem(), () -> 1, scheduler))) {
      CommandHarness server = new CommandHarness(engine, 1);
      index(server, MILLION);
      ExpirySweep sweep = new ExpirySweep(TimeIndex.KEYS);
      int searches = 0;
      int removed = 0;
      boolean more = true;
      while (more) {
        DueKeys due = search(sweep, engine, MILLION);
        byte[] from = walks.getLast()[0];
        assertTrue(removed == 0 || numberAtOrBehind(from) >= removed, "walks over tombstones");
        sweep.take(due);
        server.call(step -> remove(step.keyspace(), due));
        removed += due.size();
        searches++;
        more = !due.isComplete();
      }
      assertEquals(MILLION, removed);
      assertEquals((MILLION + ExpirySweep.MOST_FOUND - 1) / ExpirySweep.MOST_FOUND, searches);
      assertEquals(0, indexed(engine));
    }
  }

  private static Void remove(Keyspace keyspace, DueKeys due) {
    due.remove(keyspace, 0, () -> false);
    return null;
  }

  /** Writes entries whose keys are gone; some thousand share a deadline. */
  private static void index(CommandHarness server, int entries) {
    WriteBatch batch = new WriteBatch();
    for (int i = 0; i < entries; i++) {
      batch.put(indexKey(i), new byte[0]);
      if (batch.operations() == 10_000 || i == entries - 1) {
        server.call(
            step -> {
              batch.forEach(new Copy(step.keyspace().batch()));
              return null;
            });
        batch.clear();
      }
    }
  }

  private record Copy(WriteBatch to) implements WriteBatch.PartialVisitor {
    @Override
    public void point(
        byte kind, long sequence, byte[] bytes, int key, int keyLength, int value, int length) {
      to.put(kind, bytes, key, keyLength, bytes, value, length);
    }
  }

  private static byte[] indexKey(int number) {
    byte[] key = new byte[KeyLayout.EXPIRY_USER_KEY_OFFSET + Integer.BYTES];
    key[0] = TimeIndex.KEYS.keyspace();
    KeyLayout.LONG.set(key, 1, (long) (1 + number / ENTRIES_A_DEADLINE));
    KeyLayout.INT.set(key, KeyLayout.EXPIRY_USER_KEY_OFFSET, number);
    return key;
  }

  private static int numberAtOrBehind(byte[] position) {
    return position.length > KeyLayout.EXPIRY_USER_KEY_OFFSET
        ? (int) KeyLayout.INT.get(position, KeyLayout.EXPIRY_USER_KEY_OFFSET)
        : (int) Math.max(0, ENTRIES_A_DEADLINE * (TimeIndex.millisOf(position) - 1));
  }

  private DueKeys search(ExpirySweep sweep, StorageEngine engine, long now) {
    try (ReadView view = engine.view()) {
      return sweep.search(view.sequence(), view.sequence(), now).run(noting(view));
    }
  }

  private ReadView noting(ReadView view) {
    return (ReadView)
        Proxy.newProxyInstance(
            ReadView.class.getClassLoader(),
            new Class<?>[] {ReadView.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("cursor")) {
                walks.add(new byte[][] {(byte[]) arguments[0], (byte[]) arguments[1]});
              }
              return method.invoke(view, arguments);
            });
  }

  @Test
  void aSearchInVainLooksFurtherAheadEachTimeAndNotAllTheWayAtOnce() {
    FakeEngine engine = new FakeEngine(1, 0);
    ExpirySweep sweep = new ExpirySweep(TimeIndex.KEYS);
    long ahead = 0;
    for (int i = 0; i < 10; i++) {
      long now = sweep.nextDeadline();
      DueKeys nothing = search(sweep, engine, now);
      sweep.take(nothing);
      assertEquals(0, nothing.size());
      assertTrue(nothing.isComplete());
      assertTrue(sweep.nextDeadline() - now > ahead, "further than before");
      ahead = sweep.nextDeadline() - now;
      assertTrue(ahead < 100_000, "not all the way at once");
    }
    sweep.hear(sweep.nextDeadline() - 50);
    long due = sweep.nextDeadline();
    search(sweep, engine, due); // the one that takes in what was heard
    search(sweep, engine, due);
    assertTrue(TimeIndex.millisOf(walks.getLast()[1]) - due <= 100, "near again");
  }

  // That nothing is missed

  @Test
  void anEarlierDeadlineMovesTheMarkBackOnceItsWriteIsPublished() {
    FakeEngine engine = new FakeEngine(1, 0);
    ExpirySweep sweep = new ExpirySweep(TimeIndex.KEYS);
    sweep.take(search(sweep, engine, 5000));
    assertTrue(sweep.nextDeadline() > 5000);

    sweep.hear(3000);
    assertEquals(3000, sweep.nextDeadline());
    assertTrue(beginOf(sweep, 10, 5) > 5000, "a view would not see it yet");
    assertTrue(beginOf(sweep, 12, 9) > 5000, "nor now");
    assertEquals(3000, sweep.nextDeadline());
    sweep.hear(2000);
    assertEquals(3000, beginOf(sweep, 20, 15), "the one before is visible");
    assertEquals(2000, sweep.nextDeadline());
    assertEquals(2000, beginOf(sweep, 20, 20));
  }

  private long beginOf(ExpirySweep sweep, long appended, long published) {
    FakeEngine engine = new FakeEngine(1, 0);
    sweep.search(appended, published, 6000).run(noting(engine.view()));
    return TimeIndex.millisOf(walks.getLast()[0]);
  }

  @Test
  void whatIsGivenBackIsFoundAgain() {
    FakeEngine engine = new FakeEngine(1, 0);
    CommandHarness server = new CommandHarness(engine, 1);
    index(server, 3 * ExpirySweep.MOST_FOUND);
    ExpirySweep sweep = new ExpirySweep(TimeIndex.KEYS);
    DueKeys first = search(sweep, engine, 100);
    sweep.take(first);
    DueKeys second = search(sweep, engine, 100);
    sweep.take(second);
    sweep.giveBack(first);
    int found = 0;
    boolean more = true;
    while (more) {
      DueKeys due = search(sweep, engine, 100);
      sweep.take(due);
      found += due.size();
      more = !due.isComplete();
    }
    assertEquals(3 * ExpirySweep.MOST_FOUND, found);
  }

  @Test
  void searchesOfLongKeysEndEarly() {
    FakeEngine engine = new FakeEngine(1, 0);
    CommandHarness server = new CommandHarness(engine, 1);
    Session session = server.connect();
    for (int i = 0; i < 600; i++) {
      server.execute(session, "SET", i + "k".repeat(1000), "v", "PX", "10");
    }
    server.advance(100);
    DueKeys due = search(new ExpirySweep(TimeIndex.KEYS), engine, server.nowMillis());
    assertTrue(due.size() < 300, due.size() + " keys");
  }

  // What is removed

  /** Random commands with deadlines over tables that flush and merge, against what GET answered. */
  @Test
  void whatIsDueGoesAndNothingElse() {
    long seed = Seed.of("whatIsDueGoesAndNothingElse");
    sweepAtRandom(new FakeEngine(seed, 0.5), new Random(seed));
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = SmallEngine.open(directory, scheduler)) {
      sweepAtRandom(engine, new Random(seed));
    }
  }

  private void sweepAtRandom(StorageEngine engine, Random random) {
    CommandHarness server = new CommandHarness(engine, random.nextLong());
    Session session = server.connect();
    ExpirySweep sweep = new ExpirySweep(TimeIndex.KEYS);
    for (int round = 0; round < 60; round++) {
      for (int i = 0; i < 50; i++) {
        changeAtRandom(server, session, random);
      }
      server.advance(random.nextInt(100));
      List<String> before = values(server, session);
      sweep(server, engine, sweep);
      assertEquals(before, values(server, session));
    }
    server.advance(10_000);
    sweep.hear(server.nowMillis() - 10_000);
    sweep(server, engine, sweep);
    sweep(server, engine, sweep);
    assertEquals(0, indexed(engine), "entries of the index");
  }

  private static void changeAtRandom(CommandHarness server, Session session, Random random) {
    String key = "k" + random.nextInt(60);
    String millis = "" + (1 + random.nextInt(200));
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> server.execute(session, "SET", key, "v" + random.nextInt(), "PX", millis);
      case 3 -> server.execute(session, "SET", key, "plain");
      case 4 -> server.execute(session, "PERSIST", key);
      case 5 -> server.execute(session, "PEXPIRE", key, millis);
      case 6 -> server.execute(session, "DEL", key);
      default -> {
        if (random.nextInt(40) == 0) {
          server.execute(session, "FLUSHDB");
        }
      }
    }
  }

  private static List<String> values(CommandHarness server, Session session) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      values.add(server.execute(session, "GET", "k" + i));
      values.add(server.execute(session, "PTTL", "k" + i));
    }
    return values;
  }

  private void sweep(CommandHarness server, StorageEngine engine, ExpirySweep sweep) {
    boolean more = true;
    while (more) {
      sweep.hear(server.takeEarliestDeadline());
      DueKeys due = search(sweep, engine, server.nowMillis());
      sweep.take(due);
      more = !due.isComplete() || sweep.nextDeadline() <= server.nowMillis();
      try {
        server.call(step -> remove(step.keyspace(), due));
      } catch (ReadNeeded flushedMeanwhile) {
        sweep.giveBack(due);
        more = true;
      }
    }
  }

  /**
   * Protects the size of the index, and the time that sweeping takes: a key whose deadline moves on
   * with each use, as a session's does, would leave an entry each time, all of them to be walked
   * over and looked up when they are due, though the key lives on.
   */
  @Test
  void aDeadlineThatIsReplacedLeavesTheIndex() {
    FakeEngine engine = new FakeEngine(1, 0);
    CommandHarness server = new CommandHarness(engine, 1);
    Session session = server.connect();
    server.execute(session, "SET", "k", "v", "PX", "1000");
    assertEquals(1, indexed(engine));
    server.execute(session, "PEXPIRE", "k", "2000");
    assertEquals(1, indexed(engine), "after PEXPIRE");
    server.execute(session, "SET", "k", "w", "PX", "3000");
    assertEquals(1, indexed(engine), "after SET with another deadline");
    server.execute(session, "GETEX", "k", "PX", "4000");
    assertEquals(1, indexed(engine), "after GETEX");
    server.execute(session, "PERSIST", "k");
    assertEquals(0, indexed(engine), "after PERSIST");
    server.execute(session, "PEXPIRE", "k", "1000");
    server.execute(session, "SET", "k", "x");
    assertEquals(0, indexed(engine), "after SET without a deadline");
    server.execute(session, "PEXPIRE", "k", "1000");
    server.execute(session, "RENAME", "k", "l");
    assertEquals(1, indexed(engine), "after RENAME");
    server.execute(session, "DEL", "l");
    assertEquals(0, indexed(engine), "after DEL");
  }

  private static int indexed(StorageEngine engine) {
    try (ReadView view = engine.view();
        Cursor cursor = view.cursor(INDEX_BEGIN, INDEX_END)) {
      int entries = 0;
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        entries++;
      }
      return entries;
    }
  }
}

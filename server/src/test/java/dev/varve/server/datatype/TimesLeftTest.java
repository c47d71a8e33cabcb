package dev.varve.server.datatype;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.engine.EngineEnvironment;
import dev.varve.storage.engine.LsmEngine;
import dev.varve.storage.engine.ThreadScheduler;
import dev.varve.storage.fs.DiskFileSystem;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is said of how long keys have left on average, and how far it is from the truth. */
@Timeout(120)
class TimesLeftTest {
  private static final int KEYS = 20_000;

  @TempDir Path directory;

  private static TimesLeft estimate(CommandHarness server) {
    return server.call(
        step -> {
          Keyspace keyspace = step.keyspace();
          return TimesLeft.estimate(
              keyspace.view(), keyspace.time().now(), keyspace.time().wallNow());
        });
  }

  @Test
  void ofFewKeysTheMeanIsExact() {
    try (FakeEngine engine = new FakeEngine(1, 0)) {
      CommandHarness server = new CommandHarness(engine, 1);
      Session session = server.connect();
      assertEquals(0, estimate(server).millis(0));
      server.execute(session, "SET", "never", "v");
      server.execute(session, "SET", "a", "v", "PX", "1000");
      server.execute(session, "SET", "b", "v", "PX", "4000");
      server.execute(session, "SET", "c", "v", "PXAT", Long.toString(server.wallMillis() + 10_000));
      assertEquals(5000, estimate(server).millis(0));
      server.execute(session, "PEXPIRE", "a", "7000");
      server.execute(session, "DEL", "b");
      assertEquals(8500, estimate(server).millis(0));
      server.execute(session, "SELECT", "1");
      assertEquals(0, estimate(server).millis(1));
      server.execute(session, "SET", "a", "v", "PX", "100");
      TimesLeft both = estimate(server);
      assertEquals(8500, both.millis(0));
      assertEquals(100, both.millis(1));
      server.advance(200);
      assertEquals(0, estimate(server).millis(1), "what is due has nothing left");
    }
  }

  @Test
  void ofManyKeysItIsCloseHoweverTheirDeadlinesLie() {
    long seed = Seed.of("ofManyKeysItIsCloseHoweverTheirDeadlinesLie");
    Random random = new Random(seed);
    StorageOptions options =
        StorageOptions.builder()
            .memtableEntries(3000)
            .tableBytes(64 << 10)
            .blockBytes(1024)
            .levelBaseBytes(128 << 10)
            .keyGroups(KeyLayout.GROUPS)
            .build();
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine =
            LsmEngine.open(
                directory,
                options,
                new EngineEnvironment(
                    new DiskFileSystem(), System::currentTimeMillis, scheduler))) {
      CommandHarness server = new CommandHarness(engine, 1);
      Session[] sessions = {server.connect(), server.connect()};
      server.execute(sessions[1], "SELECT", "1");
      double[] sums = new double[2];
      int[] counts = new int[2];
      for (int i = 0; i < KEYS; i++) {
        // Nine of ten in database 0, a twentieth of these for much longer than the rest.
        int database = random.nextInt(10) == 0 ? 1 : 0;
        long left = 1_000_000L + random.nextInt(1_000_000);
        left *= database == 1 || random.nextInt(20) == 0 ? 100 : 1;
        if (random.nextInt(5) == 0) {
          server.execute(sessions[database], "SET", "key" + i, "v", "PX", "" + left / 3);
        }
        if (random.nextInt(10) == 0) {
          // Passes by the wall clock.
          String date = Long.toString(server.wallMillis() + left);
          server.execute(sessions[database], "SET", "key" + i, "v", "PXAT", date);
        } else {
          server.execute(sessions[database], "SET", "key" + i, "v", "PX", "" + left);
        }
        sums[database] += left;
        counts[database]++;
      }
      TimesLeft times = estimate(server);
      for (int database = 0; database < 2; database++) {
        double mean = sums[database] / counts[database];
        assertEquals(mean, (double) times.millis(database), mean / 4, "seed " + seed);
      }
    }
  }
}

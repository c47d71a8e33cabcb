package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.protocol.Reply;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When keys expire while the wall clock is set, and over restarts. */
@Timeout(60)
class ClockStepTest {
  private static final long MINUTE = 60_000;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;
  private static final Reply NULL = Reply.Null.BULK;
  private static final byte[] STORED_TIME = {0, 'w'};

  @TempDir Path directory;

  private final TestClocks clocks = new TestClocks();

  private ServerFixture start() throws Exception {
    return new ServerFixture(clocks.wallClock(), clocks::nanoTime, directory);
  }

  private static long number(TestClient client, String... command) throws Exception {
    return ((Reply.IntegerValue) client.call(command)).value();
  }

  private String in(long millis) {
    return Long.toString(clocks.millis() + millis);
  }

  /** Waits until dates go by the wall clock again, after it was set back. */
  private void awaitRebase(ServerFixture server) {
    while (storedTime(server) != clocks.millis()) {
      Thread.onSpinWait();
    }
  }

  private static long storedTime(ServerFixture server) {
    try (var view = server.engine().view()) {
      byte[] value = view.get(STORED_TIME);
      return value == null ? 0 : ByteBuffer.wrap(value).getLong();
    }
  }

  private static void awaitExpired(TestClient client, long count) throws Exception {
    while (client.info("expired_keys") < count) {
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-PT1H", "PT24H", "-PT24H", "PT8760H"})
  void aTimeToLivePassesWhenItHasElapsedWhateverTheWallClockDoes(String step) throws Exception {
    try (ServerFixture server = start();
        TestClient client = server.connect()) {
      client.call("SET", "s", "v", "EX", "3");
      client.call("SET", "e", "v");
      client.call("PEXPIRE", "e", "3000");
      clocks.step(Duration.parse(step).toMillis());
      client.call("SETEX", "later", "4", "v");
      clocks.pass(2999);
      assertEquals(1, number(client, "PTTL", "s"));
      assertEquals(1, number(client, "PTTL", "e"));
      clocks.step(-Duration.parse(step).toMillis());
      clocks.pass(1);
      assertEquals(NULL, client.call("GET", "s"));
      assertEquals(-2, number(client, "PTTL", "e"));
      assertEquals(1000, number(client, "PTTL", "later"));
      awaitExpired(client, 2);
      client.awaitDbSize(1);
    }
  }

  @Test
  void aDateIsWallTimeAndAStepForwardCountsAtOnce() throws Exception {
    try (ServerFixture server = start();
        TestClient client = server.connect()) {
      client.call("SET", "d", "v", "PXAT", in(HOUR));
      client.call("SET", "e", "v");
      client.call("PEXPIREAT", "e", in(HOUR));
      clocks.step(-HOUR);
      awaitRebase(server);
      assertEquals(2 * HOUR, number(client, "PTTL", "d"));
      assertEquals(2 * HOUR, number(client, "PTTL", "e"));
      clocks.step(2 * HOUR - 1);
      assertEquals(1, number(client, "PTTL", "d"));
      clocks.step(1);
      assertEquals(NULL, client.call("GET", "d"));
      assertEquals(NULL, client.call("GET", "e"));
      awaitExpired(client, 2);
      client.awaitDbSize(0);
    }
  }

  @Test
  void aDateIsWallTimeThoughTheClockTicksBetweenTwoReadings() throws Exception {
    AtomicLong readings = new AtomicLong();
    InstantSource ticking =
        () -> clocks.wallClock().instant().plusMillis(readings.incrementAndGet());
    try (ServerFixture server = new ServerFixture(ticking, clocks::nanoTime, directory);
        TestClient client = server.connect()) {
      client.call("SET", "d", "v", "PXAT", in(DAY));
      client.call("SET", "e", "v");
      client.call("PEXPIREAT", "e", in(DAY));
      client.call("SET", "f", "v");
      client.call("GETEX", "f", "PXAT", in(DAY));
      clocks.step(DAY);
      assertEquals(NULL, client.call("GET", "d"));
      assertEquals(NULL, client.call("GET", "e"));
      assertEquals(NULL, client.call("GET", "f"));
    }
  }

  @Test
  void aDateGivenRightAfterAStepBackIsADateIfItIsBeyondWhatDatesPassBy() throws Exception {
    try (ServerFixture server = start();
        TestClient client = server.connect()) {
      clocks.step(-HOUR);
      client.call("SET", "d", "v", "PXAT", in(DAY));
      assertEquals(DAY, number(client, "PTTL", "d"));
      assertEquals(clocks.millis() + DAY, number(client, "PEXPIRETIME", "d"));
      awaitRebase(server);
      assertEquals(DAY, number(client, "PTTL", "d"));
      clocks.step(DAY - 1);
      assertEquals(1, number(client, "PTTL", "d"));
      clocks.step(1);
      assertEquals(NULL, client.call("GET", "d"));
    }
  }

  @Test
  void afterADayForwardAndBackADateInAMinuteIsAMinuteAway() throws Exception {
    try (ServerFixture server = start();
        TestClient client = server.connect()) {
      client.call("SET", "d", "v", "PXAT", in(HOUR));
      clocks.step(DAY);
      assertEquals(NULL, client.call("GET", "d"));
      clocks.step(-DAY);
      client.call("SET", "at once", "v", "PXAT", in(MINUTE));
      assertEquals(MINUTE, number(client, "PTTL", "at once"));
      assertEquals(clocks.millis() + MINUTE, number(client, "PEXPIRETIME", "at once"));
      awaitExpired(client, 1);
      awaitRebase(server);
      assertEquals(NULL, client.call("GET", "d"));
      client.call("SET", "rebased", "v", "PXAT", in(MINUTE));
      clocks.pass(MINUTE - 1);
      assertEquals(1, number(client, "PTTL", "at once"));
      assertEquals(1, number(client, "PTTL", "rebased"));
      clocks.pass(1);
      assertEquals(NULL, client.call("GET", "at once"));
      assertEquals(NULL, client.call("GET", "rebased"));
    }
  }

  @Test
  void manyStepsBackNeverBringAKeyBackNorKeepOne() throws Exception {
    try (ServerFixture server = start();
        TestClient client = server.connect()) {
      for (int i = 1; i <= 30; i++) {
        client.call("SET", "gone" + i, "v", "PXAT", in(MINUTE));
        client.call("SET", "kept", "v", "PXAT", in(2 * DAY));
        clocks.step(DAY);
        assertEquals(NULL, client.call("GET", "gone" + i));
        // Never to where dates went by the clock before, which is what is waited for.
        clocks.step(-DAY - 1);
        assertEquals(NULL, client.call("GET", "gone" + i));
        assertEquals(1, number(client, "EXISTS", "kept"));
        awaitRebase(server);
        assertEquals(NULL, client.call("GET", "gone" + i));
        client.awaitDbSize(1);
      }
    }
  }

  @Test
  void nothingThatWasSeenToExpireComesBackOverARestart() throws Exception {
    try (ServerFixture server = start();
        TestClient client = server.connect()) {
      client.call("SET", "d", "v", "PXAT", in(MINUTE));
      client.call("SET", "s", "v", "PX", "60000");
      client.call("SET", "kept", "v", "PXAT", in(DAY));
      clocks.pass(MINUTE);
      assertEquals(NULL, client.call("GET", "d"));
      assertEquals(NULL, client.call("GET", "s"));
      awaitExpired(client, 2);
    }
    clocks.step(-HOUR);
    try (ServerFixture server = start();
        TestClient client = server.connect()) {
      assertEquals(NULL, client.call("GET", "d"));
      assertEquals(NULL, client.call("GET", "s"));
      client.awaitDbSize(1);
      awaitRebase(server);
      assertEquals(DAY - MINUTE + HOUR, number(client, "PTTL", "kept"));
      assertEquals(NULL, client.call("GET", "d"));
    }
  }

  @Test
  void afterARestartWithTheClockAnHourBackATimeToLiveIsWhatWasLeft() throws Exception {
    try (ServerFixture server = start();
        TestClient client = server.connect()) {
      client.call("SET", "k", "v", "EX", "100");
      assertEquals(100, number(client, "TTL", "k"));
    }
    clocks.step(-HOUR);
    try (ServerFixture server = start();
        TestClient client = server.connect()) {
      assertEquals(100_000, number(client, "PTTL", "k"));
      assertEquals(clocks.millis() + 100_000, number(client, "PEXPIRETIME", "k"));
      clocks.pass(99_999);
      assertEquals(1, number(client, "PTTL", "k"));
      clocks.pass(1);
      assertEquals(NULL, client.call("GET", "k"));
    }
  }

  @Test
  void timeAndTimeToLiveFitTogether() throws Exception {
    try (ServerFixture server = start();
        TestClient client = server.connect()) {
      client.call("SET", "relative", "v", "PX", "800000000");
      client.call("SET", "date", "v", "PXAT", in(400 * DAY));
      for (long step : List.of(0L, -HOUR, DAY, -DAY, 365 * DAY)) {
        clocks.step(step);
        clocks.pass(1234);
        if (step < 0) {
          awaitRebase(server);
        }
        assertEquals(millis(client.call("TIME")), clocks.millis());
        for (String key : List.of("relative", "date")) {
          assertEquals(
              clocks.millis() + number(client, "PTTL", key),
              number(client, "PEXPIRETIME", key),
              key + " after a step of " + step);
        }
      }
    }
  }

  private static long millis(Reply time) {
    List<Reply> parts = ((Reply.Array) time).values();
    return Long.parseLong(((Reply.BulkString) parts.get(0)).text()) * 1000
        + Long.parseLong(((Reply.BulkString) parts.get(1)).text()) / 1000;
  }
}

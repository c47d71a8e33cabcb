package dev.varve.server.writer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server's time while the wall clock is set, and behind the database's. */
class MonotoneClockTest {
  private static final long START = 1_700_000_000_000L;

  private long wall = START;
  private long nanos = Long.MAX_VALUE - 1_000_000;
  private final MonotoneClock clock =
      new MonotoneClock(() -> Instant.ofEpochMilli(wall), () -> nanos);

  private void pass(long millis) {
    wall += millis;
    nanos += millis * 1_000_000;
  }

  @ParameterizedTest
  @ValueSource(strings = {"-PT1H", "PT24H", "-PT24H", "PT8760H"})
  void goesOnAsTimeElapsesWhenTheWallClockIsSet(String step) {
    pass(10);
    assertEquals(wall, clock.getAsLong());
    wall += Duration.parse(step).toMillis();
    assertEquals(START + 10, clock.getAsLong());
    pass(3000);
    assertEquals(START + 3010, clock.getAsLong());
  }

  @Test
  void neverStepsBackWhateverTheClocksDo() {
    Random random = new Random(1);
    long before = clock.getAsLong();
    for (int i = 0; i < 10_000; i++) {
      switch (random.nextInt(3)) {
        case 0 -> wall += random.nextLong(-3_600_000, 3_600_000);
        case 1 -> nanos += random.nextLong(-5_000_000_000L, 5_000_000_000L);
        default -> pass(random.nextInt(5000));
      }
      long now = clock.getAsLong();
      assertTrue(now >= before, now + " behind " + before);
      before = now;
    }
  }

  @Test
  void goesOnFromTheDatabasesLastTimeWhenTheWallClockIsBehindIt() {
    clock.goOnFrom(START + 3_600_000);
    assertEquals(START + 3_600_000, clock.getAsLong());
    pass(100);
    assertEquals(START + 3_600_100, clock.getAsLong());
  }

  @Test
  void aLastTimeThatIsPastChangesNothing() {
    clock.goOnFrom(START - 1000);
    assertEquals(START, clock.getAsLong());
  }
}

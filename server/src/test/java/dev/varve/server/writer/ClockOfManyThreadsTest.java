package dev.varve.server.writer;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A key whose deadline one thread has seen pass is gone for all others. */
@Timeout(60)
class ClockOfManyThreadsTest {
  private static final int THREADS = 4;
  private static final int ROUNDS = 200_000;
  private static final long START = 1_700_000_000_000L;

  /** How often it was asked how time elapses, which steps back by a second every other time. */
  private final AtomicLong asked = new AtomicLong();

  private final LongSupplier clock =
      new MonotoneClock(
          () -> Instant.ofEpochMilli(START), () -> 1_000_000 * wallMillis(asked.incrementAndGet()));

  /** The latest time that any thread has seen. */
  private final AtomicLong seen = new AtomicLong();

  private static long wallMillis(long times) {
    return times % 2 == 0 ? times : times - 1000;
  }

  @Test
  void noThreadSeesATimeBeforeOneThatAnotherHasSeen() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<?>> looking = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        looking.add(threads.submit(this::look));
      }
      for (Future<?> each : looking) {
        each.get();
      }
    }
    assertTrue(seen.get() > START, "the clock stands still");
  }

  private void look() {
    for (int i = 0; i < ROUNDS; i++) {
      long before = seen.get();
      long now = clock.getAsLong();
      assertTrue(now >= before, now + " behind " + before);
      seen.accumulateAndGet(now, Math::max);
    }
  }
}

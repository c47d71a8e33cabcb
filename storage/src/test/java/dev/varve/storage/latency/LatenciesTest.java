package dev.varve.storage.latency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.StorageStatistics;
import dev.varve.storage.StorageStatistics.Latency;
import dev.varve.storage.StorageStatistics.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LatenciesTest {
  private final AtomicLong clock = new AtomicLong(1);
  private final Latencies latencies = new Latencies(clock::get);

  private void take(Operation operation, long nanos) {
    long begin = latencies.begin();
    clock.addAndGet(nanos);
    latencies.end(operation, begin);
  }

  private static void assertAbout(long expected, long actual) {
    assertTrue(
        actual >= expected && actual <= expected + expected / 100, expected + ", not " + actual);
  }

  private static void assertOrdered(Latency latency) {
    assertTrue(
        latency.p50Nanos() <= latency.p99Nanos()
            && latency.p99Nanos() <= latency.p999Nanos()
            && latency.p999Nanos() <= latency.maxNanos(),
        latency::toString);
  }

  @Test
  void figuresAreOfWhatWasTimed() {
    assertEquals(Map.of(), latencies.figures());
    for (int i = 1; i <= 10_000; i++) {
      take(Operation.SYNC, 1000L * i);
    }
    take(Operation.FLUSH, TimeUnit.DAYS.toNanos(3));
    Map<Operation, Latency> figures = latencies.figures();
    assertEquals(List.of(Operation.SYNC, Operation.FLUSH), List.copyOf(figures.keySet()));
    Latency sync = figures.get(Operation.SYNC);
    assertEquals(10_000, sync.count());
    assertAbout(5_000_000, sync.p50Nanos());
    assertAbout(9_900_000, sync.p99Nanos());
    assertAbout(9_990_000, sync.p999Nanos());
    assertAbout(10_000_000, sync.maxNanos());
    assertAbout(TimeUnit.DAYS.toNanos(1), figures.get(Operation.FLUSH).p50Nanos());
  }

  @Test
  void aClockThatStepsBackTakesNoTime() {
    take(Operation.READ, -5);
    assertEquals(0, latencies.figures().get(Operation.READ).maxNanos());
  }

  @Test
  void whatIsForgottenBeginsAnew() {
    take(Operation.GET, 7);
    latencies.reset();
    assertEquals(Map.of(), latencies.figures());
    take(Operation.GET, 9);
    assertEquals(new Latency(1, 9, 9, 9, 9), latencies.figures().get(Operation.GET));
  }

  @Test
  void nothingIsTimedByAClockThatStands() {
    Latencies.NONE.end(Operation.GET, Latencies.NONE.begin());
    assertEquals(Map.of(), Latencies.NONE.figures());
  }

  /** The bounds are 10 standard deviations away. */
  @Test
  void theShareSaidIsDrawn() {
    int all = 1_000_000;
    for (int i = 0; i < all; i++) {
      latencies.end(Operation.GET, latencies.beginSampled());
    }
    double drawn = latencies.figures().get(Operation.GET).count();
    double expected = (double) all / StorageStatistics.SAMPLED_OF;
    assertTrue(Math.abs(drawn - expected) < 10 * Math.sqrt(expected), drawn + " are drawn");
  }

  @Test
  void noneIsLostAmongThreads() throws InterruptedException {
    int each = 50_000;
    clock.set(1_000_000);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int nanos = 1; nanos <= each; nanos++) {
                      latencies.end(Operation.READ, clock.get() - nanos);
                    }
                  }));
    }
    while (threads.stream().anyMatch(Thread::isAlive)) {
      latencies.figures().values().forEach(LatenciesTest::assertOrdered);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(4L * each, latencies.figures().get(Operation.READ).count());
  }
}

package dev.varve.storage.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class UncachedMemoryTest {
  @Test
  void neverMoreIsTakenThanThereIs() throws InterruptedException {
    UncachedMemory memory = new UncachedMemory(1 << 20);
    AtomicInteger holders = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int round = 0; round < 10_000; round++) {
                      int taken = memory.take(400 << 10);
                      most.accumulateAndGet(holders.incrementAndGet(), Math::max);
                      holders.decrementAndGet();
                      memory.give(taken);
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertTrue(most.get() <= 2, most::toString);
  }

  @Test
  void whatIsMoreThanThereIsTakesAll() {
    UncachedMemory memory = new UncachedMemory(1 << 20);
    memory.give(memory.take(1L << 40));
    memory.give(memory.take(1 << 20));
    assertEquals(0, memory.take(UncachedMemory.FREE_BYTES));
  }

  @Test
  void withoutALimitNobodyWaits() {
    UncachedMemory memory = new UncachedMemory(0);
    for (int i = 0; i < 1000; i++) {
      memory.take(1 << 30);
    }
  }
}

package dev.varve.server.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandStatisticsTest {
  private static final long[] NANOS = {1, 900, 1_500, 40_000, 1_000_000, 3_000_000_000L};

  @Test
  void smallHeapsCountOneDigit() {
    assertEquals(1, CommandStatistics.digits(20 << 20));
    assertEquals(1, CommandStatistics.digits((64 << 20) - 1));
    assertEquals(2, CommandStatistics.digits(64 << 20));
    assertEquals(2, CommandStatistics.digits(4L << 30));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void percentilesAreRightToTheDigitsThatCount(int digits) {
    for (long nanos : NANOS) {
      CommandStatistics statistics = new CommandStatistics(digits);
      statistics.called(3, 3 * nanos, true);
      double most = nanos * (1 + Math.pow(10, -digits)) + 1;
      for (double percentile : List.of(0.1, 50.0, 99.9, 100.0)) {
        double answered = statistics.percentileNanos(percentile);
        assertTrue(answered >= nanos && answered <= most, nanos + " is told as " + answered);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void distributionsHaveAllCallsInSteps(int digits) {
    CommandStatistics statistics = new CommandStatistics(digits);
    for (long nanos : NANOS) {
      statistics.called(2, 2 * nanos, true);
    }
    statistics.called(5, 5_000, false);
    Map<Long, Long> steps = statistics.distribution();
    long before = 0;
    for (long calls : steps.values()) {
      assertTrue(calls > before, steps.toString());
      before = calls;
    }
    assertEquals(2L * NANOS.length, before, steps.toString());
    assertEquals(2L * NANOS.length + 5, statistics.calls());
    statistics.reset();
    assertEquals(Map.of(), statistics.distribution());
    assertEquals(0, statistics.percentileNanos(50));
  }
}

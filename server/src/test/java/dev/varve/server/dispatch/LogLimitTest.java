package dev.varve.server.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LogLimitTest {
  private final LogLimit limit = new LogLimit();
  private final List<String> lines = new ArrayList<>();

  private void log(long millis) {
    limit.log(millis, lines::add);
  }

  @Test
  void aMillionLinesAnHourBecomeAFewAMinute() {
    long hour = TimeUnit.HOURS.toMillis(1);
    int events = 1_000_000;
    for (int i = 0; i < events; i++) {
      log(hour * i / events);
    }
    long most = LogLimit.BURST + hour / LogLimit.EACH_MILLIS;
    assertTrue(lines.size() <= most && lines.size() > most / 2, lines.size() + " lines");
    long leftOut =
        lines.stream()
            .mapToLong(line -> line.isEmpty() ? 0 : Long.parseLong(line.replaceAll("\\D", "")))
            .sum();
    // All others are told of but those after the last line.
    long untold = events - lines.size() - leftOut;
    assertTrue(untold >= 0 && untold < events / 100, untold + " untold");
  }

  @Test
  void whatIsRareIsLoggedAsItIs() {
    for (int i = 0; i < 100; i++) {
      log(i * LogLimit.EACH_MILLIS);
    }
    assertEquals(100, lines.size());
    assertTrue(lines.stream().allMatch(String::isEmpty), lines.toString());
  }

  @Test
  void theNextLineTellsOfThoseLeftOut() {
    for (int i = 0; i < LogLimit.BURST + 3; i++) {
      log(0);
    }
    assertEquals(LogLimit.BURST, lines.size());
    log(LogLimit.EACH_MILLIS);
    assertEquals(" (3 more such lines before this were left out)", lines.getLast());
  }

  @Test
  void aTimeThatStepsBackSilencesNothingForLong() {
    log(1_000_000_000);
    for (int i = 0; i < 2 * LogLimit.BURST; i++) {
      log(i * LogLimit.EACH_MILLIS);
    }
    assertTrue(lines.size() > LogLimit.BURST, lines.toString());
  }
}

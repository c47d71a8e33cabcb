package dev.varve.server.command.admin;

import dev.varve.server.latency.LatencyEvents;
import java.util.List;
import java.util.Map;

/** What LATENCY DOCTOR says. */
final class LatencyReport {
  private static final Map<String, String> ADVICE =
      Map.of(
          LatencyEvents.COMMAND,
              "SLOWLOG GET tells which commands these were (see slowlog-log-slower-than).",
          LatencyEvents.FAST_COMMAND,
              "Commands that take little themselves have waited: for the processor, which others "
                  + "may want, or for memory that was swapped out.",
          LatencyEvents.SYNC,
              "The disk took so long to sync the log. A faster disk, or appendfsync everysec, "
                  + "would help.");

  private LatencyReport() {}

  static String of(long thresholdMillis, List<LatencyEvents.History> all) {
    if (thresholdMillis == 0 && all.isEmpty()) {
      return "Nothing is known of latency, as latency-monitor-threshold is 0. \"CONFIG SET"
          + " latency-monitor-threshold <milliseconds>\" has slow events noted.\n";
    }
    if (all.isEmpty()) {
      return "Nothing has taken " + thresholdMillis + " milliseconds or more.\n";
    }
    StringBuilder text = new StringBuilder("What has taken long:\n\n");
    for (LatencyEvents.History history : all) {
      describe(text, history);
    }
    return text.toString();
  }

  private static void describe(StringBuilder text, LatencyEvents.History history) {
    List<LatencyEvents.Sample> samples = history.samples();
    long total = samples.stream().mapToLong(LatencyEvents.Sample::millis).sum();
    long since = history.last().seconds() - samples.getFirst().seconds();
    text.append(history.name()).append(": in ").append(samples.size());
    text.append(" seconds, ").append(total / samples.size()).append(" ms on average, ");
    text.append(history.slowestMillis()).append(" ms at most");
    if (samples.size() > 1) {
      text.append(", once in ").append(since / (samples.size() - 1)).append(" seconds");
    }
    text.append(".\n    ").append(ADVICE.get(history.name())).append("\n");
  }
}

package dev.varve.server.command.admin;

import dev.varve.server.latency.LatencyEvents;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Draws the samples of a kind of events: a column each, with how long ago it was beneath. */
final class LatencyGraph {
  private static final int COLUMNS = 80;
  private static final int ROWS = 4;

  /** How a column ends, by the part of its last row that it fills. */
  private static final String TOPS = "_o#";

  private static final char BODY = '|';

  private LatencyGraph() {}

  static String of(LatencyEvents.History history, long nowSeconds) {
    List<LatencyEvents.Sample> samples = history.samples();
    long high = samples.stream().mapToLong(LatencyEvents.Sample::millis).max().orElse(0);
    long low = samples.stream().mapToLong(LatencyEvents.Sample::millis).min().orElse(0);
    StringBuilder text = new StringBuilder();
    text.append(history.name()).append(" - high ").append(high).append(" ms, low ").append(low);
    text.append(" ms (all time high ").append(history.slowestMillis()).append(" ms)\n");
    text.append("-".repeat(COLUMNS)).append('\n');
    for (int from = 0; from < samples.size(); from += COLUMNS) {
      text.append(from == 0 ? "" : "\n");
      List<LatencyEvents.Sample> some =
          samples.subList(from, Math.min(samples.size(), from + COLUMNS));
      draw(text, some, low, high);
      label(text, some, nowSeconds);
    }
    return text.toString();
  }

  private static void draw(
      StringBuilder text, List<LatencyEvents.Sample> samples, long low, long high) {
    int steps = ROWS * TOPS.length();
    for (int row = ROWS - 1; row >= 0; row--) {
      for (LatencyEvents.Sample sample : samples) {
        long step = (sample.millis() - low) * steps / Math.max(1, high - low);
        long inRow = Math.min(step, steps - 1) - (long) row * TOPS.length();
        char drawn = ' ';
        if (inRow >= TOPS.length()) {
          drawn = BODY;
        } else if (inRow >= 0) {
          drawn = TOPS.charAt((int) inRow);
        }
        text.append(drawn);
      }
      text.append('\n');
    }
  }

  /** How long ago each was, downwards. */
  private static void label(
      StringBuilder text, List<LatencyEvents.Sample> samples, long nowSeconds) {
    List<String> labels =
        samples.stream().map(sample -> ago(nowSeconds - sample.seconds())).toList();
    int longest = labels.stream().mapToInt(String::length).max().orElse(0);
    text.append('\n');
    for (int i = 0; i < longest; i++) {
      char[] line = new char[labels.size()];
      Arrays.fill(line, ' ');
      for (int column = 0; column < line.length; column++) {
        String label = labels.get(column);
        line[column] = i < label.length() ? label.charAt(i) : ' ';
      }
      text.append(line).append('\n');
    }
  }

  private static String ago(long seconds) {
    if (seconds < TimeUnit.MINUTES.toSeconds(1)) {
      return seconds + "s";
    }
    if (seconds < TimeUnit.HOURS.toSeconds(1)) {
      return TimeUnit.SECONDS.toMinutes(seconds) + "m";
    }
    return seconds < TimeUnit.DAYS.toSeconds(1)
        ? TimeUnit.SECONDS.toHours(seconds) + "h"
        : TimeUnit.SECONDS.toDays(seconds) + "d";
  }
}

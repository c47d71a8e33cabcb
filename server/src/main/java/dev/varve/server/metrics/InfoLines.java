package dev.varve.server.metrics;

import java.util.Locale;

/** Collects the lines of a section of INFO. */
final class InfoLines {
  private final StringBuilder text = new StringBuilder();

  InfoLines add(String name, Object value) {
    text.append(name).append(':').append(value).append("\r\n");
    return this;
  }

  InfoLines addFraction(String name, double value) {
    return add(name, String.format(Locale.ROOT, "%.2f", value));
  }

  /** Adds figures of what there is in Redis, and not here: there is none of it. */
  InfoLines none(String... names) {
    for (String name : names) {
      add(name, 0);
    }
    return this;
  }

  /** Adds a number of bytes, and the same for people. */
  InfoLines addBytes(String name, long bytes) {
    return add(name, bytes).add(name + "_human", human(bytes));
  }

  private static String human(long bytes) {
    double value = bytes;
    for (String unit : new String[] {"B", "K", "M", "G", "T"}) {
      if (value < 1024) {
        return String.format(Locale.ROOT, unit.equals("B") ? "%.0f%s" : "%.2f%s", value, unit);
      }
      value /= 1024;
    }
    return String.format(Locale.ROOT, "%.2fP", value);
  }

  InfoLines addPercent(String name, long part, long whole) {
    double percent = whole <= 0 ? 0 : Math.min(100.0, 100.0 * part / whole);
    return add(name, String.format(Locale.ROOT, "%.2f%%", percent));
  }

  /** Returns the lines. */
  @Override
  public String toString() {
    return text.toString();
  }
}

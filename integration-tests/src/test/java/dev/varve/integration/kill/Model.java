package dev.varve.integration.kill;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What a writer's keys hold after some of its commands. Keys whose deadline is near may be there or
 * not, as the server's clock has it; of all others everything is known.
 */
public final class Model {

  /** By so much the server's clock may be behind or ahead of what a client sees, in ms. */
  static final long CLOCK_SLACK = 1_000;

  static final long NEVER = Long.MAX_VALUE;

  private final Map<String, Entry> entries;
  private long lastVersion;

  /** No key is there. */
  public Model() {
    this(new HashMap<>(), 0);
  }

  private Model(Map<String, Entry> entries, long lastVersion) {
    this.entries = entries;
    this.lastVersion = lastVersion;
  }

  public Model copy() {
    return new Model(new HashMap<>(entries), lastVersion);
  }

  /**
   * A key that was there at least for some time. All times are Unix milliseconds.
   *
   * @param bytes its value
   * @param mayBeGoneFrom from then on it may have expired
   * @param earliestDeadline the earliest that its deadline may be; {@link #NEVER} if it has none
   * @param latestDeadline the latest that it may be
   */
  public record Entry(
      byte[] bytes, long mayBeGoneFrom, long earliestDeadline, long latestDeadline) {

    static Entry forever(byte[] bytes) {
      return new Entry(bytes, NEVER, NEVER, NEVER);
    }

    static Entry until(byte[] bytes, long earliest, long latest) {
      return new Entry(bytes, earliest - CLOCK_SLACK, earliest, latest);
    }

    boolean mayBeGone(Moment moment) {
      return moment.end() >= mayBeGoneFrom;
    }

    boolean isGone(Moment moment) {
      return latestDeadline != NEVER && moment.begin() > latestDeadline + CLOCK_SLACK;
    }
  }

  /** When something happened: between two readings of the clock, Unix milliseconds. */
  public record Moment(long begin, long end) {}

  /**
   * What was read of a key.
   *
   * @param bytes its value; null if it isn't there
   * @param deadline Unix milliseconds; -1: none, -2: it isn't there
   */
  public record Found(byte[] bytes, long deadline) {}

  Entry get(String key) {
    return entries.get(key);
  }

  void put(String key, Entry entry) {
    entries.put(key, entry);
  }

  /** Notes that a value of this version was written. */
  void wrote(long version) {
    lastVersion = Math.max(lastVersion, version);
  }

  /** The greatest version ever written, whether or not it is still there. */
  public long lastVersion() {
    return lastVersion;
  }

  void remove(String key) {
    entries.remove(key);
  }

  void clear() {
    entries.clear();
  }

  /** What contradicts this model in what was read of all keys; null if nothing does. */
  public String contradiction(Map<String, Found> found, Moment moment) {
    for (Map.Entry<String, Found> each : found.entrySet()) {
      String wrong = contradiction(entries.get(each.getKey()), each.getValue(), moment);
      if (wrong != null) {
        return each.getKey() + ": " + wrong;
      }
    }
    return null;
  }

  private static String contradiction(Entry entry, Found found, Moment moment) {
    if (found.bytes() == null) {
      return entry == null || entry.mayBeGone(moment)
          ? null
          : "missing; must be " + text(entry.bytes());
    }
    if (entry == null) {
      return "has come back: " + text(found.bytes());
    }
    if (entry.isGone(moment)) {
      return "is there behind its deadline " + entry.latestDeadline() + ", at " + moment;
    }
    if (!Arrays.equals(entry.bytes(), found.bytes())) {
      return "found " + text(found.bytes()) + "; must be " + text(entry.bytes());
    }
    long deadline = found.deadline() == -1 ? NEVER : found.deadline();
    // Between the two questions it may have expired.
    boolean right =
        deadline == -2
            ? entry.mayBeGone(moment)
            : deadline >= entry.earliestDeadline() && deadline <= entry.latestDeadline();
    return right ? null : "found the deadline " + found.deadline() + "; must be of " + entry;
  }

  /** Knows from now on what was found, where the model left it open. */
  public void learn(Map<String, Found> found) {
    found.forEach(
        (key, each) -> {
          if (each.bytes() == null) {
            entries.remove(key);
          } else if (each.deadline() >= 0) {
            entries.put(key, Entry.until(each.bytes(), each.deadline(), each.deadline()));
          }
        });
  }

  private static String text(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    return text.length() <= 80
        ? "'" + text + "'"
        : "'" + text.substring(0, 80) + "…' of " + bytes.length + " bytes";
  }
}

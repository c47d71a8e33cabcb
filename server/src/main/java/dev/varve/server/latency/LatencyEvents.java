package dev.varve.server.latency;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * When events of some kinds took long: of each kind the latest {@value #MOST_SAMPLES} seconds in
 * which one did. Safe for use by many threads.
 */
public final class LatencyEvents {
  /** A command. */
  public static final String COMMAND = "command";

  /** A command of constant or logarithmic time. */
  public static final String FAST_COMMAND = "fast-command";

  /** A sync of the log. */
  public static final String SYNC = "aof-fsync-always";

  private static final int MOST_SAMPLES = 160;

  /**
   * The slowest event of a kind in one second.
   *
   * @param seconds which second, in Unix time
   * @param millis how long it took
   */
  public record Sample(long seconds, long millis) {}

  /**
   * What is known of a kind of events.
   *
   * @param name of the kind
   * @param samples the latest, oldest first; there are always some
   * @param slowestMillis how long the slowest one took since the kind was reset last
   */
  public record History(String name, List<Sample> samples, long slowestMillis) {
    /** Returns the last sample. */
    public Sample last() {
      return samples.getLast();
    }

    private History with(Sample added) {
      List<Sample> all = new ArrayList<>(samples);
      if (!all.isEmpty() && all.getLast().seconds() == added.seconds()) {
        long slower = Math.max(all.removeLast().millis(), added.millis());
        all.add(new Sample(added.seconds(), slower));
      } else {
        all.add(added);
      }
      if (all.size() > MOST_SAMPLES) {
        all.removeFirst();
      }
      return new History(name, List.copyOf(all), Math.max(slowestMillis, added.millis()));
    }
  }

  private final Map<String, History> histories = new TreeMap<>();
  private volatile long thresholdMillis;

  /** Notes events from now on that take so many milliseconds or more; 0: none. */
  public void threshold(long millis) {
    thresholdMillis = millis;
  }

  /** Returns from how many milliseconds on events are noted; 0: none are. */
  public long threshold() {
    return thresholdMillis;
  }

  /** Notes an event that has ended at a time, if it took long enough. */
  public void ended(String kind, long seconds, long millis) {
    long least = thresholdMillis;
    if (least > 0 && millis >= least) {
      add(kind, new Sample(seconds, millis));
    }
  }

  private synchronized void add(String kind, Sample sample) {
    History known = histories.getOrDefault(kind, new History(kind, List.of(), 0));
    histories.put(kind, known.with(sample));
  }

  /** Returns all kinds of which something is known, by name. */
  public synchronized List<History> all() {
    return List.copyOf(histories.values());
  }

  /** Returns what is known of a kind; null if nothing is. */
  public synchronized History of(String kind) {
    return histories.get(kind);
  }

  /** Forgets a kind; whether something was known of it. */
  public synchronized boolean reset(String kind) {
    return histories.remove(kind) != null;
  }

  /** Forgets all; returns how many kinds something was known of. */
  public synchronized int reset() {
    int known = histories.size();
    histories.clear();
    return known;
  }
}

package dev.varve.server.dispatch;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many errors clients were answered with, by their codes: {@code ERR}, {@code OOM} and so on.
 * Safe for use by many threads.
 */
public final class ErrorStatistics {
  private final ConcurrentHashMap<String, LongAdder> counts = new ConcurrentHashMap<>();

  /** Notes errors of a code. */
  public void add(String code, long count) {
    counts.computeIfAbsent(code, _ -> new LongAdder()).add(count);
  }

  /** Returns how many there were, by code, in alphabetical order. */
  public Map<String, Long> byCode() {
    Map<String, Long> sums = new TreeMap<>();
    counts.forEach((code, count) -> sums.put(code, count.sum()));
    return sums;
  }

  /** Returns how many there were. */
  public long total() {
    return counts.values().stream().mapToLong(LongAdder::sum).sum();
  }

  /** Forgets all. */
  public void reset() {
    counts.clear();
  }
}

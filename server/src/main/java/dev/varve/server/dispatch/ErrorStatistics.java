package dev.varve.server.dispatch;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
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

  /** The longest code of an error that is told apart from others. */
  private static final int MOST_CODE = 32;

  /** Returns the code of the error whose reply begins at an index. */
  public static String codeOf(ByteBuf replies, int from) {
    int first = from + 1;
    int length = 0;
    while (length < MOST_CODE && replies.getByte(first + length) > ' ') {
      length++;
    }
    return replies.toString(first, length, StandardCharsets.US_ASCII);
  }

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

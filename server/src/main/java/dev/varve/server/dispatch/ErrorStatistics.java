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
  /** What errors that don't begin with a code are counted as. */
  private static final String NO_CODE = "ERR";

  /** What errors of further codes are counted as, once there are {@link #MOST_CODES}. */
  private static final String FURTHER = "ERRORSTATS_OVERFLOW";

  /** Bytes of the longest code: longer ones are none. */
  private static final int LONGEST_CODE = 30;

  /** The most codes that are told apart: scripts can make up any number of them. */
  private static final int MOST_CODES = 128;

  private final ConcurrentHashMap<String, LongAdder> counts = new ConcurrentHashMap<>();

  /** Returns the code of the error whose reply begins at an index: what stands before a blank. */
  public static String codeOf(ByteBuf replies, int from) {
    int first = from + 1;
    int end = first;
    while (end - first <= LONGEST_CODE) {
      byte next = replies.getByte(end);
      if (next == ' ') {
        return replies.toString(first, end - first, StandardCharsets.ISO_8859_1);
      } else if (next == '\r') {
        return NO_CODE;
      }
      end++;
    }
    return NO_CODE;
  }

  /** As {@link #codeOf(ByteBuf, int)}, of an error's line. */
  public static String codeOf(String line) {
    int end = line.indexOf(' ');
    return end < 0 || end > LONGEST_CODE ? NO_CODE : line.substring(0, end);
  }

  /** Notes errors of a code. */
  public void add(String code, long count) {
    LongAdder its = counts.get(code);
    if (its == null) {
      String name = counts.size() < MOST_CODES ? code : FURTHER;
      its = counts.computeIfAbsent(name, _ -> new LongAdder());
    }
    its.add(count);
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

package dev.varve.server.bootstrap;

import java.io.Console;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Tells how far a transfer has come, on standard error: one line that changes where people watch,
 * else a line now and then. Not thread-safe.
 */
final class TransferProgress {
  private static final long WATCHED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long LOGGED_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int PERCENT = 100;

  private final PrintStream out = System.err;
  private final boolean watched;
  private final long began = System.nanoTime();
  private long shown = began;

  @SuppressWarnings(
      "SystemConsoleNull") // without jdk.internal.le, as in the runtime that is shipped, it can be
  TransferProgress() {
    Console console = System.console();
    watched = console != null && console.isTerminal();
  }

  /**
   * So much is done.
   *
   * @param keys keys; -1: they aren't counted
   * @param totalBytes of how many; 0: nobody knows
   */
  void show(long keys, long bytes, long totalBytes) {
    long now = System.nanoTime();
    if (now - shown < (watched ? WATCHED_NANOS : LOGGED_NANOS)) {
      return;
    }
    shown = now;
    String line = line(keys, bytes, totalBytes, now);
    if (watched) {
      out.print("\r\033[K" + line);
      out.flush();
    } else {
      out.println(line);
    }
  }

  /** So many commands were applied, of which nobody knows the number. */
  void showCommands(long commands) {
    long now = System.nanoTime();
    if (now - shown < (watched ? WATCHED_NANOS : LOGGED_NANOS)) {
      return;
    }
    shown = now;
    String line = String.format(Locale.ROOT, "%,d commands applied", commands);
    if (watched) {
      out.print("\r\033[K" + line);
      out.flush();
    } else {
      out.println(line);
    }
  }

  private String line(long keys, long bytes, long totalBytes, long now) {
    double seconds = (now - began) / (double) TimeUnit.SECONDS.toNanos(1);
    StringBuilder line = new StringBuilder();
    if (totalBytes > 0) {
      line.append(PERCENT * bytes / totalBytes).append(" %, ");
    }
    if (keys >= 0) {
      line.append(String.format(Locale.ROOT, "%,d keys, %,.0f/s, ", keys, keys / seconds));
    }
    line.append(String.format(Locale.ROOT, "%,d bytes, %,.0f/s", bytes, bytes / seconds));
    if (totalBytes > 0 && bytes > 0) {
      long left = (long) (seconds * (totalBytes - bytes) / bytes);
      line.append(String.format(Locale.ROOT, ", %d:%02d left", left / 60, left % 60));
    }
    return line.toString();
  }

  /** Makes room for a line of other text. */
  void clear() {
    if (watched) {
      out.print("\r\033[K");
      out.flush();
    }
  }

  /** Returns how many seconds have passed. */
  double seconds() {
    return (System.nanoTime() - began) / (double) TimeUnit.SECONDS.toNanos(1);
  }
}

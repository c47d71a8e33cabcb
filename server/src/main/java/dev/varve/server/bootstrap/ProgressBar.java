package dev.varve.server.bootstrap;

import java.io.Console;
import java.io.PrintStream;

/** How far a tool has come, on one line of a terminal; nothing where there is none. */
final class ProgressBar {
  private static final int WIDTH = 40;

  private final PrintStream out;
  private final boolean shown;
  private long lastPercent = -1;

  private ProgressBar(PrintStream out, boolean shown) {
    this.out = out;
    this.shown = shown;
  }

  /** On standard error, if people are watching. */
  @SuppressWarnings(
      "SystemConsoleNull") // without jdk.internal.le, as in the runtime that is shipped, it can be
  static ProgressBar onTerminal() {
    Console console = System.console();
    return new ProgressBar(System.err, console != null && console.isTerminal());
  }

  /** So many bytes are done, of so many. */
  void show(long bytes, long totalBytes) {
    long percent = totalBytes == 0 ? 100 : 100 * bytes / totalBytes;
    if (!shown || percent == lastPercent) {
      return;
    }
    lastPercent = percent;
    int filled = (int) (WIDTH * percent / 100);
    out.printf(
        "\r[%s%s] %3d %% of %,d bytes",
        "#".repeat(filled), " ".repeat(WIDTH - filled), percent, totalBytes);
    out.flush();
  }

  /** Makes room for a line of other text; the bar comes back with the next progress. */
  void clear() {
    if (shown && lastPercent >= 0) {
      out.print("\r\033[K");
      out.flush();
      lastPercent = -1;
    }
  }
}

package dev.varve.server.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.StringTokenizer;

/** What the operating system says of this process, as far as it does: zero where it doesn't. */
final class ProcessFigures {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path STAT = Path.of("/proc/self/stat");

  /** Clock ticks a second that Linux reports processor time in, on all its platforms. */
  private static final double TICKS = 100;

  private static final int USER_FIELD = 11;
  private static final int SYSTEM_FIELD = 12;
  private static final int CHILDREN_USER_FIELD = 13;
  private static final int CHILDREN_SYSTEM_FIELD = 14;

  private ProcessFigures() {}

  /** Returns the resident memory in bytes. */
  static long residentBytes() {
    return statusBytes("VmRSS:");
  }

  /** Returns the most resident memory so far in bytes. */
  static long peakResidentBytes() {
    return statusBytes("VmHWM:");
  }

  private static long statusBytes(String name) {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(name)) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
        }
      }
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
    return 0;
  }

  /** Returns the seconds of processor time spent in user mode. */
  static double userSeconds() {
    return seconds(USER_FIELD);
  }

  /** Returns the seconds of processor time spent in the kernel. */
  static double systemSeconds() {
    return seconds(SYSTEM_FIELD);
  }

  /** Returns the seconds that ended child processes spent in user mode. */
  static double childrenUserSeconds() {
    return seconds(CHILDREN_USER_FIELD);
  }

  /** Returns the seconds that ended child processes spent in the kernel. */
  static double childrenSystemSeconds() {
    return seconds(CHILDREN_SYSTEM_FIELD);
  }

  private static double seconds(int field) {
    try {
      String stat = Files.readString(STAT);
      // The program's name, in parentheses, may hold blanks.
      StringTokenizer fields = new StringTokenizer(stat.substring(stat.lastIndexOf(')') + 2));
      for (int skipped = 0; skipped < field; skipped++) {
        fields.nextToken();
      }
      return Long.parseLong(fields.nextToken()) / TICKS;
    } catch (IOException | NumberFormatException | NoSuchElementException e) {
      return 0;
    }
  }
}

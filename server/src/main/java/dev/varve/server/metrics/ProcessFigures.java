package dev.varve.server.metrics;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.StringTokenizer;

/**
 * What the operating system says of this process, as far as it does: zero where it doesn't. Safe
 * for use by many threads.
 */
final class ProcessFigures {
  private static final ProcFile STATUS = new ProcFile("/proc/self/status");
  private static final ProcFile STAT = new ProcFile("/proc/self/stat");

  /** The figures of the thread that opens it. */
  private static final Path THREAD_STAT = Path.of("/proc/thread-self/stat");

  /** Clock ticks a second that Linux reports processor time in, on all its platforms. */
  private static final double TICKS = 100;

  private static final int USER_FIELD = 11;
  private static final int SYSTEM_FIELD = 12;
  private static final int CHILDREN_USER_FIELD = 13;
  private static final int CHILDREN_SYSTEM_FIELD = 14;

  private ProcessFigures() {}

  /** Seconds of processor time, in user mode and in the kernel. */
  record Seconds(double user, double system) {
    static final Seconds NONE = new Seconds(0, 0);
  }

  /**
   * A file of figures that is read again and again. It stays open: when so many files are open that
   * there can't be another, its figures are wanted most.
   */
  private static final class ProcFile {
    private static final int MOST_BYTES = 16 << 10;

    /** Null: there is none, as this is no Linux. */
    private final RandomAccessFile file;

    ProcFile(String name) {
      RandomAccessFile opened;
      try {
        opened = new RandomAccessFile(name, "r");
      } catch (IOException e) {
        opened = null;
      }
      file = opened;
    }

    /** Returns what it says now; nothing if there is no such file. */
    synchronized String text() {
      if (file == null) {
        return "";
      }
      try {
        byte[] bytes = new byte[MOST_BYTES];
        int length = 0;
        file.seek(0);
        int read = file.read(bytes);
        while (read > 0) {
          length += read;
          read = file.read(bytes, length, MOST_BYTES - length);
        }
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
      } catch (IOException e) {
        return "";
      }
    }
  }

  /** Returns the resident memory in bytes. */
  static long residentBytes() {
    return statusBytes("VmRSS:");
  }

  /** Returns the most resident memory so far in bytes. */
  static long peakResidentBytes() {
    return statusBytes("VmHWM:");
  }

  private static long statusBytes(String name) {
    for (String line : STATUS.text().lines().toList()) {
      if (line.startsWith(name)) {
        String digits = line.replaceAll("[^0-9]", "");
        return digits.isEmpty() ? 0 : Long.parseLong(digits) << 10;
      }
    }
    return 0;
  }

  /** Returns the processor time of this process. */
  static Seconds ownTime() {
    return seconds(STAT.text(), USER_FIELD, SYSTEM_FIELD);
  }

  /** Returns the processor time of child processes that have ended. */
  static Seconds childrenTime() {
    return seconds(STAT.text(), CHILDREN_USER_FIELD, CHILDREN_SYSTEM_FIELD);
  }

  /**
   * Returns the processor time of the thread that asks; {@code before} where there is no telling.
   */
  static Seconds threadTime(Seconds before) {
    try {
      return seconds(Files.readString(THREAD_STAT), USER_FIELD, SYSTEM_FIELD);
    } catch (IOException e) {
      return before;
    }
  }

  private static Seconds seconds(String stat, int userField, int systemField) {
    return new Seconds(seconds(stat, userField), seconds(stat, systemField));
  }

  private static double seconds(String stat, int field) {
    try {
      // The program's name, in parentheses, may hold blanks.
      StringTokenizer fields =
          new StringTokenizer(stat.substring(Math.min(stat.length(), stat.lastIndexOf(')') + 1)));
      for (int skipped = 0; skipped < field; skipped++) {
        fields.nextToken();
      }
      return Long.parseLong(fields.nextToken()) / TICKS;
    } catch (NumberFormatException | NoSuchElementException e) {
      return 0;
    }
  }
}

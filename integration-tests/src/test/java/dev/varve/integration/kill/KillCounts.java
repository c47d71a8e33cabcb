package dev.varve.integration.kill;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** What runs have survived so far, kept in a file so that a run can go on where one was stopped. */
public final class KillCounts {

  static final String CYCLES = "cycles";
  static final String ACKNOWLEDGED = "acknowledged-commands";
  static final String VERIFIED = "verified-keys";
  static final String MILLISECONDS = "milliseconds";

  /** Kills of a server that starts, at any time. */
  static final String IN_START = "kills-of-starts";

  /** Kills of a server that starts and has begun to change the directory. */
  static final String IN_RECOVERY = "kills-of-starts-in-recovery";

  /** Kills that left a table behind that was not finished: they hit a flush or a compaction. */
  static final String UNFINISHED_TABLE = "kills-that-left-an-unfinished-table";

  private final Map<String, Long> counts = new TreeMap<>();
  private final Path file;

  private KillCounts(Path file) {
    this.file = file;
  }

  /** Those in the file; none if there is no such file, or it is null. */
  public static KillCounts load(Path file) throws IOException {
    KillCounts loaded = new KillCounts(file);
    if (file != null && Files.exists(file)) {
      Properties kept = new Properties();
      try (Reader reader = Files.newBufferedReader(file)) {
        kept.load(reader);
      }
      kept.forEach((name, count) -> loaded.add((String) name, Long.parseLong((String) count)));
    }
    return loaded;
  }

  public long get(String name) {
    return counts.getOrDefault(name, 0L);
  }

  public void add(String name, long count) {
    counts.merge(name, count, Long::sum);
  }

  public void save() throws IOException {
    if (file == null) {
      return;
    }
    Properties kept = new Properties();
    counts.forEach((name, count) -> kept.setProperty(name, Long.toString(count)));
    Path next = file.resolveSibling(file.getFileName() + ".next");
    try (Writer writer = Files.newBufferedWriter(next)) {
      kept.store(writer, "What was survived so far; remove the file to begin anew.");
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public String toString() {
    return counts.toString();
  }
}

package dev.varve.integration.kill;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * What a long run did and why it ended, a line each in a file beside its counts. Each line is in
 * the file before what it tells of begins, so that even a run that is killed itself leaves its
 * seed, its directory and its last cycle behind; the next run says so.
 */
public final class KillJournal {

  private static final String ENDED = " ended: ";

  private final Path file;
  private final Thread atExit = new Thread(() -> line("ended: its JVM was told to exit"));

  /** The journal beside the counts; it keeps nothing if {@code counts} is null. */
  public KillJournal(Path counts) throws IOException {
    file = counts == null ? null : counts.resolveSibling(counts.getFileName() + ".log");
    String last = lastLine();
    if (!last.isEmpty() && !last.contains(ENDED)) {
      System.out.println("The run before ended without a reason; its last line: " + last);
      line("ended: without a word of its own; this was found by the next run");
    }
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  private String lastLine() throws IOException {
    if (file == null || !Files.exists(file)) {
      return "";
    }
    // A stack trace is indented.
    List<String> lines =
        Files.readAllLines(file).stream().filter(l -> !l.startsWith("\t")).toList();
    return lines.isEmpty() ? "" : lines.getLast();
  }

  /** Adds a line. */
  public void line(String text) {
    if (file == null) {
      return;
    }
    String line = Instant.now().truncatedTo(ChronoUnit.SECONDS) + " " + text + "\n";
    try {
      Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds the last line: the run has come to its goal, or to the end of its time. */
  public void ended(String text) {
    line("ended: " + text);
    forgetExit();
  }

  /** Adds the last line: the run is given up because of this. */
  public void failed(Throwable reason) {
    StringWriter trace = new StringWriter();
    reason.printStackTrace(new PrintWriter(trace, true));
    line("ended: " + trace.toString().strip().replace("\n", "\n\t"));
    forgetExit();
  }

  private void forgetExit() {
    Runtime.getRuntime().removeShutdownHook(atExit);
  }
}

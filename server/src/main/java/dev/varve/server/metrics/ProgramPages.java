package dev.varve.server.metrics;

import dev.varve.storage.base.Pages;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pages of the program itself: its libraries' code, and what is never written to of the archive of
 * classes. Most are needed once, at the start, and stay resident, as nobody else wants the memory.
 * Where there is little in all they are let go of when it gets short: those that are needed after
 * all come back from the page cache. Used by one thread.
 */
public final class ProgramPages {
  private static final Logger LOG = LoggerFactory.getLogger(ProgramPages.class);
  private static final Path MAPS = Path.of("/proc/self/maps");

  /**
   * What is mapped from a file and can't be written to: code, and of the archive what isn't code.
   * Other data that can't be written to may have been, before it was protected.
   */
  private static final Pattern UNWRITTEN =
      Pattern.compile(
          "([0-9a-f]+)-([0-9a-f]+) (?:r-xp \\S+ \\S+ [1-9]\\d* .*|r--p \\S+ \\S+ [1-9]\\d* .*\\.aot)");

  /** From this part of the whole on memory is short. */
  private static final double SHORT = 0.9;

  private final long total;

  /** Makes one for a process that may take so many bytes. */
  public ProgramPages(long total) {
    this.total = total;
  }

  /** Lets go of the program's pages if memory is short. */
  public void look() {
    if (ProcessFigures.residentBytes() < total * SHORT) {
      return;
    }
    try {
      for (String line : Files.readAllLines(MAPS)) {
        Matcher mapping = UNWRITTEN.matcher(line);
        if (mapping.matches()) {
          long begin = Long.parseUnsignedLong(mapping.group(1), 16);
          long end = Long.parseUnsignedLong(mapping.group(2), 16);
          Pages.giveBack(MemorySegment.ofAddress(begin).reinterpret(end - begin));
        }
      }
    } catch (IOException e) {
      LOG.debug("What is mapped can't be read", e);
    }
  }
}

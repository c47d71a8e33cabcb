package dev.varve.server.bootstrap;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many clients, and how many open tables, the limit of open files allows. */
final class OpenFiles {
  private static final Logger LOG = LoggerFactory.getLogger(OpenFiles.class);
  private static final Path LIMITS = Path.of("/proc/self/limits");

  /** For tables, log segments, jars, and the server's own sockets; of few files, half. */
  private static final int RESERVED = 1024;

  private static final int LEAST_CLIENTS = 32;

  /** The server's own: jars, sockets, event loops, the log, tables that are being written. */
  private static final int OWN = 64;

  private static final int LEAST_TABLES = 8;

  private OpenFiles() {}

  /** Returns {@code wanted}, or less if there can't be so many files. */
  static int clients(int wanted) {
    return clients(wanted, limit());
  }

  static int clients(int wanted, long limit) {
    long reserved = Math.min(RESERVED, limit / 2);
    if (limit - reserved >= wanted) {
      return wanted;
    }
    int clients = (int) Math.max(LEAST_CLIENTS, limit - reserved);
    LOG.warn(
        "maxclients is {}, but only {} files may be open (ulimit -n), of which {} are kept for"
            + " data: taking {} clients",
        wanted,
        limit,
        reserved,
        clients);
    return clients;
  }

  /** Returns how many tables and blob files may be open at once, beside {@code wanted} clients. */
  static int tables(int wanted) {
    return tables(wanted, limit());
  }

  static int tables(int wanted, long limit) {
    long reserved = Math.min(RESERVED, limit / 2);
    long left = Math.max(reserved, limit - wanted);
    return Math.clamp(left - OWN, LEAST_TABLES, Integer.MAX_VALUE);
  }

  private static long limit() {
    try {
      for (String line : Files.readAllLines(LIMITS)) {
        if (line.startsWith("Max open files")) {
          return Long.parseLong(line.replaceFirst(".*files +(\\d+).*", "$1"));
        }
      }
    } catch (IOException | NumberFormatException e) {
      LOG.debug("The limit of open files is unknown", e);
    }
    return Long.MAX_VALUE;
  }
}

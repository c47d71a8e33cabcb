package dev.varve.server.bootstrap;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options of a command that tell where the data is: one of them is given. */
final class DataSource {
  /** A directory that no server has open; null: a server has the data. */
  @Option(names = "--dir", paramLabel = "DIR", description = "a directory with data")
  Path directory;

  /** The address of a server; null: the data is in a directory. */
  @Option(
      names = "--from",
      paramLabel = "URL",
      description =
          "a running server: redis://[[user]:password@]host[:port], rediss://… or unix:///path")
  String server;
}

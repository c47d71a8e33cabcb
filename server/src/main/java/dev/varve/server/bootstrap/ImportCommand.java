package dev.varve.server.bootstrap;

import dev.varve.server.config.ConfigurationException;
import dev.varve.server.rdb.BadFormatException;
import dev.varve.server.transfer.Address;
import dev.varve.server.transfer.Link;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes in what Redis has written, or has. */
@Command(
    name = "import",
    description = {
      "Takes in what is in a file of Redis, or in a running server of it: into a directory that no"
          + " server has open, or into a running server. A key that is there already is replaced;"
          + " all else stays.",
      "A file may be of RDB (versions 2 to 12), or append-only: one, or a manifest of several, or"
          + " the folder that it is in; those only into an empty database.",
      "A running server is copied, then followed until this is told to end (SIGINT, SIGTERM). If it"
          + " is broken off otherwise, the same command goes on where it was.",
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:all is taken in", "1:it is not, as was told; what came before it is"})
final class ImportCommand implements Callable<Integer> {
  @ArgGroup(multiplicity = "1")
  private Source source;

  @ArgGroup(multiplicity = "1")
  private Target target;

  @Mixin private TlsFiles tls;

  @Option(
      names = "--until-caught-up",
      description = "with --from: end as soon as all that the server has is taken in")
  private boolean untilCaughtUp;

  @Option(names = "--anew", description = "with --from: copy all again, though it could be gone on")
  private boolean anew;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "with --dir: a directive as of varve-server, as maxmemory=2gb")
  private Map<String, String> directives = Map.of();

  private final TransferProgress progress = new TransferProgress();

  /** What is taken in. */
  static final class Source {
    @Parameters(index = "0", paramLabel = "FILE", description = "a file of Redis, or a folder")
    private Path file;

    @Option(
        names = "--from",
        paramLabel = "URL",
        description = "a running server: redis://[[user]:password@]host[:port] or rediss://…")
    private String server;
  }

  /** Where the data goes. */
  static final class Target {
    @Option(
        names = "--dir",
        paramLabel = "DIR",
        description = "a directory; made if it isn't there")
    private Path directory;

    @Option(
        names = "--to",
        paramLabel = "URL",
        description =
            "a running server: redis://[[user]:password@]host[:port], rediss://… or unix:///path")
    private String server;
  }

  @Override
  public Integer call() throws InterruptedException {
    try {
      tls.check(source.server, target.server);
      if (source.file != null) {
        importFile();
      } else {
        importServer();
      }
      return ExitCode.OK.code();
    } catch (IOException
        | ConfigurationException
        | StartException
        | BadFormatException
        | IllegalArgumentException e) {
      progress.clear();
      System.err.println("varve import: " + e.getMessage());
      return ExitCode.FAILURE.code();
    }
  }

  /** What is done with the server that the data goes to. */
  @FunctionalInterface
  private interface Step {
    void with(Link link) throws IOException, InterruptedException;
  }

  private void importFile()
      throws IOException, ConfigurationException, StartException, InterruptedException {
    FileImport files = new FileImport(source.file, progress);
    // Once at the end is enough: what is broken off is done again.
    withTarget("no", files::load);
    progress.clear();
    System.out.println(source.file + ": " + files.summary());
  }

  private void importServer()
      throws IOException, ConfigurationException, StartException, InterruptedException {
    Address from = tls.address(source.server);
    try (ServerImport copy = new ServerImport(from, untilCaughtUp, anew, progress)) {
      withTarget("everysec", copy::run);
      progress.clear();
      System.out.println(from + ": " + copy.summary());
    }
  }

  private void withTarget(String syncPolicy, Step step)
      throws IOException, ConfigurationException, StartException, InterruptedException {
    if (target.directory == null) {
      try (Link link = Link.to(tls.address(target.server))) {
        step.with(link);
      }
      return;
    }
    Map<String, String> all = new LinkedHashMap<>(Map.of("appendfsync", syncPolicy));
    all.putAll(directives);
    try (LocalServer server = LocalServer.over(target.directory, all);
        Link link = Link.to(server.address())) {
      step.with(link);
    }
  }
}

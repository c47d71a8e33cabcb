package dev.varve.server.bootstrap;

import dev.varve.server.config.ConfigurationException;
import dev.varve.server.rdb.BadFormatException;
import dev.varve.server.rdb.SnapshotInput;
import dev.varve.server.transfer.Address;
import dev.varve.server.transfer.Link;
import dev.varve.server.transfer.SnapshotLoader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes in what Redis has written. */
@Command(
    name = "import",
    description = {
      "Takes in what is in an RDB file of Redis or Valkey (versions 2 to 12): into a directory that"
          + " no server has open, or into a running server. A key that is there already is"
          + " replaced; all else stays. It may be done again after it was broken off.",
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:all is taken in", "1:it is not, as was told; what came before it is"})
final class ImportCommand implements Callable<Integer> {
  /** So often the time is looked at, and the progress told. */
  private static final int KEYS_A_LOOK = 256;

  @Parameters(index = "0", paramLabel = "FILE", description = "the RDB file")
  private Path file;

  @ArgGroup(multiplicity = "1")
  private Target target;

  @Parameters(
      index = "1..*",
      paramLabel = "directive",
      description = "behind \"--\", with --dir: directives as of varve-server")
  private List<String> directives = List.of();

  private final TransferProgress progress = new TransferProgress();

  /** Where the data goes. */
  static final class Target {
    @Option(names = "--dir", paramLabel = "DIR", description = "a directory; made if it isn't there")
    private Path directory;

    @Option(
        names = "--to",
        paramLabel = "URL",
        description = "a running server: redis://[[user]:password@]host[:port] or unix:///path")
    private String server;
  }

  @Override
  public Integer call() {
    try {
      SnapshotLoader.Result result =
          target.directory == null ? load(Address.of(target.server)) : loadOffline();
      progress.clear();
      System.out.printf(
          "%s: %,d keys in %.1f s, %,d more had expired, %,d libraries of functions%n",
          file, result.keys(), progress.seconds(), result.expired(), result.libraries());
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

  private SnapshotLoader.Result loadOffline()
      throws IOException, ConfigurationException, StartException {
    // Once at the end is enough: what is broken off is done again.
    List<String> all = new ArrayList<>(List.of("--appendfsync", "no"));
    all.addAll(directives);
    try (LocalServer server = LocalServer.over(target.directory, all)) {
      return load(server.address());
    }
  }

  private SnapshotLoader.Result load(Address address) throws IOException {
    long size = Files.size(file);
    try (InputStream in = Files.newInputStream(file);
        Link link = Link.to(address)) {
      SnapshotInput snapshot = new SnapshotInput(in);
      return SnapshotLoader.load(
          snapshot,
          link,
          InstantSource.system(),
          keys -> {
            if (keys % KEYS_A_LOOK == 0) {
              progress.show(keys, snapshot.position(), size);
            }
          });
    }
  }
}

package dev.varve.server.bootstrap;

import dev.varve.server.config.ConfigurationException;
import dev.varve.server.transfer.Address;
import dev.varve.server.transfer.Link;
import dev.varve.server.transfer.SnapshotFile;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes all the data as a file that Redis loads. */
@Command(
    name = "export",
    description = {
      "Writes all data as an RDB file, which Redis 7.0 and later load: from a directory that no"
          + " server has open, or from a running server.",
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:the file is whole and on the disk", "1:there is no file, as was told"})
final class ExportCommand implements Callable<Integer> {
  @Option(names = "--rdb", paramLabel = "FILE", required = true, description = "the file to write")
  private Path file;

  @ArgGroup(multiplicity = "1")
  private DataSource source;

  @Mixin private TlsFiles tls;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "with --dir: a directive as of varve-server, as maxmemory=2gb")
  private Map<String, String> directives = Map.of();

  private final TransferProgress progress = new TransferProgress();

  @Override
  public Integer call() {
    try {
      tls.check(source.server);
      long bytes = source.directory == null ? export(tls.address(source.server)) : exportOffline();
      progress.clear();
      System.out.printf("%s: %,d bytes in %.1f s%n", file, bytes, progress.seconds());
      return ExitCode.OK.code();
    } catch (IOException | ConfigurationException | StartException e) {
      return failed(e.getMessage());
    } catch (IllegalArgumentException e) {
      return failed(e.getMessage());
    }
  }

  private int failed(String reason) {
    progress.clear();
    System.err.println("varve export: " + reason);
    return ExitCode.FAILURE.code();
  }

  private long exportOffline() throws IOException, ConfigurationException, StartException {
    if (!Files.exists(source.directory.resolve("IDENTITY"))) {
      throw new IOException("there is no database in " + source.directory);
    }
    try (LocalServer server = LocalServer.over(source.directory, directives)) {
      return export(server.address());
    }
  }

  /** The file gets its name when it is whole and on the disk. */
  private long export(Address address) throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
    long bytes;
    try (Link link = Link.to(address);
        FileOutputStream out = new FileOutputStream(unfinished.toFile())) {
      bytes = SnapshotFile.fetch(link, out, written -> progress.show(-1, written, 0));
      out.getFD().sync();
    } catch (IOException e) {
      Files.deleteIfExists(unfinished);
      throw e;
    }
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    return bytes;
  }
}

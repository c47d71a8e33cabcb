package dev.varve.server.bootstrap;

import dev.varve.server.config.Configuration;
import dev.varve.server.config.ConfigurationException;
import dev.varve.server.config.ConfigurationReader;
import dev.varve.server.transfer.Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A server within a tool, over a directory that no other has open: nobody but this user reaches it,
 * by a unix socket in a folder of its own.
 */
final class LocalServer implements AutoCloseable {
  private final Server server;
  private final Path folder;
  private final Path socket;

  private LocalServer(Server server, Path folder, Path socket) {
    this.server = server;
    this.folder = folder;
    this.socket = socket;
  }

  /**
   * Starts one.
   *
   * @param directives more of them, as of {@code varve-server}
   */
  static LocalServer over(Path directory, Map<String, String> directives)
      throws ConfigurationException, StartException, IOException {
    Path folder = Files.createTempDirectory("varve");
    Path socket = folder.resolve("socket");
    List<String> arguments = new ArrayList<>(List.of("--loglevel", "warning"));
    directives.forEach((name, value) -> arguments.addAll(List.of("--" + name, value)));
    arguments.addAll(List.of("--dir", directory.toString(), "--port", "0", "--requirepass", ""));
    arguments.addAll(List.of("--unixsocket", socket.toString(), "--unixsocketperm", "700"));
    try {
      Configuration configuration =
          ConfigurationReader.read(CommandLineBytes.of(arguments.toArray(String[]::new)));
      Logging.configure(configuration);
      Server server = Server.start(configuration, VarveServer::openEngine, Version.text());
      return new LocalServer(server, folder, socket);
    } catch (ConfigurationException | StartException e) {
      Files.delete(folder);
      throw e;
    }
  }

  /** Returns where it listens. */
  Address address() {
    return Address.ofUnixSocket(socket);
  }

  /** Stops it; all that was written is durable then. */
  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(socket);
    Files.delete(folder);
    if (server.exitCode() != ExitCode.OK) {
      throw new IOException("the data could not be closed in order");
    }
  }
}

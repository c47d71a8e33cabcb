package dev.varve.server.network;

import dev.varve.server.bootstrap.ExitCode;
import dev.varve.server.bootstrap.Server;
import dev.varve.server.command.Commands;
import dev.varve.server.config.ConfigurationReader;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.CommandTable;
import dev.varve.storage.engine.EngineEnvironment;
import dev.varve.storage.engine.LsmEngine;
import dev.varve.storage.engine.ThreadScheduler;
import dev.varve.storage.fs.DiskFileSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** A whole server on a free port, over a {@link ControlledEngine}. */
final class ServerFixture implements AutoCloseable {
  private final Server server;
  private ControlledEngine engine;

  ServerFixture(Path directory, String... directives) throws Exception {
    this(InstantSource.system(), System::nanoTime, List.of(), directory, directives);
  }

  /** A server with some commands more. */
  ServerFixture(List<CommandSpec> commands, Path directory, String... directives) throws Exception {
    this(InstantSource.system(), System::nanoTime, commands, directory, directives);
  }

  /** A server by a configuration file. */
  static ServerFixture of(Path file, Path directory) throws Exception {
    return new ServerFixture(
        InstantSource.system(),
        System::nanoTime,
        Commands.table(),
        new ArrayList<>(List.of(file.toString())),
        directory);
  }

  /** A server by other clocks than the system's. */
  ServerFixture(
      InstantSource wallClock, LongSupplier nanoTime, Path directory, String... directives)
      throws Exception {
    this(wallClock, nanoTime, List.of(), directory, directives);
  }

  private ServerFixture(
      InstantSource wallClock,
      LongSupplier nanoTime,
      List<CommandSpec> commands,
      Path directory,
      String... directives)
      throws Exception {
    this(wallClock, nanoTime, Commands.table(commands), new ArrayList<>(), directory, directives);
  }

  private ServerFixture(
      InstantSource wallClock,
      LongSupplier nanoTime,
      CommandTable commands,
      List<String> arguments,
      Path directory,
      String... directives)
      throws Exception {
    arguments.addAll(List.of("--port", "0", "--dir", directory.toString()));
    arguments.addAll(List.of("--bind", "127.0.0.1", "--maxmemory", "400mb"));
    arguments.addAll(List.of(directives));
    server =
        Server.start(
            ConfigurationReader.read(arguments),
            (path, options, clock) -> {
              engine =
                  new ControlledEngine(
                      LsmEngine.open(
                          path,
                          options,
                          new EngineEnvironment(
                              new DiskFileSystem(), clock, new ThreadScheduler())));
              return engine;
            },
            wallClock,
            nanoTime,
            commands,
            "test");
  }

  Server server() {
    return server;
  }

  ControlledEngine engine() {
    return engine;
  }

  int port() {
    return server.port();
  }

  TestClient connect() throws IOException {
    return new TestClient(server.port());
  }

  /** How the stop went. */
  ExitCode exitCode() {
    return server.exitCode();
  }

  @Override
  public void close() {
    engine.letSyncsGo();
    server.close();
  }
}

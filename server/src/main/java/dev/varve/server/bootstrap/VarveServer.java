package dev.varve.server.bootstrap;

import dev.varve.server.config.Configuration;
import dev.varve.server.config.ConfigurationException;
import dev.varve.server.config.ConfigurationReader;
import dev.varve.server.config.Setting;
import dev.varve.server.config.Settings;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.engine.EngineEnvironment;
import dev.varve.storage.engine.LsmEngine;
import dev.varve.storage.engine.ThreadScheduler;
import dev.varve.storage.fs.DiskFileSystem;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.LoggerFactory;

/** The program {@code varve-server [varve.conf] [--directive value …]}. */
public final class VarveServer {
  private static final String USAGE =
      """
      Usage: varve-server [varve.conf] [--directive value ...]
             varve-server --version
             varve-server --help

      Directives, their defaults, and what they take:
      """;

  private static final String NAME = "varve-server: ";

  /** How soon a log file that was renamed has a successor, though nothing is logged. */
  private static final long FOLLOW_LOG_MILLIS = 1000;

  private VarveServer() {}

  /** Runs the server until it is stopped; {@link ExitCode} says how that went. */
  public static void main(String[] arguments) {
    List<String> given = CommandLineBytes.of(arguments);
    if (given.equals(List.of("--version")) || given.equals(List.of("-v"))) {
      System.out.println("Varve " + Version.text());
    } else if (given.equals(List.of("--help")) || given.equals(List.of("-h"))) {
      System.out.print(help());
    } else {
      System.exit(run(given).code());
    }
  }

  /** Runs a server with arguments whose chars stand for bytes. */
  static ExitCode run(List<String> arguments) {
    PrintStream console = System.err;
    try {
      Configuration configuration = ConfigurationReader.read(arguments);
      Logging logging = Logging.configure(configuration);
      return run(configuration, logging, console);
    } catch (ConfigurationException e) {
      console.println(NAME + e.getMessage());
      return ExitCode.CONFIGURATION;
    } catch (StartException e) {
      console.println(NAME + e.getMessage());
      return e.exitCode();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitCode.FAILURE;
    }
  }

  private static ExitCode run(Configuration configuration, Logging logging, PrintStream console)
      throws InterruptedException {
    try {
      Server server = Server.start(configuration, VarveServer::openEngine, Version.text());
      PidFile pidFile = PidFile.write(configuration);
      Supervisor supervisor = Supervisor.of(configuration);
      stopOnSignal(server, pidFile, supervisor);
      tellMeaningless(configuration);
      System.out.println(readyLine(configuration, server));
      supervisor.ready();
      while (!server.awaitStop(FOLLOW_LOG_MILLIS)) {
        logging.follow();
      }
      pidFile.delete();
      return server.exitCode();
    } catch (StartException e) {
      console.println(NAME + e.getMessage());
      if (logging.isToFile()) {
        System.err.println(NAME + e.getMessage());
      }
      return e.exitCode();
    }
  }

  private static void tellMeaningless(Configuration configuration) {
    List<Setting<?>> settings = configuration.meaningless();
    if (!settings.isEmpty()) {
      LoggerFactory.getLogger(VarveServer.class)
          .warn(
              "These settings mean nothing here (docs/settings.md says why): {}",
              String.join(" ", settings.stream().map(Setting::name).toList()));
    }
  }

  private static String readyLine(Configuration configuration, Server server) {
    List<String> places = new ArrayList<>();
    if (server.port() != 0) {
      places.add("port " + server.port());
    }
    if (configuration.get(Settings.TLS_PORT) != 0) {
      places.add("TLS port " + configuration.get(Settings.TLS_PORT));
    }
    if (!configuration.get(Settings.UNIX_SOCKET).isEmpty()) {
      places.add(configuration.get(Settings.UNIX_SOCKET));
    }
    return "Varve "
        + Version.text()
        + " is ready to accept connections on "
        + String.join(" and ", places)
        + " (pid "
        + ProcessHandle.current().pid()
        + ", data in "
        + Path.of(configuration.get(Settings.DIRECTORY)).toAbsolutePath().normalize()
        + ")";
  }

  /** SIGTERM and SIGINT stop the server as SHUTDOWN does, and the process ends as well. */
  private static void stopOnSignal(Server server, PidFile pidFile, Supervisor supervisor) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  if (server.isRunning()) {
                    supervisor.stopping();
                    server.close();
                    pidFile.delete();
                    // Otherwise the JVM would say that a signal has killed it.
                    Runtime.getRuntime().halt(server.exitCode().code());
                  }
                },
                "varve-signal"));
  }

  /** Opens the engine on disk, with background threads of its own. */
  static StorageEngine openEngine(Path directory, StorageOptions options, LongSupplier clock) {
    ThreadScheduler scheduler = new ThreadScheduler(options.backgroundThreads());
    try {
      return LsmEngine.open(
          directory, options, new EngineEnvironment(new DiskFileSystem(), clock, scheduler));
    } catch (RuntimeException e) {
      scheduler.close();
      throw e;
    }
  }

  private static String help() {
    StringBuilder text = new StringBuilder(USAGE);
    Settings.all()
        .forEach(
            setting ->
                text.append(
                    String.format(
                        "  %-24s %-16s %s (%s)%n",
                        setting.name(),
                        String.join(" ", setting.defaultWords()),
                        setting.meaning(),
                        setting.type().accepted())));
    return text.toString();
  }
}

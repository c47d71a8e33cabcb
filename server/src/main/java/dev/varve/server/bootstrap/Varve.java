package dev.varve.server.bootstrap;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The program {@code varve}: one command with subcommands for everything that isn't serving. */
@Command(
    name = "varve",
    description = "A durable key-value server that speaks the Redis protocol.",
    mixinStandardHelpOptions = true,
    versionProvider = Varve.VersionText.class,
    subcommands = {
      Varve.ServerCommand.class,
      BackupCommand.class,
      BackupsCommand.class,
      BenchCommand.class,
      CheckCommand.class,
      ClearCommand.class,
      ExportCommand.class,
      ImportCommand.class,
      RepairCommand.class,
      RestoreCommand.class,
      CommandLine.HelpCommand.class
    })
public final class Varve {
  /** Runs a subcommand and ends the process with its exit code. */
  public static void main(String[] arguments) {
    CommandLine commandLine = new CommandLine(new Varve());
    // What follows "server" are directives, which only the server understands.
    commandLine
        .getSubcommands()
        .get("server")
        .setUnmatchedArgumentsAllowed(true)
        .setStopAtPositional(true)
        .setUnmatchedOptionsArePositionalParams(true);
    System.exit(commandLine.execute(arguments));
  }

  /** Says which version this is. */
  static final class VersionText implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"Varve " + Version.text()};
    }
  }

  /** Starts a server in this process. */
  @Command(
      name = "server",
      description = "Starts the server: varve server [varve.conf] [--directive value ...]")
  static final class ServerCommand implements Callable<Integer> {
    @Parameters(paramLabel = "argument", description = "as of varve-server; --help tells more")
    private List<String> arguments = List.of();

    @Override
    public Integer call() {
      return VarveServer.run(CommandLineBytes.of(arguments.toArray(String[]::new))).code();
    }
  }
}

package dev.varve.server.command.debug;

import static dev.varve.server.dispatch.CommandFlag.ADMIN;
import static dev.varve.server.dispatch.CommandFlag.LOADING;
import static dev.varve.server.dispatch.CommandFlag.NOSCRIPT;
import static dev.varve.server.dispatch.CommandFlag.STALE;
import static dev.varve.server.dispatch.CommandSpec.command;

import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/** DEBUG. What Redis tells of it in COMMAND is told here. */
public final class DebugFamily {
  private DebugFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        command("debug", -2, CommandGroup.SERVER, Execution.WRITE, DebugCommand::run)
            .flags(ADMIN, NOSCRIPT, LOADING, STALE)
            .build());
  }
}

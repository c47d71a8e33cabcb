package dev.varve.server.command.replication;

import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.CommandFlag.ADMIN;
import static dev.varve.server.dispatch.CommandFlag.ALLOW_BUSY;
import static dev.varve.server.dispatch.CommandFlag.LOADING;
import static dev.varve.server.dispatch.CommandFlag.NOSCRIPT;
import static dev.varve.server.dispatch.CommandFlag.NO_ASYNC_LOADING;
import static dev.varve.server.dispatch.CommandFlag.NO_MULTI;
import static dev.varve.server.dispatch.CommandFlag.STALE;
import static dev.varve.server.dispatch.CommandSpec.command;

import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/**
 * The commands by which all the data is copied. What Redis tells of them in COMMAND is told here.
 */
public final class ReplicationFamily {
  private ReplicationFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        command("sync", 1, CommandGroup.SERVER, Execution.OWN_LOOP, SyncCommands::sync)
            .flags(NO_ASYNC_LOADING, ADMIN, NO_MULTI, NOSCRIPT)
            .build(),
        command("psync", -3, CommandGroup.SERVER, Execution.OWN_LOOP, SyncCommands::partialSync)
            .flags(NO_ASYNC_LOADING, ADMIN, NO_MULTI, NOSCRIPT)
            .arguments(plain("replicationid", "string"), plain("offset", "integer"))
            .build(),
        command("replconf", -1, CommandGroup.SERVER, Execution.LOOP, SyncCommands::configure)
            .flags(ADMIN, NOSCRIPT, LOADING, STALE, ALLOW_BUSY)
            .build());
  }
}

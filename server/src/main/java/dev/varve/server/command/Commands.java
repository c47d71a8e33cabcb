package dev.varve.server.command;

import dev.varve.server.command.connection.ConnectionFamily;
import dev.varve.server.command.key.KeyFamily;
import dev.varve.server.command.server.ServerFamily;
import dev.varve.server.command.string.StringFamily;
import dev.varve.server.command.transaction.TransactionFamily;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.CommandTable;
import java.util.ArrayList;
import java.util.List;

/** All commands. */
public final class Commands {
  private Commands() {}

  /** Returns a table of all commands, with statistics of its own. */
  public static CommandTable table() {
    List<CommandSpec> all = new ArrayList<>();
    all.addAll(ConnectionFamily.commands());
    all.addAll(ServerFamily.commands());
    all.addAll(StringFamily.commands());
    all.addAll(KeyFamily.commands());
    all.addAll(TransactionFamily.commands());
    return new CommandTable(all);
  }
}

package dev.varve.server.command.transaction;

import static dev.varve.server.dispatch.Argument.key;
import static dev.varve.server.dispatch.CommandFlag.ALLOW_BUSY;
import static dev.varve.server.dispatch.CommandFlag.FAST;
import static dev.varve.server.dispatch.CommandFlag.LOADING;
import static dev.varve.server.dispatch.CommandFlag.NOSCRIPT;
import static dev.varve.server.dispatch.CommandFlag.SKIP_SLOWLOG;
import static dev.varve.server.dispatch.CommandFlag.STALE;
import static dev.varve.server.dispatch.CommandSpec.command;
import static dev.varve.server.dispatch.KeyFlag.RO;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/** The commands of transactions. */
public final class TransactionFamily {
  private static final CommandGroup GROUP = CommandGroup.TRANSACTIONS;

  private TransactionFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        command("multi", 1, GROUP, Execution.LOOP, TransactionCommands::multi)
            .flags(NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
            .categories(AclCategory.TRANSACTION)
            .build(),
        command("exec", 1, GROUP, Execution.WRITE, ExecCommand::execute)
            .flags(NOSCRIPT, LOADING, STALE, SKIP_SLOWLOG)
            .categories(AclCategory.TRANSACTION)
            .build(),
        command("discard", 1, GROUP, Execution.LOOP, TransactionCommands::discard)
            .flags(NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
            .categories(AclCategory.TRANSACTION)
            .build(),
        command("watch", -2, GROUP, Execution.WRITE, TransactionCommands::watch)
            .flags(NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
            .categories(AclCategory.TRANSACTION)
            .keys(1, -1, 1, RO)
            .arguments(key("key", 0).asMultiple())
            .build(),
        command("unwatch", 1, GROUP, Execution.LOOP, TransactionCommands::unwatch)
            .flags(NOSCRIPT, LOADING, STALE, FAST, ALLOW_BUSY)
            .categories(AclCategory.TRANSACTION)
            .build());
  }
}

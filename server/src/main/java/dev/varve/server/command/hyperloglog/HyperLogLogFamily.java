package dev.varve.server.command.hyperloglog;

import static dev.varve.server.dispatch.Argument.key;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.CommandFlag.ADMIN;
import static dev.varve.server.dispatch.CommandFlag.DENYOOM;
import static dev.varve.server.dispatch.CommandFlag.FAST;
import static dev.varve.server.dispatch.CommandFlag.READONLY;
import static dev.varve.server.dispatch.CommandFlag.WRITE;
import static dev.varve.server.dispatch.CommandSpec.command;
import static dev.varve.server.dispatch.KeyFlag.ACCESS;
import static dev.varve.server.dispatch.KeyFlag.INSERT;
import static dev.varve.server.dispatch.KeyFlag.RO;
import static dev.varve.server.dispatch.KeyFlag.RW;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandHandler;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/** The commands on HyperLogLogs. What Redis tells of them in COMMAND is told here. */
public final class HyperLogLogFamily {
  private HyperLogLogFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        command(
                "pfadd",
                -2,
                CommandGroup.HYPERLOGLOG,
                Execution.WRITE,
                shrinking(HyperLogLogCommands::add))
            .flags(WRITE, DENYOOM, FAST)
            .categories(AclCategory.HYPERLOGLOG)
            .keys(1, 0, 1, RW, INSERT)
            .arguments(key("key", 0), plain("element", "string").asOptional().asMultiple())
            .build(),
        // As in Redis it counts as reading, and writes down what it has counted.
        command(
                "pfcount",
                -2,
                CommandGroup.HYPERLOGLOG,
                Execution.WRITE,
                shrinking(HyperLogLogCommands::count))
            .flags(READONLY)
            .replicating(_ -> true)
            .categories(AclCategory.HYPERLOGLOG)
            .keysWithNotes("the count of one is kept with it", 1, -1, 1, RW, ACCESS)
            .arguments(key("key", 0).asMultiple())
            .build(),
        command(
                "pfmerge",
                -2,
                CommandGroup.HYPERLOGLOG,
                Execution.WRITE,
                shrinking(HyperLogLogCommands::merge))
            .flags(WRITE, DENYOOM)
            .categories(AclCategory.HYPERLOGLOG)
            .keys(1, 0, 1, RW, ACCESS, INSERT)
            .keys(2, -1, 1, RO, ACCESS)
            .arguments(key("destkey", 0), key("sourcekey", 1).asMultiple())
            .build(),
        command(
                "pfdebug",
                3,
                CommandGroup.HYPERLOGLOG,
                Execution.WRITE,
                shrinking(HyperLogLogCommands::debug))
            .flags(WRITE, DENYOOM, ADMIN)
            .categories(AclCategory.HYPERLOGLOG)
            .keys(2, 0, 1, RW, ACCESS)
            .arguments(plain("subcommand", "string"), key("key", 0))
            .build(),
        command(
                "pfselftest",
                1,
                CommandGroup.HYPERLOGLOG,
                Execution.POOL,
                HyperLogLogCommands::selfTest)
            .flags(ADMIN)
            .categories(AclCategory.HYPERLOGLOG)
            .build());
  }

  /** Has what a long string took let go of when a command ends, be it given up. */
  private static CommandHandler shrinking(CommandHandler its) {
    return context -> {
      try {
        its.execute(context);
      } finally {
        context.hyperLogLog().shrink();
      }
    };
  }
}

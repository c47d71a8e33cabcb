package dev.varve.server.command.dump;

import static dev.varve.server.dispatch.Argument.key;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.Argument.word;
import static dev.varve.server.dispatch.CommandFlag.DENYOOM;
import static dev.varve.server.dispatch.CommandFlag.READONLY;
import static dev.varve.server.dispatch.CommandFlag.WRITE;
import static dev.varve.server.dispatch.CommandSpec.command;
import static dev.varve.server.dispatch.KeyFlag.ACCESS;
import static dev.varve.server.dispatch.KeyFlag.OW;
import static dev.varve.server.dispatch.KeyFlag.RO;
import static dev.varve.server.dispatch.KeyFlag.UPDATE;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/** The commands on values in Redis's format. What Redis tells of them in COMMAND is told here. */
public final class DumpFamily {
  private DumpFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        command("dump", 2, CommandGroup.GENERIC, Execution.READ, DumpCommand::run)
            .flags(READONLY)
            .categories(AclCategory.KEYSPACE)
            .tips("nondeterministic_output")
            .keys(1, 0, 1, RO, ACCESS)
            .docs(
                "2.6.0", "Answers what a key holds in Redis's format.", "O(n) for n bytes answered")
            .arguments(key("key", 0))
            .build(),
        command("restore", -4, CommandGroup.GENERIC, Execution.WRITE, RestoreCommand::run)
            .flags(WRITE, DENYOOM)
            .categories(AclCategory.KEYSPACE, AclCategory.DANGEROUS)
            .keys(1, 0, 1, OW, UPDATE)
            .docs("2.6.0", "Gives a key what DUMP has answered.", "O(n) for n bytes")
            .changed("3.0.0", "REPLACE is new.")
            .changed("5.0.0", "ABSTTL is new.")
            .changed("5.0.0", "IDLETIME and FREQ are new.")
            .arguments(
                key("key", 0),
                plain("ttl", "integer"),
                plain("serialized-value", "string"),
                word("replace", "REPLACE").since("3.0.0").asOptional(),
                word("absttl", "ABSTTL").since("5.0.0").asOptional(),
                plain("seconds", "integer").token("IDLETIME").since("5.0.0").asOptional(),
                plain("frequency", "integer").token("FREQ").since("5.0.0").asOptional())
            .build());
  }
}

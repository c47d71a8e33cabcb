package dev.varve.server.command.dump;

import static dev.varve.server.dispatch.Argument.block;
import static dev.varve.server.dispatch.Argument.key;
import static dev.varve.server.dispatch.Argument.oneOf;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.Argument.word;
import static dev.varve.server.dispatch.CommandFlag.ASKING;
import static dev.varve.server.dispatch.CommandFlag.DENYOOM;
import static dev.varve.server.dispatch.CommandFlag.MOVABLEKEYS;
import static dev.varve.server.dispatch.CommandFlag.READONLY;
import static dev.varve.server.dispatch.CommandFlag.WRITE;
import static dev.varve.server.dispatch.CommandSpec.command;
import static dev.varve.server.dispatch.KeyFlag.ACCESS;
import static dev.varve.server.dispatch.KeyFlag.DELETE;
import static dev.varve.server.dispatch.KeyFlag.INCOMPLETE;
import static dev.varve.server.dispatch.KeyFlag.OW;
import static dev.varve.server.dispatch.KeyFlag.RO;
import static dev.varve.server.dispatch.KeyFlag.RW;
import static dev.varve.server.dispatch.KeyFlag.UPDATE;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import dev.varve.server.dispatch.KeySpec;
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
            .arguments(key("key", 0))
            .build(),
        restore("restore", CommandGroup.GENERIC).build(),
        restore("restore-asking", CommandGroup.SERVER).flags(ASKING).build(),
        migrate());
  }

  private static CommandSpec.Builder restore(String name, CommandGroup group) {
    return command(name, -4, group, Execution.WRITE, RestoreCommand::run)
        .flags(WRITE, DENYOOM)
        .categories(AclCategory.KEYSPACE, AclCategory.DANGEROUS)
        .keys(1, 0, 1, OW, UPDATE)
        .arguments(
            key("key", 0),
            plain("ttl", "integer"),
            plain("serialized-value", "string"),
            word("replace", "REPLACE").since("3.0.0").asOptional(),
            word("absttl", "ABSTTL").since("5.0.0").asOptional(),
            plain("seconds", "integer").token("IDLETIME").since("5.0.0").asOptional(),
            plain("frequency", "integer").token("FREQ").since("5.0.0").asOptional());
  }

  private static CommandSpec migrate() {
    return command("migrate", -6, CommandGroup.GENERIC, Execution.WRITE, MigrateCommand::run)
        .flags(WRITE, MOVABLEKEYS)
        .categories(AclCategory.KEYSPACE, AclCategory.DANGEROUS)
        .tips("nondeterministic_output")
        .keys(3, 0, 1, RW, ACCESS, DELETE)
        .keys(
            null,
            new KeySpec.AfterKeyword("KEYS", -2),
            new KeySpec.InRange(-1, 1, 0),
            RW,
            ACCESS,
            DELETE,
            INCOMPLETE)
        .keyFinder(MigrateArguments::forEachKey)
        .arguments(
            plain("host", "string"),
            plain("port", "integer"),
            oneOf("key_or_empty_string", key("key", 0), word("empty_string", "")),
            plain("destination-db", "integer"),
            plain("timeout", "integer"),
            word("copy", "COPY").since("3.0.0").asOptional(),
            word("replace", "REPLACE").since("3.0.0").asOptional(),
            oneOf(
                    "authentication",
                    plain("password", "string").token("AUTH").since("4.0.7").asOptional(),
                    block(
                            "username_password",
                            plain("username", "string"),
                            plain("password", "string"))
                        .token("AUTH2")
                        .since("6.0.0")
                        .asOptional())
                .asOptional(),
            key("key", 1).token("KEYS").since("3.0.6").asOptional().asMultiple())
        .build();
  }
}

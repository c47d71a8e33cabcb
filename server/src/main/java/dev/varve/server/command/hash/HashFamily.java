package dev.varve.server.command.hash;

import static dev.varve.server.dispatch.Argument.block;
import static dev.varve.server.dispatch.Argument.key;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.Argument.word;
import static dev.varve.server.dispatch.CommandFlag.DENYOOM;
import static dev.varve.server.dispatch.CommandFlag.FAST;
import static dev.varve.server.dispatch.CommandFlag.READONLY;
import static dev.varve.server.dispatch.CommandFlag.WRITE;
import static dev.varve.server.dispatch.CommandSpec.command;
import static dev.varve.server.dispatch.KeyFlag.ACCESS;
import static dev.varve.server.dispatch.KeyFlag.DELETE;
import static dev.varve.server.dispatch.KeyFlag.INSERT;
import static dev.varve.server.dispatch.KeyFlag.RO;
import static dev.varve.server.dispatch.KeyFlag.RW;
import static dev.varve.server.dispatch.KeyFlag.UPDATE;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/** The commands on hashes. What Redis tells of them in COMMAND is told here. */
public final class HashFamily {
  private HashFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        command("hset", -4, CommandGroup.HASH, Execution.WRITE, HashCommands::set)
            .flags(WRITE, DENYOOM, FAST)
            .categories(AclCategory.HASH)
            .keys(1, 0, 1, RW, UPDATE)
            .members(2, 2)
            .arguments(
                key("key", 0),
                block("field_value", plain("field", "string"), plain("value", "string"))
                    .asMultiple())
            .build(),
        command("hsetnx", 4, CommandGroup.HASH, Execution.WRITE, HashCommands::setNx)
            .flags(WRITE, DENYOOM, FAST)
            .categories(AclCategory.HASH)
            .keys(1, 0, 1, RW, INSERT)
            .member(2)
            .arguments(key("key", 0), plain("field", "string"), plain("value", "string"))
            .build(),
        command("hmset", -4, CommandGroup.HASH, Execution.WRITE, HashCommands::mSet)
            .flags(WRITE, DENYOOM, FAST)
            .categories(AclCategory.HASH)
            .keys(1, 0, 1, RW, UPDATE)
            .members(2, 2)
            .arguments(
                key("key", 0),
                block("field_value", plain("field", "string"), plain("value", "string"))
                    .asMultiple())
            .build(),
        command("hget", 3, CommandGroup.HASH, Execution.READ, HashCommands::get)
            .flags(READONLY, FAST)
            .categories(AclCategory.HASH)
            .keys(1, 0, 1, RO, ACCESS)
            .member(2)
            .arguments(key("key", 0), plain("field", "string"))
            .build(),
        command("hmget", -3, CommandGroup.HASH, Execution.READ, HashCommands::mGet)
            .flags(READONLY, FAST)
            .categories(AclCategory.HASH)
            .keys(1, 0, 1, RO, ACCESS)
            .members(2, 1)
            .arguments(key("key", 0), plain("field", "string").asMultiple())
            .build(),
        command("hgetall", 2, CommandGroup.HASH, Execution.READ, HashCommands::getAll)
            .flags(READONLY)
            .categories(AclCategory.HASH)
            .tips("nondeterministic_output_order")
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(key("key", 0))
            .build(),
        command("hkeys", 2, CommandGroup.HASH, Execution.READ, HashCommands::keys)
            .flags(READONLY)
            .categories(AclCategory.HASH)
            .tips("nondeterministic_output_order")
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(key("key", 0))
            .build(),
        command("hvals", 2, CommandGroup.HASH, Execution.READ, HashCommands::values)
            .flags(READONLY)
            .categories(AclCategory.HASH)
            .tips("nondeterministic_output_order")
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(key("key", 0))
            .build(),
        command("hdel", -3, CommandGroup.HASH, Execution.WRITE, HashCommands::delete)
            .flags(WRITE, FAST)
            .categories(AclCategory.HASH)
            .keys(1, 0, 1, RW, DELETE)
            .members(2, 1)
            .arguments(key("key", 0), plain("field", "string").asMultiple())
            .build(),
        command("hlen", 2, CommandGroup.HASH, Execution.READ, HashCommands::length)
            .flags(READONLY, FAST)
            .categories(AclCategory.HASH)
            .keys(1, 0, 1, RO)
            .arguments(key("key", 0))
            .build(),
        command("hexists", 3, CommandGroup.HASH, Execution.READ, HashCommands::exists)
            .flags(READONLY, FAST)
            .categories(AclCategory.HASH)
            .keys(1, 0, 1, RO)
            .member(2)
            .arguments(key("key", 0), plain("field", "string"))
            .build(),
        command("hstrlen", 3, CommandGroup.HASH, Execution.READ, HashCommands::valueLength)
            .flags(READONLY, FAST)
            .categories(AclCategory.HASH)
            .keys(1, 0, 1, RO)
            .member(2)
            .arguments(key("key", 0), plain("field", "string"))
            .build(),
        command("hincrby", 4, CommandGroup.HASH, Execution.WRITE, HashNumberCommands::incrBy)
            .flags(WRITE, DENYOOM, FAST)
            .categories(AclCategory.HASH)
            .keys(1, 0, 1, RW, ACCESS, UPDATE)
            .member(2)
            .arguments(key("key", 0), plain("field", "string"), plain("increment", "integer"))
            .build(),
        command(
                "hincrbyfloat",
                4,
                CommandGroup.HASH,
                Execution.WRITE,
                HashNumberCommands::incrByFloat)
            .flags(WRITE, DENYOOM, FAST)
            .categories(AclCategory.HASH)
            .keys(1, 0, 1, RW, ACCESS, UPDATE)
            .member(2)
            .arguments(key("key", 0), plain("field", "string"), plain("increment", "double"))
            .build(),
        command("hscan", -3, CommandGroup.HASH, Execution.READ, HashWalkCommands::scan)
            .flags(READONLY)
            .categories(AclCategory.HASH)
            .tips("nondeterministic_output")
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(
                key("key", 0),
                plain("cursor", "integer"),
                plain("pattern", "pattern").token("MATCH").asOptional(),
                plain("count", "integer").token("COUNT").asOptional())
            .build(),
        command("hrandfield", -2, CommandGroup.HASH, Execution.READ, HashWalkCommands::random)
            .flags(READONLY)
            .categories(AclCategory.HASH)
            .tips("nondeterministic_output")
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(
                key("key", 0),
                block(
                        "options",
                        plain("count", "integer"),
                        word("withvalues", "WITHVALUES").asOptional())
                    .asOptional())
            .build());
  }
}

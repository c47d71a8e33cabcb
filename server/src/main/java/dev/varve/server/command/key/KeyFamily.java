package dev.varve.server.command.key;

import static dev.varve.server.dispatch.Argument.key;
import static dev.varve.server.dispatch.Argument.oneOf;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.Argument.word;
import static dev.varve.server.dispatch.CommandFlag.DENYOOM;
import static dev.varve.server.dispatch.CommandFlag.FAST;
import static dev.varve.server.dispatch.CommandFlag.LOADING;
import static dev.varve.server.dispatch.CommandFlag.READONLY;
import static dev.varve.server.dispatch.CommandFlag.STALE;
import static dev.varve.server.dispatch.CommandFlag.WRITE;
import static dev.varve.server.dispatch.CommandSpec.command;
import static dev.varve.server.dispatch.KeyFlag.ACCESS;
import static dev.varve.server.dispatch.KeyFlag.DELETE;
import static dev.varve.server.dispatch.KeyFlag.INSERT;
import static dev.varve.server.dispatch.KeyFlag.OW;
import static dev.varve.server.dispatch.KeyFlag.RM;
import static dev.varve.server.dispatch.KeyFlag.RO;
import static dev.varve.server.dispatch.KeyFlag.RW;
import static dev.varve.server.dispatch.KeyFlag.UPDATE;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandHandler;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/** The commands on keys of any type. What Redis tells of them in COMMAND is told here. */
public final class KeyFamily {
  private KeyFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        command("del", -2, CommandGroup.GENERIC, Execution.WRITE, KeyCommands::delete)
            .flags(WRITE)
            .categories(AclCategory.KEYSPACE)
            .tips("request_policy:multi_shard", "response_policy:agg_sum")
            .keys(1, -1, 1, RM, DELETE)
            .arguments(key("key", 0).asMultiple())
            .build(),
        command("unlink", -2, CommandGroup.GENERIC, Execution.WRITE, KeyCommands::delete)
            .flags(WRITE, FAST)
            .categories(AclCategory.KEYSPACE)
            .tips("request_policy:multi_shard", "response_policy:agg_sum")
            .keys(1, -1, 1, RM, DELETE)
            .arguments(key("key", 0).asMultiple())
            .build(),
        command("exists", -2, CommandGroup.GENERIC, Execution.READ, KeyCommands::exists)
            .flags(READONLY, FAST)
            .categories(AclCategory.KEYSPACE)
            .tips("request_policy:multi_shard", "response_policy:agg_sum")
            .keys(1, -1, 1, RO)
            .notTouching()
            .arguments(key("key", 0).asMultiple())
            .build(),
        command("touch", -2, CommandGroup.GENERIC, Execution.READ, KeyCommands::exists)
            .flags(READONLY, FAST)
            .categories(AclCategory.KEYSPACE)
            .tips("request_policy:multi_shard", "response_policy:agg_sum")
            .keys(1, -1, 1, RO)
            .arguments(key("key", 0).asMultiple())
            .build(),
        command("type", 2, CommandGroup.GENERIC, Execution.READ, KeyCommands::type)
            .flags(READONLY, FAST)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RO)
            .notTouching()
            .arguments(key("key", 0))
            .build(),
        command("rename", 3, CommandGroup.GENERIC, Execution.WRITE, KeyCommands::rename)
            .flags(WRITE)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RW, ACCESS, DELETE)
            .keys(2, 0, 1, OW, UPDATE)
            .arguments(key("key", 0), key("newkey", 1))
            .build(),
        command("renamenx", 3, CommandGroup.GENERIC, Execution.WRITE, KeyCommands::renameNx)
            .flags(WRITE, FAST)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RW, ACCESS, DELETE)
            .keys(2, 0, 1, OW, INSERT)
            .arguments(key("key", 0), key("newkey", 1))
            .build(),
        command("copy", -3, CommandGroup.GENERIC, Execution.WRITE, KeyCommands::copy)
            .flags(WRITE, DENYOOM)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RO, ACCESS)
            .keys(2, 0, 1, OW, UPDATE)
            .arguments(
                key("source", 0),
                key("destination", 1),
                plain("destination-db", "integer").token("DB").asOptional(),
                word("replace", "REPLACE").asOptional())
            .build(),
        command("move", 3, CommandGroup.GENERIC, Execution.WRITE, KeyCommands::move)
            .flags(WRITE, FAST)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RW, ACCESS, UPDATE)
            .arguments(key("key", 0), plain("db", "integer"))
            .build(),
        object(),
        command("expire", -3, CommandGroup.GENERIC, Execution.WRITE, ExpireCommands::expire)
            .flags(WRITE, FAST)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RW, UPDATE)
            .arguments(
                key("key", 0),
                plain("seconds", "integer"),
                oneOf(
                        "condition",
                        word("nx", "NX"),
                        word("xx", "XX"),
                        word("gt", "GT"),
                        word("lt", "LT"))
                    .since("7.0.0")
                    .asOptional())
            .build(),
        command("pexpire", -3, CommandGroup.GENERIC, Execution.WRITE, ExpireCommands::pExpire)
            .flags(WRITE, FAST)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RW, UPDATE)
            .arguments(
                key("key", 0),
                plain("milliseconds", "integer"),
                oneOf(
                        "condition",
                        word("nx", "NX"),
                        word("xx", "XX"),
                        word("gt", "GT"),
                        word("lt", "LT"))
                    .since("7.0.0")
                    .asOptional())
            .build(),
        command("expireat", -3, CommandGroup.GENERIC, Execution.WRITE, ExpireCommands::expireAt)
            .flags(WRITE, FAST)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RW, UPDATE)
            .arguments(
                key("key", 0),
                plain("unix-time-seconds", "unix-time"),
                oneOf(
                        "condition",
                        word("nx", "NX"),
                        word("xx", "XX"),
                        word("gt", "GT"),
                        word("lt", "LT"))
                    .since("7.0.0")
                    .asOptional())
            .build(),
        command("pexpireat", -3, CommandGroup.GENERIC, Execution.WRITE, ExpireCommands::pExpireAt)
            .flags(WRITE, FAST)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RW, UPDATE)
            .arguments(
                key("key", 0),
                plain("unix-time-milliseconds", "unix-time"),
                oneOf(
                        "condition",
                        word("nx", "NX"),
                        word("xx", "XX"),
                        word("gt", "GT"),
                        word("lt", "LT"))
                    .since("7.0.0")
                    .asOptional())
            .build(),
        command("expiretime", 2, CommandGroup.GENERIC, Execution.READ, ExpireCommands::expireTime)
            .flags(READONLY, FAST)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RO, ACCESS)
            .notTouching()
            .arguments(key("key", 0))
            .build(),
        command("pexpiretime", 2, CommandGroup.GENERIC, Execution.READ, ExpireCommands::pExpireTime)
            .flags(READONLY, FAST)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RO, ACCESS)
            .notTouching()
            .arguments(key("key", 0))
            .build(),
        command("ttl", 2, CommandGroup.GENERIC, Execution.READ, ExpireCommands::ttl)
            .flags(READONLY, FAST)
            .categories(AclCategory.KEYSPACE)
            .tips("nondeterministic_output")
            .keys(1, 0, 1, RO, ACCESS)
            .notTouching()
            .arguments(key("key", 0))
            .build(),
        command("pttl", 2, CommandGroup.GENERIC, Execution.READ, ExpireCommands::pTtl)
            .flags(READONLY, FAST)
            .categories(AclCategory.KEYSPACE)
            .tips("nondeterministic_output")
            .keys(1, 0, 1, RO, ACCESS)
            .notTouching()
            .arguments(key("key", 0))
            .build(),
        command("persist", 2, CommandGroup.GENERIC, Execution.WRITE, ExpireCommands::persist)
            .flags(WRITE, FAST)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RW, UPDATE)
            .arguments(key("key", 0))
            .build(),
        command("scan", -2, CommandGroup.GENERIC, Execution.POOL, ScanCommand::execute)
            .flags(READONLY)
            .categories(AclCategory.KEYSPACE)
            .tips("nondeterministic_output", "request_policy:special")
            .arguments(
                plain("cursor", "integer"),
                plain("pattern", "pattern").token("MATCH").asOptional(),
                plain("count", "integer").token("COUNT").asOptional(),
                plain("type", "string").token("TYPE").since("6.0.0").asOptional())
            .build(),
        command("keys", 2, CommandGroup.GENERIC, Execution.POOL, WalkCommands::keys)
            .flags(READONLY)
            .categories(AclCategory.KEYSPACE, AclCategory.DANGEROUS)
            .tips("request_policy:all_shards", "nondeterministic_output_order")
            .arguments(plain("pattern", "pattern"))
            .build(),
        command("randomkey", 1, CommandGroup.GENERIC, Execution.POOL, WalkCommands::randomKey)
            .flags(READONLY)
            .categories(AclCategory.KEYSPACE)
            .tips("request_policy:all_shards", "nondeterministic_output")
            .build());
  }

  private static CommandSpec object() {
    return command("object", -2, CommandGroup.GENERIC, Execution.READ, null)
        .subcommands(
            aboutKey("encoding", ObjectCommands::encoding),
            aboutKey("freq", ObjectCommands::frequency),
            aboutKey("idletime", ObjectCommands::idleTime),
            aboutKey("refcount", ObjectCommands::refCount),
            command("help", 2, CommandGroup.GENERIC, Execution.LOOP, ObjectCommands::objectHelp)
                .flags(LOADING, STALE)
                .categories(AclCategory.KEYSPACE))
        .build();
  }

  private static CommandSpec.Builder aboutKey(String name, CommandHandler handler) {
    return command(name, 3, CommandGroup.GENERIC, Execution.READ, handler)
        .flags(READONLY)
        .notTouching()
        .categories(AclCategory.KEYSPACE)
        .tips("nondeterministic_output")
        .keys(2, 0, 1, RO)
        .arguments(key("key", 0));
  }
}

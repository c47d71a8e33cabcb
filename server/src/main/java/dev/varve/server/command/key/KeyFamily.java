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
            .docs("1.0.0", "Removes keys.", "O(n) for n keys")
            .arguments(key("key", 0).asMultiple())
            .build(),
        command("unlink", -2, CommandGroup.GENERIC, Execution.WRITE, KeyCommands::delete)
            .flags(WRITE, FAST)
            .categories(AclCategory.KEYSPACE)
            .tips("request_policy:multi_shard", "response_policy:agg_sum")
            .keys(1, -1, 1, RM, DELETE)
            .docs("4.0.0", "Removes keys; here the same as DEL.", "O(n) for n keys")
            .arguments(key("key", 0).asMultiple())
            .build(),
        command("exists", -2, CommandGroup.GENERIC, Execution.READ, KeyCommands::exists)
            .flags(READONLY, FAST)
            .categories(AclCategory.KEYSPACE)
            .tips("request_policy:multi_shard", "response_policy:agg_sum")
            .keys(1, -1, 1, RO)
            .notTouching()
            .docs("1.0.0", "Counts which of the keys exist.", "O(n) for n keys")
            .changed("3.0.3", "Takes several keys.")
            .arguments(key("key", 0).asMultiple())
            .build(),
        command("touch", -2, CommandGroup.GENERIC, Execution.READ, KeyCommands::exists)
            .flags(READONLY, FAST)
            .categories(AclCategory.KEYSPACE)
            .tips("request_policy:multi_shard", "response_policy:agg_sum")
            .keys(1, -1, 1, RO)
            .docs("3.2.1", "Counts which of the keys exist.", "O(n) for n keys")
            .arguments(key("key", 0).asMultiple())
            .build(),
        command("type", 2, CommandGroup.GENERIC, Execution.READ, KeyCommands::type)
            .flags(READONLY, FAST)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RO)
            .notTouching()
            .docs("1.0.0", "Answers the type of what a key holds.", "O(1)")
            .arguments(key("key", 0))
            .build(),
        command("rename", 3, CommandGroup.GENERIC, Execution.WRITE, KeyCommands::rename)
            .flags(WRITE)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RW, ACCESS, DELETE)
            .keys(2, 0, 1, OW, UPDATE)
            .docs(
                "1.0.0",
                "Gives what a key holds another key, whatever that held.",
                "O(n) for a value of n bytes")
            .arguments(key("key", 0), key("newkey", 1))
            .build(),
        command("renamenx", 3, CommandGroup.GENERIC, Execution.WRITE, KeyCommands::renameNx)
            .flags(WRITE, FAST)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RW, ACCESS, DELETE)
            .keys(2, 0, 1, OW, INSERT)
            .docs(
                "1.0.0",
                "Gives what a key holds another key, unless that exists.",
                "O(n) for a value of n bytes")
            .changed("3.2.0", "Takes the same key twice.")
            .arguments(key("key", 0), key("newkey", 1))
            .build(),
        command("copy", -3, CommandGroup.GENERIC, Execution.WRITE, KeyCommands::copy)
            .flags(WRITE, DENYOOM)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RO, ACCESS)
            .keys(2, 0, 1, OW, UPDATE)
            .docs("6.2.0", "Gives another key what a key holds.", "O(n) for a value of n bytes")
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
            .docs(
                "1.0.0",
                "Moves a key to another database, unless it exists there.",
                "O(n) for a value of n bytes")
            .arguments(key("key", 0), plain("db", "integer"))
            .build(),
        object(),
        command("expire", -3, CommandGroup.GENERIC, Execution.WRITE, ExpireCommands::expire)
            .flags(WRITE, FAST)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RW, UPDATE)
            .docs("1.0.0", "Sets how many seconds a key has left.", "O(n) for a value of n bytes")
            .changed("7.0.0", "NX, XX, GT and LT are new.")
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
            .docs(
                "2.6.0",
                "Sets how many milliseconds a key has left.",
                "O(n) for a value of n bytes")
            .changed("7.0.0", "NX, XX, GT and LT are new.")
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
            .docs(
                "1.2.0",
                "Sets the second of the Unix time at which a key expires.",
                "O(n) for a value of n bytes")
            .changed("7.0.0", "NX, XX, GT and LT are new.")
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
            .docs(
                "2.6.0",
                "Sets the millisecond of the Unix time at which a key expires.",
                "O(n) for a value of n bytes")
            .changed("7.0.0", "NX, XX, GT and LT are new.")
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
            .docs("7.0.0", "Answers the second of the Unix time at which a key expires.", "O(1)")
            .arguments(key("key", 0))
            .build(),
        command("pexpiretime", 2, CommandGroup.GENERIC, Execution.READ, ExpireCommands::pExpireTime)
            .flags(READONLY, FAST)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RO, ACCESS)
            .notTouching()
            .docs(
                "7.0.0", "Answers the millisecond of the Unix time at which a key expires.", "O(1)")
            .arguments(key("key", 0))
            .build(),
        command("ttl", 2, CommandGroup.GENERIC, Execution.READ, ExpireCommands::ttl)
            .flags(READONLY, FAST)
            .categories(AclCategory.KEYSPACE)
            .tips("nondeterministic_output")
            .keys(1, 0, 1, RO, ACCESS)
            .notTouching()
            .docs("1.0.0", "Answers how many seconds a key has left.", "O(1)")
            .changed("2.8.0", "Answers -2 where there is no key.")
            .arguments(key("key", 0))
            .build(),
        command("pttl", 2, CommandGroup.GENERIC, Execution.READ, ExpireCommands::pTtl)
            .flags(READONLY, FAST)
            .categories(AclCategory.KEYSPACE)
            .tips("nondeterministic_output")
            .keys(1, 0, 1, RO, ACCESS)
            .notTouching()
            .docs("2.6.0", "Answers how many milliseconds a key has left.", "O(1)")
            .changed("2.8.0", "Answers -2 where there is no key.")
            .arguments(key("key", 0))
            .build(),
        command("persist", 2, CommandGroup.GENERIC, Execution.WRITE, ExpireCommands::persist)
            .flags(WRITE, FAST)
            .categories(AclCategory.KEYSPACE)
            .keys(1, 0, 1, RW, UPDATE)
            .docs("2.2.0", "Lets a key live for ever.", "O(n) for a value of n bytes")
            .arguments(key("key", 0))
            .build(),
        command("scan", -2, CommandGroup.GENERIC, Execution.POOL, ScanCommand::execute)
            .flags(READONLY)
            .categories(AclCategory.KEYSPACE)
            .tips("nondeterministic_output", "request_policy:special")
            .docs(
                "2.8.0",
                "Walks over the keys of the database, a few at a time.",
                "O(n) for a COUNT of n")
            .changed("6.0.0", "TYPE is new.")
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
            .docs(
                "1.0.0",
                "Lists the keys that match a pattern.",
                "O(n) for n keys that begin as the pattern does")
            .arguments(plain("pattern", "pattern"))
            .build(),
        command("randomkey", 1, CommandGroup.GENERIC, Execution.POOL, WalkCommands::randomKey)
            .flags(READONLY)
            .categories(AclCategory.KEYSPACE)
            .tips("request_policy:all_shards", "nondeterministic_output")
            .docs("1.0.0", "Answers some key.", "O(n) for a key of n bytes")
            .build());
  }

  private static CommandSpec object() {
    return command("object", -2, CommandGroup.GENERIC, Execution.READ, null)
        .docs("2.2.3", "Commands about how keys are kept.", "O(1)")
        .subcommands(
            aboutKey("encoding", ObjectCommands::encoding)
                .docs("2.2.3", "Tells how Redis would keep what the key holds.", "O(1)"),
            aboutKey("freq", ObjectCommands::frequency)
                .docs("4.0.0", "Says that how often keys are used is not tracked.", "O(1)"),
            aboutKey("idletime", ObjectCommands::idleTime)
                .docs("2.2.3", "Tells for how many seconds at least a key was not used.", "O(1)"),
            aboutKey("refcount", ObjectCommands::refCount)
                .docs("2.2.3", "Tells how many keys share the value: 1.", "O(1)"),
            command("help", 2, CommandGroup.GENERIC, Execution.LOOP, ObjectCommands::objectHelp)
                .flags(LOADING, STALE)
                .categories(AclCategory.KEYSPACE)
                .docs("6.2.0", "Lists the subcommands.", "O(1)"))
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

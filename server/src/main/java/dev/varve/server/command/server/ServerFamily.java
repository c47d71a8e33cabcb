package dev.varve.server.command.server;

import static dev.varve.server.dispatch.Argument.block;
import static dev.varve.server.dispatch.Argument.oneOf;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.Argument.word;
import static dev.varve.server.dispatch.CommandFlag.ADMIN;
import static dev.varve.server.dispatch.CommandFlag.ALLOW_BUSY;
import static dev.varve.server.dispatch.CommandFlag.BLOCKING;
import static dev.varve.server.dispatch.CommandFlag.FAST;
import static dev.varve.server.dispatch.CommandFlag.LOADING;
import static dev.varve.server.dispatch.CommandFlag.NOSCRIPT;
import static dev.varve.server.dispatch.CommandFlag.NO_ASYNC_LOADING;
import static dev.varve.server.dispatch.CommandFlag.NO_MULTI;
import static dev.varve.server.dispatch.CommandFlag.READONLY;
import static dev.varve.server.dispatch.CommandFlag.STALE;
import static dev.varve.server.dispatch.CommandFlag.WRITE;
import static dev.varve.server.dispatch.CommandSpec.command;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/** The commands on the server as a whole. What Redis tells of them in COMMAND is told here. */
public final class ServerFamily {
  private ServerFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        command("command", -1, CommandGroup.SERVER, Execution.LOOP, CommandCommand::all)
            .flags(LOADING, STALE)
            .categories(AclCategory.CONNECTION)
            .tips("nondeterministic_output_order")
            .subcommands(
                command("count", 2, CommandGroup.SERVER, Execution.LOOP, CommandCommand::count)
                    .flags(LOADING, STALE)
                    .categories(AclCategory.CONNECTION),
                command("info", -2, CommandGroup.SERVER, Execution.LOOP, CommandCommand::info)
                    .flags(LOADING, STALE)
                    .categories(AclCategory.CONNECTION)
                    .tips("nondeterministic_output_order")
                    .arguments(plain("command-name", "string").asOptional().asMultiple()),
                command("docs", -2, CommandGroup.SERVER, Execution.LOOP, CommandCommand::docs)
                    .flags(LOADING, STALE)
                    .categories(AclCategory.CONNECTION)
                    .tips("nondeterministic_output_order")
                    .arguments(plain("command-name", "string").asOptional().asMultiple()),
                command("list", -2, CommandGroup.SERVER, Execution.LOOP, CommandCommand::list)
                    .flags(LOADING, STALE)
                    .categories(AclCategory.CONNECTION)
                    .tips("nondeterministic_output_order")
                    .arguments(
                        oneOf(
                                "filterby",
                                plain("module-name", "string").token("MODULE"),
                                plain("category", "string").token("ACLCAT"),
                                plain("pattern", "pattern").token("PATTERN"))
                            .token("FILTERBY")
                            .asOptional()),
                command("getkeys", -4, CommandGroup.SERVER, Execution.LOOP, CommandCommand::getKeys)
                    .flags(LOADING, STALE)
                    .categories(AclCategory.CONNECTION),
                command(
                        "getkeysandflags",
                        -4,
                        CommandGroup.SERVER,
                        Execution.LOOP,
                        CommandCommand::getKeysAndFlags)
                    .flags(LOADING, STALE)
                    .categories(AclCategory.CONNECTION),
                command("help", 2, CommandGroup.SERVER, Execution.LOOP, CommandCommand::help)
                    .flags(LOADING, STALE)
                    .categories(AclCategory.CONNECTION))
            .build(),
        command("info", -1, CommandGroup.SERVER, Execution.READ, InfoCommand::info)
            .flags(LOADING, STALE)
            .categories(AclCategory.DANGEROUS)
            .tips("nondeterministic_output", "request_policy:all_shards", "response_policy:special")
            .arguments(plain("section", "string").asOptional().asMultiple())
            .build(),
        command("config", -2, CommandGroup.SERVER, Execution.LOOP, null)
            .subcommands(
                command("get", -3, CommandGroup.SERVER, Execution.LOOP, ConfigCommand::get)
                    .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                    .arguments(block("parameter", plain("parameter", "string")).asMultiple()),
                command("set", -4, CommandGroup.SERVER, Execution.LOOP, ConfigCommand::set)
                    .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                    .tips("request_policy:all_nodes", "response_policy:all_succeeded")
                    .arguments(
                        block(
                                "parameter_value",
                                plain("parameter", "string"),
                                plain("value", "string"))
                            .asMultiple()),
                command(
                        "resetstat",
                        2,
                        CommandGroup.SERVER,
                        Execution.LOOP,
                        ConfigCommand::resetStatistics)
                    .flags(ADMIN, NOSCRIPT, LOADING, STALE),
                command("rewrite", 2, CommandGroup.SERVER, Execution.POOL, ConfigCommand::rewrite)
                    .flags(ADMIN, NOSCRIPT, LOADING, STALE),
                command("help", 2, CommandGroup.SERVER, Execution.LOOP, ConfigCommand::help)
                    .flags(LOADING, STALE))
            .build(),
        command("time", 1, CommandGroup.SERVER, Execution.LOOP, InfoCommand::time)
            .flags(LOADING, STALE, FAST)
            .tips("nondeterministic_output")
            .build(),
        command("role", 1, CommandGroup.SERVER, Execution.LOOP, ReplicationCommands::role)
            .flags(NOSCRIPT, LOADING, STALE, FAST)
            .categories(AclCategory.ADMIN, AclCategory.DANGEROUS)
            .build(),
        command("wait", 3, CommandGroup.GENERIC, Execution.LOOP, ReplicationCommands::await)
            .flags(NOSCRIPT)
            .categories(AclCategory.CONNECTION)
            .tips("request_policy:all_shards", "response_policy:agg_min")
            .arguments(plain("numreplicas", "integer"), plain("timeout", "integer"))
            .build(),
        command("waitaof", 4, CommandGroup.GENERIC, Execution.POOL, ReplicationCommands::awaitLog)
            .flags(BLOCKING)
            .categories(AclCategory.CONNECTION)
            .tips("request_policy:all_shards", "response_policy:agg_min")
            .arguments(
                plain("numlocal", "integer"),
                plain("numreplicas", "integer"),
                plain("timeout", "integer"))
            .build(),
        command("save", 1, CommandGroup.SERVER, Execution.POOL, SaveCommands::save)
            .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING, NO_MULTI)
            .build(),
        command("bgsave", -1, CommandGroup.SERVER, Execution.POOL, SaveCommands::saveInBackground)
            .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
            .arguments(word("schedule", "SCHEDULE").since("3.2.2").asOptional())
            .build(),
        command("bgrewriteaof", 1, CommandGroup.SERVER, Execution.WRITE, SaveCommands::rewriteLog)
            .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
            .build(),
        command("lastsave", 1, CommandGroup.SERVER, Execution.LOOP, SaveCommands::lastSave)
            .flags(LOADING, STALE, FAST)
            .categories(AclCategory.ADMIN, AclCategory.DANGEROUS)
            .tips("nondeterministic_output")
            .build(),
        command("shutdown", -1, CommandGroup.SERVER, Execution.LOOP, ShutdownCommand::execute)
            .flags(ADMIN, NOSCRIPT, LOADING, STALE, NO_MULTI, ALLOW_BUSY)
            .arguments(
                oneOf("nosave_save", word("nosave", "NOSAVE"), word("save", "SAVE")).asOptional(),
                word("now", "NOW").since("7.0.0").asOptional(),
                word("force", "FORCE").since("7.0.0").asOptional(),
                word("abort", "ABORT").since("7.0.0").asOptional())
            .build(),
        command("dbsize", 1, CommandGroup.SERVER, Execution.READ, DbSizeCommand::execute)
            .flags(READONLY, FAST)
            .categories(AclCategory.KEYSPACE)
            .tips("request_policy:all_shards", "response_policy:agg_sum")
            .build(),
        command("flushdb", -1, CommandGroup.SERVER, Execution.WRITE, FlushCommands::flushDb)
            .flags(WRITE)
            .categories(AclCategory.KEYSPACE, AclCategory.DANGEROUS)
            .tips("request_policy:all_shards", "response_policy:all_succeeded")
            .arguments(
                oneOf(
                        "async",
                        word("async", "ASYNC").since("4.0.0"),
                        word("sync", "SYNC").since("6.2.0"))
                    .asOptional())
            .build(),
        command("flushall", -1, CommandGroup.SERVER, Execution.WRITE, FlushCommands::flushAll)
            .flags(WRITE)
            .categories(AclCategory.KEYSPACE, AclCategory.DANGEROUS)
            .tips("request_policy:all_shards", "response_policy:all_succeeded")
            .arguments(
                oneOf(
                        "async",
                        word("async", "ASYNC").since("4.0.0"),
                        word("sync", "SYNC").since("6.2.0"))
                    .asOptional())
            .build(),
        command("swapdb", 3, CommandGroup.SERVER, Execution.WRITE, FlushCommands::swapDb)
            .flags(WRITE, FAST)
            .categories(AclCategory.KEYSPACE, AclCategory.DANGEROUS)
            .arguments(plain("index1", "integer"), plain("index2", "integer"))
            .build());
  }
}

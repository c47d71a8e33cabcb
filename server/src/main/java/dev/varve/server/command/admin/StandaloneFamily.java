package dev.varve.server.command.admin;

import static dev.varve.server.dispatch.Argument.block;
import static dev.varve.server.dispatch.Argument.oneOf;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.Argument.word;
import static dev.varve.server.dispatch.CommandFlag.ADMIN;
import static dev.varve.server.dispatch.CommandFlag.FAST;
import static dev.varve.server.dispatch.CommandFlag.LOADING;
import static dev.varve.server.dispatch.CommandFlag.NOSCRIPT;
import static dev.varve.server.dispatch.CommandFlag.NO_ASYNC_LOADING;
import static dev.varve.server.dispatch.CommandFlag.READONLY;
import static dev.varve.server.dispatch.CommandFlag.STALE;
import static dev.varve.server.dispatch.CommandSpec.command;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/** Commands about replicas, clusters and modules, as a server answers that has none of them. */
public final class StandaloneFamily {
  private StandaloneFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        cluster(),
        refused("readonly", 1)
            .flags(LOADING, STALE, FAST)
            .categories(AclCategory.CONNECTION)
            .build(),
        refused("readwrite", 1)
            .flags(LOADING, STALE, FAST)
            .categories(AclCategory.CONNECTION)
            .build(),
        refused("asking", 1).flags(FAST).categories(AclCategory.CONNECTION).build(),
        command("module", -2, CommandGroup.SERVER, Execution.LOOP, null)
            .subcommands(
                command(
                        "list",
                        2,
                        CommandGroup.SERVER,
                        Execution.LOOP,
                        StandaloneCommands::noModules)
                    .flags(ADMIN, NOSCRIPT)
                    .tips("nondeterministic_output_order"),
                command(
                        "load",
                        -3,
                        CommandGroup.SERVER,
                        Execution.LOOP,
                        StandaloneCommands::refuseModule)
                    .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
                    .arguments(
                        plain("path", "string"), plain("arg", "string").asOptional().asMultiple()),
                command(
                        "loadex",
                        -3,
                        CommandGroup.SERVER,
                        Execution.LOOP,
                        StandaloneCommands::refuseModule)
                    .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
                    .arguments(
                        plain("path", "string"),
                        block("configs", plain("name", "string"), plain("value", "string"))
                            .token("CONFIG")
                            .asOptional()
                            .asMultipleWithToken(),
                        block("args", plain("arg", "string"))
                            .token("ARGS")
                            .asOptional()
                            .asMultiple()),
                command(
                        "unload",
                        3,
                        CommandGroup.SERVER,
                        Execution.LOOP,
                        StandaloneCommands::refuseModule)
                    .flags(ADMIN, NOSCRIPT, NO_ASYNC_LOADING)
                    .arguments(plain("name", "string")),
                command(
                        "help",
                        2,
                        CommandGroup.SERVER,
                        Execution.LOOP,
                        StandaloneCommands::moduleHelp)
                    .flags(LOADING, STALE))
            .build(),
        command("failover", -1, CommandGroup.SERVER, Execution.LOOP, StandaloneCommands::failOver)
            .flags(ADMIN, NOSCRIPT, STALE)
            .arguments(
                block(
                        "target",
                        plain("host", "string"),
                        plain("port", "integer"),
                        word("force", "FORCE").asOptional())
                    .token("TO")
                    .asOptional(),
                word("abort", "ABORT").asOptional(),
                plain("milliseconds", "integer").token("TIMEOUT").asOptional())
            .build(),
        command("replicaof", 3, CommandGroup.SERVER, Execution.LOOP, StandaloneCommands::replicaOf)
            .flags(ADMIN, NOSCRIPT, STALE, NO_ASYNC_LOADING)
            .arguments(
                oneOf(
                    "args",
                    block("host-port", plain("host", "string"), plain("port", "integer")),
                    block("no-one", word("no", "NO"), word("one", "ONE"))))
            .build(),
        command("slaveof", 3, CommandGroup.SERVER, Execution.LOOP, StandaloneCommands::replicaOf)
            .flags(ADMIN, NOSCRIPT, STALE, NO_ASYNC_LOADING)
            .arguments(
                oneOf(
                    "args",
                    block("host-port", plain("host", "string"), plain("port", "integer")),
                    block("no-one", word("no", "NO"), word("one", "ONE"))))
            .build(),
        command("lolwut", -1, CommandGroup.SERVER, Execution.LOOP, LolwutCommand::execute)
            .flags(READONLY, FAST)
            .arguments(plain("version", "integer").token("VERSION").asOptional())
            .build());
  }

  private static CommandSpec cluster() {
    return command("cluster", -2, CommandGroup.CLUSTER, Execution.LOOP, null)
        .subcommands(
            refused("addslots", -3)
                .flags(ADMIN, STALE, NO_ASYNC_LOADING)
                .arguments(plain("slot", "integer").asMultiple()),
            refused("addslotsrange", -4)
                .flags(ADMIN, STALE, NO_ASYNC_LOADING)
                .arguments(
                    block(
                            "start-slot_end-slot",
                            plain("start-slot", "integer"),
                            plain("end-slot", "integer"))
                        .asMultiple()),
            refused("bumpepoch", 2)
                .flags(ADMIN, STALE, NO_ASYNC_LOADING)
                .tips("nondeterministic_output"),
            refused("count-failure-reports", 3)
                .flags(ADMIN, STALE)
                .tips("nondeterministic_output")
                .arguments(plain("node-id", "string")),
            refused("countkeysinslot", 3).flags(STALE).arguments(plain("slot", "integer")),
            refused("delslots", -3)
                .flags(ADMIN, STALE, NO_ASYNC_LOADING)
                .arguments(plain("slot", "integer").asMultiple()),
            refused("delslotsrange", -4)
                .flags(ADMIN, STALE, NO_ASYNC_LOADING)
                .arguments(
                    block(
                            "start-slot_end-slot",
                            plain("start-slot", "integer"),
                            plain("end-slot", "integer"))
                        .asMultiple()),
            refused("failover", -2)
                .flags(ADMIN, STALE, NO_ASYNC_LOADING)
                .arguments(
                    oneOf("options", word("force", "FORCE"), word("takeover", "TAKEOVER"))
                        .asOptional()),
            refused("flushslots", 2).flags(ADMIN, STALE, NO_ASYNC_LOADING),
            refused("forget", 3)
                .flags(ADMIN, STALE, NO_ASYNC_LOADING)
                .arguments(plain("node-id", "string")),
            refused("getkeysinslot", 4)
                .flags(STALE)
                .tips("nondeterministic_output")
                .arguments(plain("slot", "integer"), plain("count", "integer")),
            refused("info", 2).flags(STALE).tips("nondeterministic_output"),
            refused("keyslot", 3).flags(STALE).arguments(plain("key", "string")),
            refused("links", 2).flags(STALE).tips("nondeterministic_output"),
            refused("meet", -4)
                .flags(ADMIN, STALE, NO_ASYNC_LOADING)
                .arguments(
                    plain("ip", "string"),
                    plain("port", "integer"),
                    plain("cluster_bus_port", "integer").since("4.0.0").asOptional()),
            refused("myid", 2).flags(STALE),
            refused("nodes", 2).flags(STALE).tips("nondeterministic_output"),
            refused("replicas", 3)
                .flags(ADMIN, STALE)
                .tips("nondeterministic_output")
                .arguments(plain("node-id", "string")),
            refused("replicate", 3)
                .flags(ADMIN, STALE, NO_ASYNC_LOADING)
                .arguments(plain("node-id", "string")),
            refused("reset", -2)
                .flags(ADMIN, NOSCRIPT, STALE)
                .arguments(
                    oneOf("hard_soft", word("hard", "HARD"), word("soft", "SOFT")).asOptional()),
            refused("saveconfig", 2).flags(ADMIN, STALE, NO_ASYNC_LOADING),
            refused("set-config-epoch", 3)
                .flags(ADMIN, STALE, NO_ASYNC_LOADING)
                .arguments(plain("config-epoch", "integer")),
            refused("setslot", -4)
                .flags(ADMIN, STALE, NO_ASYNC_LOADING)
                .arguments(
                    plain("slot", "integer"),
                    oneOf(
                        "subcommand",
                        plain("node-id", "string").token("IMPORTING"),
                        plain("node-id", "string").token("MIGRATING"),
                        plain("node-id", "string").token("NODE"),
                        word("stable", "STABLE"))),
            refused("shards", 2).flags(STALE).tips("nondeterministic_output"),
            refused("slaves", 3)
                .flags(ADMIN, STALE)
                .tips("nondeterministic_output")
                .arguments(plain("node-id", "string")),
            refused("slots", 2).flags(STALE).tips("nondeterministic_output"),
            refused("help", 2).flags(LOADING, STALE))
        .build();
  }

  private static CommandSpec.Builder refused(String name, int arity) {
    return command(
        name, arity, CommandGroup.CLUSTER, Execution.LOOP, StandaloneCommands::noCluster);
  }
}

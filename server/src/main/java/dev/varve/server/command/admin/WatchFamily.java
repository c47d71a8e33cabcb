package dev.varve.server.command.admin;

import static dev.varve.server.dispatch.Argument.key;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.CommandFlag.ADMIN;
import static dev.varve.server.dispatch.CommandFlag.LOADING;
import static dev.varve.server.dispatch.CommandFlag.NOSCRIPT;
import static dev.varve.server.dispatch.CommandFlag.READONLY;
import static dev.varve.server.dispatch.CommandFlag.STALE;
import static dev.varve.server.dispatch.CommandSpec.command;
import static dev.varve.server.dispatch.KeyFlag.RO;

import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/** SLOWLOG, LATENCY, MEMORY and MONITOR. What Redis tells of them in COMMAND is told here. */
public final class WatchFamily {
  private WatchFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(slowLog(), latency(), memory(), monitor());
  }

  private static CommandSpec monitor() {
    return command("monitor", 1, CommandGroup.SERVER, Execution.LOOP, MonitorCommand::execute)
        .flags(ADMIN, NOSCRIPT, LOADING, STALE)
        .build();
  }

  private static CommandSpec slowLog() {
    return command("slowlog", -2, CommandGroup.SERVER, Execution.LOOP, null)
        .subcommands(
            command("get", -2, CommandGroup.SERVER, Execution.LOOP, SlowLogCommand::get)
                .flags(ADMIN, LOADING, STALE)
                .tips("request_policy:all_nodes", "nondeterministic_output")
                .arguments(plain("count", "integer").asOptional()),
            command("len", 2, CommandGroup.SERVER, Execution.LOOP, SlowLogCommand::length)
                .flags(ADMIN, LOADING, STALE)
                .tips(
                    "request_policy:all_nodes",
                    "response_policy:agg_sum",
                    "nondeterministic_output"),
            command("reset", 2, CommandGroup.SERVER, Execution.LOOP, SlowLogCommand::reset)
                .flags(ADMIN, LOADING, STALE)
                .tips("request_policy:all_nodes", "response_policy:all_succeeded"),
            command("help", 2, CommandGroup.SERVER, Execution.LOOP, SlowLogCommand::help)
                .flags(LOADING, STALE))
        .build();
  }

  private static CommandSpec latency() {
    return command("latency", -2, CommandGroup.SERVER, Execution.LOOP, null)
        .subcommands(
            command("doctor", 2, CommandGroup.SERVER, Execution.LOOP, LatencyCommand::doctor)
                .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                .tips(
                    "nondeterministic_output",
                    "request_policy:all_nodes",
                    "response_policy:special"),
            command("graph", 3, CommandGroup.SERVER, Execution.LOOP, LatencyCommand::graph)
                .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                .tips(
                    "nondeterministic_output",
                    "request_policy:all_nodes",
                    "response_policy:special")
                .arguments(plain("event", "string")),
            command("histogram", -2, CommandGroup.SERVER, Execution.LOOP, LatencyCommand::histogram)
                .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                .tips(
                    "nondeterministic_output",
                    "request_policy:all_nodes",
                    "response_policy:special")
                .arguments(plain("command", "string").asOptional().asMultiple()),
            command("history", 3, CommandGroup.SERVER, Execution.LOOP, LatencyCommand::history)
                .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                .tips(
                    "nondeterministic_output",
                    "request_policy:all_nodes",
                    "response_policy:special")
                .arguments(plain("event", "string")),
            command("latest", 2, CommandGroup.SERVER, Execution.LOOP, LatencyCommand::latest)
                .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                .tips(
                    "nondeterministic_output",
                    "request_policy:all_nodes",
                    "response_policy:special"),
            command("reset", -2, CommandGroup.SERVER, Execution.LOOP, LatencyCommand::reset)
                .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                .tips("request_policy:all_nodes", "response_policy:all_succeeded")
                .arguments(plain("event", "string").asOptional().asMultiple()),
            command("help", 2, CommandGroup.SERVER, Execution.LOOP, LatencyCommand::help)
                .flags(LOADING, STALE))
        .build();
  }

  private static CommandSpec memory() {
    return command("memory", -2, CommandGroup.SERVER, Execution.LOOP, null)
        .subcommands(
            command("doctor", 2, CommandGroup.SERVER, Execution.LOOP, MemoryCommand::doctor)
                .tips(
                    "nondeterministic_output",
                    "request_policy:all_shards",
                    "response_policy:special"),
            command(
                    "malloc-stats",
                    2,
                    CommandGroup.SERVER,
                    Execution.LOOP,
                    MemoryCommand::allocator)
                .tips(
                    "nondeterministic_output",
                    "request_policy:all_shards",
                    "response_policy:special"),
            command("purge", 2, CommandGroup.SERVER, Execution.LOOP, MemoryCommand::purge)
                .tips("request_policy:all_shards", "response_policy:all_succeeded"),
            command("stats", 2, CommandGroup.SERVER, Execution.READ, MemoryCommand::stats)
                .tips(
                    "nondeterministic_output",
                    "request_policy:all_shards",
                    "response_policy:special"),
            command("usage", -3, CommandGroup.SERVER, Execution.READ, MemoryCommand::usage)
                .flags(READONLY)
                .keys(2, 0, 1, RO)
                .arguments(key("key", 0), plain("count", "integer").token("SAMPLES").asOptional()),
            command("help", 2, CommandGroup.SERVER, Execution.LOOP, MemoryCommand::help)
                .flags(LOADING, STALE))
        .build();
  }
}

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
        .docs("1.0.0", "Shows the client every command that is executed from now on.", "")
        .build();
  }

  private static CommandSpec slowLog() {
    return command("slowlog", -2, CommandGroup.SERVER, Execution.LOOP, null)
        .docs("2.2.12", "Commands about the log of slow commands.", "O(1)")
        .subcommands(
            command("get", -2, CommandGroup.SERVER, Execution.LOOP, SlowLogCommand::get)
                .flags(ADMIN, LOADING, STALE)
                .tips("request_policy:all_nodes", "nondeterministic_output")
                .docs("2.2.12", "Tells the latest slow commands.", "O(n) for n of them")
                .changed("4.0.0", "Tells the client's address and name.")
                .arguments(plain("count", "integer").asOptional()),
            command("len", 2, CommandGroup.SERVER, Execution.LOOP, SlowLogCommand::length)
                .flags(ADMIN, LOADING, STALE)
                .tips(
                    "request_policy:all_nodes",
                    "response_policy:agg_sum",
                    "nondeterministic_output")
                .docs("2.2.12", "Counts the slow commands that are remembered.", "O(1)"),
            command("reset", 2, CommandGroup.SERVER, Execution.LOOP, SlowLogCommand::reset)
                .flags(ADMIN, LOADING, STALE)
                .tips("request_policy:all_nodes", "response_policy:all_succeeded")
                .docs("2.2.12", "Forgets all slow commands.", "O(n) for n of them"),
            command("help", 2, CommandGroup.SERVER, Execution.LOOP, SlowLogCommand::help)
                .flags(LOADING, STALE)
                .docs("6.2.0", "Lists the subcommands.", "O(1)"))
        .build();
  }

  private static CommandSpec latency() {
    return command("latency", -2, CommandGroup.SERVER, Execution.LOOP, null)
        .docs("2.8.13", "Commands about what has taken long.", "O(1)")
        .subcommands(
            command("doctor", 2, CommandGroup.SERVER, Execution.LOOP, LatencyCommand::doctor)
                .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                .tips(
                    "nondeterministic_output",
                    "request_policy:all_nodes",
                    "response_policy:special")
                .docs(
                    "2.8.13",
                    "Says in words what has taken long, and what can be done about it.",
                    "O(1)"),
            command("graph", 3, CommandGroup.SERVER, Execution.LOOP, LatencyCommand::graph)
                .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                .tips(
                    "nondeterministic_output",
                    "request_policy:all_nodes",
                    "response_policy:special")
                .docs("2.8.13", "Draws how long events of a kind took.", "O(1)")
                .arguments(plain("event", "string")),
            command("histogram", -2, CommandGroup.SERVER, Execution.LOOP, LatencyCommand::histogram)
                .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                .tips(
                    "nondeterministic_output",
                    "request_policy:all_nodes",
                    "response_policy:special")
                .docs("7.0.0", "Tells how commands' times are distributed.", "O(n) for n commands")
                .arguments(plain("command", "string").asOptional().asMultiple()),
            command("history", 3, CommandGroup.SERVER, Execution.LOOP, LatencyCommand::history)
                .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                .tips(
                    "nondeterministic_output",
                    "request_policy:all_nodes",
                    "response_policy:special")
                .docs("2.8.13", "Tells when events of a kind took long, and how long.", "O(1)")
                .arguments(plain("event", "string")),
            command("latest", 2, CommandGroup.SERVER, Execution.LOOP, LatencyCommand::latest)
                .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                .tips(
                    "nondeterministic_output",
                    "request_policy:all_nodes",
                    "response_policy:special")
                .docs("2.8.13", "Tells the last that took long, of each kind of event.", "O(1)"),
            command("reset", -2, CommandGroup.SERVER, Execution.LOOP, LatencyCommand::reset)
                .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                .tips("request_policy:all_nodes", "response_policy:all_succeeded")
                .docs("2.8.13", "Forgets what has taken long.", "O(1)")
                .arguments(plain("event", "string").asOptional().asMultiple()),
            command("help", 2, CommandGroup.SERVER, Execution.LOOP, LatencyCommand::help)
                .flags(LOADING, STALE)
                .docs("2.8.13", "Lists the subcommands.", "O(1)"))
        .build();
  }

  private static CommandSpec memory() {
    return command("memory", -2, CommandGroup.SERVER, Execution.LOOP, null)
        .docs("4.0.0", "Commands about memory.", "O(1)")
        .subcommands(
            command("doctor", 2, CommandGroup.SERVER, Execution.LOOP, MemoryCommand::doctor)
                .tips(
                    "nondeterministic_output",
                    "request_policy:all_shards",
                    "response_policy:special")
                .docs("4.0.0", "Says in words whether memory is well used.", "O(1)"),
            command(
                    "malloc-stats",
                    2,
                    CommandGroup.SERVER,
                    Execution.LOOP,
                    MemoryCommand::allocator)
                .tips(
                    "nondeterministic_output",
                    "request_policy:all_shards",
                    "response_policy:special")
                .docs("4.0.0", "Says that the allocator tells nothing of itself.", "O(1)"),
            command("purge", 2, CommandGroup.SERVER, Execution.LOOP, MemoryCommand::purge)
                .tips("request_policy:all_shards", "response_policy:all_succeeded")
                .docs("4.0.0", "Nothing is to be purged: memory is given back by itself.", "O(1)"),
            command("stats", 2, CommandGroup.SERVER, Execution.READ, MemoryCommand::stats)
                .tips(
                    "nondeterministic_output",
                    "request_policy:all_shards",
                    "response_policy:special")
                .docs("4.0.0", "Tells what memory is taken for.", "O(n) for n databases"),
            command("usage", -3, CommandGroup.SERVER, Execution.READ, MemoryCommand::usage)
                .flags(READONLY)
                .keys(2, 0, 1, RO)
                .docs(
                    "4.0.0",
                    "Tells how many bytes a key and its value take in tables before compression.",
                    "O(1)")
                .arguments(key("key", 0), plain("count", "integer").token("SAMPLES").asOptional()),
            command("help", 2, CommandGroup.SERVER, Execution.LOOP, MemoryCommand::help)
                .flags(LOADING, STALE)
                .docs("4.0.0", "Lists the subcommands.", "O(1)"))
        .build();
  }
}

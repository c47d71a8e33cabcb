package dev.varve.server.command.admin;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.HelpReply;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.latency.LatencyEvents;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The subcommands of LATENCY. */
final class LatencyCommand {
  private LatencyCommand() {}

  static void latest(CommandContext context) {
    ReplySink reply = context.reply();
    List<LatencyEvents.History> all = events(context).all();
    reply.arrayHeader(all.size());
    for (LatencyEvents.History history : all) {
      reply.arrayHeader(4);
      reply.bulk(history.name());
      reply.integer(history.last().seconds());
      reply.integer(history.last().millis());
      reply.integer(history.slowestMillis());
    }
  }

  static void history(CommandContext context) {
    LatencyEvents.History history = events(context).of(context.request().argumentString(2));
    List<LatencyEvents.Sample> samples = history == null ? List.of() : history.samples();
    ReplySink reply = context.reply();
    reply.arrayHeader(samples.size());
    for (LatencyEvents.Sample sample : samples) {
      reply.arrayHeader(2);
      reply.integer(sample.seconds());
      reply.integer(sample.millis());
    }
  }

  static void graph(CommandContext context) {
    LatencyEvents.History history = events(context).of(context.request().argumentString(2));
    if (history == null) {
      throw new CommandException(
          "ERR No samples available for event '" + Arguments.printed(context.request(), 2) + "'");
    }
    long now = context.services().clock().instant().getEpochSecond();
    context.reply().verbatim(LatencyGraph.of(history, now));
  }

  static void doctor(CommandContext context) {
    LatencyEvents events = events(context);
    context.reply().verbatim(LatencyReport.of(events.threshold(), events.all()));
  }

  static void reset(CommandContext context) {
    Request request = context.request();
    LatencyEvents events = events(context);
    if (request.argumentCount() == 2) {
      context.reply().integer(events.reset());
      return;
    }
    int count = 0;
    for (int i = 2; i < request.argumentCount(); i++) {
      count += events.reset(request.argumentString(i)) ? 1 : 0;
    }
    context.reply().integer(count);
  }

  static void histogram(CommandContext context) {
    ReplySink reply = context.reply();
    int begun = reply.beginDeferred();
    int count = 0;
    for (CommandSpec command : asked(context)) {
      Map<Long, Long> distribution = command.statistics().distribution();
      if (!distribution.isEmpty()) {
        reply.bulk(command.fullName());
        write(reply, distribution);
        count++;
      }
    }
    reply.endMap(begun, count);
  }

  /** Returns the commands that are named, with their subcommands; without a name, all. */
  private static List<CommandSpec> asked(CommandContext context) {
    Request request = context.request();
    if (request.argumentCount() == 2) {
      return context.services().commands().all();
    }
    List<CommandSpec> asked = new ArrayList<>();
    for (int i = 2; i < request.argumentCount(); i++) {
      CommandSpec command = context.services().commands().find(request.argumentString(i));
      if (command != null) {
        asked.add(command);
        asked.addAll(command.subcommands());
      }
    }
    return asked;
  }

  private static void write(ReplySink reply, Map<Long, Long> distribution) {
    reply.mapHeader(2);
    reply.bulk("calls");
    reply.integer(distribution.values().stream().mapToLong(Long::longValue).max().orElse(0));
    reply.bulk("histogram_usec");
    reply.mapHeader(distribution.size());
    distribution.forEach(
        (micros, ended) -> {
          reply.integer(micros);
          reply.integer(ended);
        });
  }

  private static LatencyEvents events(CommandContext context) {
    return context.services().slowCommands().events();
  }

  static void help(CommandContext context) {
    HelpReply.write(
        context,
        "DOCTOR",
        "    Say in words what has taken long.",
        "GRAPH <event>",
        "    Draw how long events of a kind took.",
        "HISTORY <event>",
        "    Tell when events of a kind took long, and how long.",
        "LATEST",
        "    Tell the last that took long, of each kind of event.",
        "RESET [<event> ...]",
        "    Forget what has taken long (default: of all kinds).",
        "HISTOGRAM [COMMAND ...]",
        "    Tell how commands' times are distributed (default: of all that were called).");
  }
}

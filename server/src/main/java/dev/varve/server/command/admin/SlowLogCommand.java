package dev.varve.server.command.admin;

import dev.varve.protocol.ReplySink;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.HelpReply;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.latency.SlowLog;
import java.util.List;

/** The subcommands of SLOWLOG. */
final class SlowLogCommand {
  private static final int COUNT = 10;
  private static final String OUT_OF_RANGE = "ERR count should be greater than or equal to -1";

  private SlowLogCommand() {}

  static void get(CommandContext context) {
    int arguments = context.request().argumentCount();
    if (arguments > 3) {
      throw Errors.subcommand(context);
    }
    long count = arguments == 3 ? Arguments.longValue(context, 2, OUT_OF_RANGE) : COUNT;
    if (count < -1) {
      throw new CommandException(OUT_OF_RANGE);
    }
    List<SlowLog.Entry> latest = log(context).latest(count == -1 ? Long.MAX_VALUE : count);
    ReplySink reply = context.reply();
    reply.arrayHeader(latest.size());
    for (SlowLog.Entry entry : latest) {
      write(reply, entry);
    }
  }

  private static void write(ReplySink reply, SlowLog.Entry entry) {
    SlowLog.Command command = entry.command();
    reply.arrayHeader(6);
    reply.integer(entry.id());
    reply.integer(entry.seconds());
    reply.integer(entry.micros());
    reply.arrayHeader(command.arguments().size());
    command.arguments().forEach(reply::bulk);
    reply.bulk(command.client());
    reply.bulk(command.name());
  }

  static void length(CommandContext context) {
    context.reply().integer(log(context).size());
  }

  static void reset(CommandContext context) {
    log(context).clear();
    context.reply().ok();
  }

  private static SlowLog log(CommandContext context) {
    return context.services().slowCommands().log();
  }

  static void help(CommandContext context) {
    HelpReply.write(
        context,
        "GET [<count>]",
        "    Tell the latest slow commands (default: 10; -1: all): of each its number, when it",
        "    ended, how many microseconds it took, its arguments, the client's address and name.",
        "LEN",
        "    Count the slow commands that are remembered.",
        "RESET",
        "    Forget them.");
  }
}

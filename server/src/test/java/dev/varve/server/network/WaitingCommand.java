package dev.varve.server.network;

import static dev.varve.server.dispatch.CommandSpec.command;

import dev.varve.protocol.ReplySink;
import dev.varve.server.datatype.EventClass;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.CommandFlag;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import dev.varve.server.dispatch.KeyFlag;
import java.util.List;

/**
 * What the seam for commands that wait is tried with before there are lists: {@code BTAKE key [key
 * ...] milliseconds} takes the first of some strings away and answers with its key and value, and
 * waits if there is none. {@code BLOOK} does the same, and leaves the string there.
 */
final class WaitingCommand {
  private WaitingCommand() {}

  static List<CommandSpec> commands() {
    return List.of(spec("btake", true), spec("blook", false));
  }

  private static CommandSpec spec(String name, boolean takes) {
    return command(
            name, -3, CommandGroup.STRING, Execution.WRITE, context -> execute(context, takes))
        .flags(CommandFlag.WRITE, CommandFlag.BLOCKING)
        .keys(1, -2, 1, KeyFlag.RW, KeyFlag.ACCESS, KeyFlag.DELETE)
        .build();
  }

  private static void execute(CommandContext context, boolean takes) {
    int last = context.request().argumentCount() - 2;
    if (!context.request().isLong(last + 1)) {
      throw new CommandException("ERR timeout is not a float or out of range");
    }
    int ready = context.readyArgument();
    for (int i = ready > 0 ? ready : 1; i <= (ready > 0 ? ready : last); i++) {
      context.selectKey(i);
      Keyspace keyspace = context.keyspace();
      if (keyspace.findString()) {
        context.reply().arrayHeader(2);
        context.reply().bulk(context.request().argumentBytes(i));
        context
            .reply()
            .bulk(
                keyspace.selected().valueSegment(),
                keyspace.selected().valueOffset(),
                keyspace.selected().valueLength());
        if (takes) {
          keyspace.delete();
          keyspace.happened(KeyEvent.DEL);
        }
        return;
      }
    }
    if (!context.mayBlock()) {
      context.reply().nullArray();
      return;
    }
    long millis = context.request().longValue(last + 1);
    throw context.block(1, last, millis, EventClass.STRING, takes, ReplySink::nullArray);
  }
}

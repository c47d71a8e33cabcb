package dev.varve.server.command.server;

import dev.varve.protocol.ReplySink;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** Commands about replicas, of which there are none. */
final class ReplicationCommands {
  private ReplicationCommands() {}

  /** A master's: how far its log has got, and its replicas. */
  static void role(CommandContext context) {
    ReplySink reply = context.reply();
    reply.arrayHeader(3);
    reply.bulk("master");
    reply.integer(context.services().storage().engine().visibleSequence());
    reply.arrayHeader(0);
  }

  /** Answers at once, whatever the timeout: no replica could come and acknowledge anything. */
  static void await(CommandContext context) {
    Arguments.longValue(context, 1);
    if (Arguments.longValue(context, 2, "ERR timeout is not an integer or out of range") < 0) {
      throw new CommandException("ERR timeout is negative");
    }
    context.reply().integer(0);
  }
}

package dev.varve.server.command.server;

import dev.varve.protocol.ReplySink;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.StorageAccess;

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

  /**
   * Has the log synced, whatever the policy. In a transaction or script it tells how things are. No
   * replica is waited for, as with WAIT.
   */
  static void awaitLog(CommandContext context) {
    long local = Arguments.longValue(context, 1);
    if (local < 0 || local > 1) {
      throw new CommandException("ERR value is out of range, value must between 0 and 1");
    }
    if (Arguments.longValue(context, 2) < 0) {
      throw new CommandException("ERR value is out of range, must be positive");
    }
    long timeout = Arguments.longValue(context, 3, "ERR timeout is not an integer or out of range");
    if (timeout < 0) {
      throw new CommandException("ERR timeout is negative");
    }
    StorageAccess storage = context.services().storage();
    boolean durable;
    if (local == 0 || !context.mayBlock()) {
      durable = storage.engine().durableSequence() >= storage.appendedSequence();
    } else {
      long sequence = storage.call(_ -> storage.appendedSequence());
      durable = storage.awaitDurable(sequence, timeout);
    }
    context.reply().arrayHeader(2);
    context.reply().integer(durable ? 1 : 0);
    context.reply().integer(0);
  }
}

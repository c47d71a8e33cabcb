package dev.varve.server.command.server;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** Commands on databases as a whole; all take a few operations, whatever the databases hold. */
final class FlushCommands {
  private static final byte[] SYNC = Arguments.word("SYNC");
  private static final byte[] ASYNC = Arguments.word("ASYNC");

  private FlushCommands() {}

  static void flushDb(CommandContext context) {
    checkOption(context.request());
    context.keyspace().flushDatabase();
    context.reply().ok();
  }

  static void flushAll(CommandContext context) {
    checkOption(context.request());
    context.keyspace().flushAll();
    context.reply().ok();
  }

  /** Both options come to the same here: nothing waits for the space to be freed. */
  private static void checkOption(Request request) {
    int count = request.argumentCount();
    boolean known =
        count == 1
            || (count == 2
                && (request.equalsIgnoreCase(1, SYNC) || request.equalsIgnoreCase(1, ASYNC)));
    if (!known) {
      throw Errors.syntax();
    }
  }

  static void swapDb(CommandContext context) {
    int one = Arguments.intValue(context, 1, "ERR invalid first DB index");
    int other = Arguments.intValue(context, 2, "ERR invalid second DB index");
    if (Arguments.checkedDatabase(context, one) < 0
        || Arguments.checkedDatabase(context, other) < 0) {
      throw new CommandException(Errors.DATABASE_OUT_OF_RANGE);
    }
    if (one != other) {
      if (context.keyspace().isOfWriter()) {
        context.services().storage().watchedKeys().beforeSwap(one, other, context.keyspace());
      }
      context.keyspace().swapDatabases(one, other);
    }
    context.reply().ok();
  }
}

package dev.varve.server.command.list;

import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Waiting;
import dev.varve.server.datatype.EventClass;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.dispatch.CommandContext;

/** Commands that wait for an element if there is none. */
final class WaitCommands {
  private WaitCommands() {}

  static void popLeft(CommandContext context) {
    pop(context, true);
  }

  static void popRight(CommandContext context) {
    pop(context, false);
  }

  private static void pop(CommandContext context, boolean left) {
    int last = context.request().argumentCount() - 2;
    long timeout = Arguments.timeoutMillis(context, last + 1);
    Waiting.await(
        context,
        lists(1, last),
        timeout,
        argument -> {
          context.list().find();
          EndCommands.answerKey(context, argument);
          EndCommands.popOne(context, context.list(), left);
        });
  }

  private static Waiting.Keys lists(int first, int last) {
    return new Waiting.Keys(first, last, ValueType.LIST, EventClass.LIST);
  }

  static void popFromFirst(CommandContext context) {
    EndCommands.Wanted wanted = EndCommands.wanted(context, 2);
    long timeout = Arguments.timeoutMillis(context, 1);
    Waiting.await(
        context,
        lists(wanted.firstKey(), wanted.lastKey()),
        timeout,
        argument -> {
          context.list().find();
          EndCommands.popWithKey(context, argument, wanted);
        });
  }

  static void move(CommandContext context) {
    MoveCommands.Ends ends = MoveCommands.Ends.of(context.request());
    move(context, ends, Arguments.timeoutMillis(context, 5));
  }

  static void popPush(CommandContext context) {
    move(context, MoveCommands.Ends.RIGHT_TO_LEFT, Arguments.timeoutMillis(context, 3));
  }

  private static void move(CommandContext context, MoveCommands.Ends ends, long timeout) {
    if (!context.mayBlock()) {
      // In a transaction it answers with another null than when it has waited in vain.
      MoveCommands.moveIfThere(context, ends);
      return;
    }
    Waiting.await(
        context,
        lists(1, 1),
        timeout,
        _ -> {
          context.list().find();
          MoveCommands.moveFound(context, ends);
        });
  }
}

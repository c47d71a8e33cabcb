package dev.varve.server.command.support;

import dev.varve.protocol.ReplySink;
import dev.varve.server.datatype.EventClass;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.dispatch.CommandContext;
import java.util.function.IntConsumer;

/** What commands have in common that take something from the first of some keys, or wait for it. */
public final class Waiting {
  private static final boolean TAKES = true;

  private Waiting() {}

  /**
   * Keys that may be waited for.
   *
   * @param first the first argument that is one
   * @param last the last
   * @param type what they are to hold
   * @param family what kind of value that is
   */
  public record Keys(int first, int last, ValueType type, EventClass family) {}

  /**
   * Does something with the first of the keys that holds something: of all, or the one that the
   * command has waited for. If there is none, it waits; where it may not, it answers as if it had
   * waited in vain, with a null.
   *
   * @param action is given which argument the key is, which is selected and found
   * @throws dev.varve.server.datatype.WrongTypeException if the first key that is there holds
   *     something else; one that was waited for may, and the command waits on
   */
  public static void await(
      CommandContext context, Keys keys, long timeoutMillis, IntConsumer action) {
    int argument = context.readyArgument() > 0 ? ready(context, keys) : firstThere(context, keys);
    if (argument > 0) {
      action.accept(argument);
    } else if (context.mayBlock()) {
      throw context.block(
          keys.first, keys.last, timeoutMillis, keys.family, TAKES, ReplySink::nullArray);
    } else {
      context.reply().nullArray();
    }
  }

  /** The argument that is the key that was waited for; 0: it doesn't hold what it should. */
  private static int ready(CommandContext context, Keys keys) {
    Keyspace keyspace = context.keyspace();
    context.selectKey(context.readyArgument());
    return keyspace.find() && keyspace.selected().type() == keys.type ? context.readyArgument() : 0;
  }

  private static int firstThere(CommandContext context, Keys keys) {
    for (int i = keys.first; i <= keys.last; i++) {
      context.selectKey(i);
      if (context.keyspace().find(keys.type)) {
        return i;
      }
    }
    return 0;
  }
}

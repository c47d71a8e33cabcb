package dev.varve.server.command.zset;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.Waiting;
import dev.varve.server.datatype.EventClass;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.datatype.zset.Scored;
import dev.varve.server.datatype.zset.SortedSetValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.util.List;
import java.util.function.IntConsumer;

/** Commands that take members from the ends of sorted sets. */
final class PopCommands {
  private static final byte[] MIN = Arguments.word("MIN");
  private static final byte[] MAX = Arguments.word("MAX");
  private static final byte[] COUNT = Arguments.word("COUNT");
  private static final String NOT_POSITIVE = "ERR value is out of range, must be positive";

  private PopCommands() {}

  static void popLeast(CommandContext context) {
    pop(context, false);
  }

  static void popGreatest(CommandContext context) {
    pop(context, true);
  }

  private static void pop(CommandContext context, boolean greatest) {
    Request request = context.request();
    if (request.argumentCount() > 3) {
      throw Errors.syntax();
    }
    boolean counted = request.argumentCount() == 3;
    long count = counted ? Arguments.longValue(context, 2, NOT_POSITIVE) : 1;
    if (count < 0) {
      throw new CommandException(NOT_POSITIVE);
    }
    SortedSetValue set = find(context, 1);
    ReplySink reply = context.reply();
    if (count == 0 || set.count() == 0) {
      reply.arrayHeader(0);
      return;
    }
    List<Scored> popped = take(context, set, greatest, count);
    boolean nests = counted && reply.version() == ProtocolVersion.RESP3;
    reply.arrayHeader(nests ? popped.size() : 2 * popped.size());
    answer(reply, popped, nests);
  }

  private static SortedSetValue find(CommandContext context, int argument) {
    context.selectKey(argument);
    SortedSetValue set = context.sortedSet();
    set.find();
    return set;
  }

  private static List<Scored> take(
      CommandContext context, SortedSetValue set, boolean greatest, long most) {
    List<Scored> popped = set.ranges().pop(greatest, Math.min(most, set.count()));
    ScoreCommands.storeLess(context, set, greatest ? KeyEvent.ZPOPMAX : KeyEvent.ZPOPMIN);
    return popped;
  }

  private static void answer(ReplySink reply, List<Scored> popped, boolean nests) {
    for (Scored each : popped) {
      if (nests) {
        reply.arrayHeader(2);
      }
      reply.bulk(each.member());
      reply.doubleValue(each.score());
    }
  }

  /**
   * From which end of which sets how many are taken.
   *
   * @param first the first argument that is a key
   * @param last the last
   */
  private record Choice(int first, int last, boolean greatest, long count) {
    /**
     * Reads it.
     *
     * @param number which argument says how many keys there are
     */
    static Choice of(CommandContext context, int number) {
      Request request = context.request();
      long keys = positive(context, number, "ERR numkeys should be greater than 0");
      if (keys >= request.argumentCount() - number - 1) {
        throw Errors.syntax();
      }
      int where = number + (int) keys + 1;
      boolean greatest = request.equalsIgnoreCase(where, MAX);
      if (!greatest && !request.equalsIgnoreCase(where, MIN)) {
        throw Errors.syntax();
      }
      long count = 1;
      if (where + 1 < request.argumentCount()) {
        if (!request.equalsIgnoreCase(where + 1, COUNT) || where + 2 == request.argumentCount()) {
          throw Errors.syntax();
        }
        count = positive(context, where + 2, "ERR count should be greater than 0");
        if (where + 3 < request.argumentCount()) {
          throw Errors.syntax();
        }
      }
      return new Choice(number + 1, where - 1, greatest, count);
    }

    private static long positive(CommandContext context, int argument, String error) {
      long value = Arguments.longValue(context, argument, error);
      if (value < 1) {
        throw new CommandException(error);
      }
      return value;
    }
  }

  static void popAny(CommandContext context) {
    Choice choice = Choice.of(context, 1);
    for (int i = choice.first; i <= choice.last; i++) {
      if (find(context, i).count() > 0) {
        popOf(context, i, choice);
        return;
      }
    }
    context.reply().nullArray();
  }

  /** Takes members from the set that was found, and answers with its key and them. */
  private static void popOf(CommandContext context, int argument, Choice choice) {
    List<Scored> popped = take(context, context.sortedSet(), choice.greatest, choice.count);
    context.reply().arrayHeader(2);
    context.reply().bulk(context.request().argumentBytes(argument));
    context.reply().arrayHeader(popped.size());
    answer(context.reply(), popped, true);
  }

  static void awaitAny(CommandContext context) {
    Choice choice = Choice.of(context, 2);
    long timeout = Arguments.timeoutMillis(context, 1);
    await(context, choice, timeout, argument -> popOf(context, argument, choice));
  }

  static void awaitLeast(CommandContext context) {
    await(context, false);
  }

  static void awaitGreatest(CommandContext context) {
    await(context, true);
  }

  private static void await(CommandContext context, boolean greatest) {
    int timeout = context.request().argumentCount() - 1;
    Choice choice = new Choice(1, timeout - 1, greatest, 1);
    await(
        context,
        choice,
        Arguments.timeoutMillis(context, timeout),
        argument -> {
          List<Scored> popped = take(context, context.sortedSet(), greatest, 1);
          context.reply().arrayHeader(3);
          context.reply().bulk(context.request().argumentBytes(argument));
          answer(context.reply(), popped, false);
        });
  }

  private static void await(
      CommandContext context, Choice choice, long timeout, IntConsumer action) {
    Waiting.await(
        context,
        new Waiting.Keys(choice.first, choice.last, ValueType.SORTED_SET, EventClass.SORTED_SET),
        timeout,
        argument -> {
          context.sortedSet().find();
          action.accept(argument);
        });
  }
}

package dev.varve.server.command.list;

import dev.varve.protocol.ReplySink;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.list.ListValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** Commands on elements by their index. */
final class IndexCommands {
  private IndexCommands() {}

  static void length(CommandContext context) {
    context.selectKey(1);
    ListValue list = context.list();
    list.findCounted();
    context.reply().integer(list.count());
  }

  static void index(CommandContext context) {
    context.selectKey(1);
    ListValue list = context.list();
    if (!list.findCounted()) {
      context.reply().nullBulk();
      return;
    }
    long index = index(Arguments.longValue(context, 2), list);
    if (index < 0) {
      context.reply().nullBulk();
      return;
    }
    list.findElement(index);
    context.reply().bulk(list.segment(), list.offset(), list.length());
  }

  /** The index from the left of one that may be from the right, if negative; -1: there is none. */
  private static long index(long given, ListValue list) {
    long index = given < 0 ? list.count() + given : given;
    return index < list.count() ? Math.max(-1, index) : -1;
  }

  static void set(CommandContext context) {
    context.selectKey(1);
    ListValue list = context.list();
    if (!list.find()) {
      throw new CommandException(Errors.NO_SUCH_KEY);
    }
    long index = index(Arguments.longValue(context, 2), list);
    if (index < 0) {
      throw new CommandException("ERR index out of range");
    }
    EndCommands.select(context, list, 3);
    list.set(index);
    list.store();
    context.keyspace().happened(KeyEvent.LSET);
    context.reply().ok();
  }

  /** From an index up to another one, both from the left. */
  private record Range(long from, long to) {
    /** Makes the range between two indexes as clients give them; the last one belongs to it. */
    static Range of(long first, long last, long count) {
      long from = Math.max(0, first < 0 ? count + first : first);
      long to = Math.min(count - 1, last < 0 ? count + last : last) + 1;
      return from < to ? new Range(from, to) : new Range(0, 0);
    }

    long count() {
      return to - from;
    }
  }

  static void range(CommandContext context) {
    long first = Arguments.longValue(context, 2);
    long last = Arguments.longValue(context, 3);
    context.selectKey(1);
    ListValue list = context.list();
    list.findCounted();
    Range range = Range.of(first, last, list.count());
    context.keyspace().needTime(range.count());
    ReplySink reply = context.reply();
    reply.arrayHeader(Math.toIntExact(range.count()));
    list.forEach(
        range.from(),
        range.to(),
        (segment, offset, length) -> {
          reply.bulk(segment, offset, length);
          return true;
        });
  }

  static void trim(CommandContext context) {
    long first = Arguments.longValue(context, 2);
    long last = Arguments.longValue(context, 3);
    context.selectKey(1);
    ListValue list = context.list();
    if (list.find()) {
      Range kept = Range.of(first, last, list.count());
      list.drop(false, list.count() - kept.to(), 0);
      list.drop(true, kept.from(), 0);
      EndCommands.storeLess(context, list, KeyEvent.LTRIM);
    }
    context.reply().ok();
  }
}

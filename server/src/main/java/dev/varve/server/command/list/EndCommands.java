package dev.varve.server.command.list;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.list.ListValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** Commands on the ends of lists: what is pushed and popped. */
final class EndCommands {
  private static final byte[] LEFT = Arguments.word("LEFT");
  private static final byte[] RIGHT = Arguments.word("RIGHT");
  private static final byte[] COUNT = Arguments.word("COUNT");
  private static final String NOT_POSITIVE = "ERR value is out of range, must be positive";

  private EndCommands() {}

  static void pushLeft(CommandContext context) {
    push(context, true, false);
  }

  static void pushRight(CommandContext context) {
    push(context, false, false);
  }

  static void pushLeftIfThere(CommandContext context) {
    push(context, true, true);
  }

  static void pushRightIfThere(CommandContext context) {
    push(context, false, true);
  }

  private static void push(CommandContext context, boolean left, boolean ifThere) {
    Arguments.selectKeyToWrite(context, 1);
    ListValue list = context.list();
    if (!list.find() && ifThere) {
      context.reply().integer(0);
      return;
    }
    for (int i = 2; i < context.request().argumentCount(); i++) {
      select(context, list, i);
      list.push(left);
    }
    storePushed(context, list, left);
    context.reply().integer(list.count());
  }

  /** Makes an argument the element that is put next. */
  static void select(CommandContext context, ListValue list, int argument) {
    Request request = context.request();
    int length = Arguments.checkedValueLength(context, argument);
    list.select(request.buffer(), request.argumentOffset(argument), length);
  }

  /** Stores a list that elements were pushed to. */
  static void storePushed(CommandContext context, ListValue list, boolean left) {
    list.store();
    context.keyspace().happened(left ? KeyEvent.LPUSH : KeyEvent.RPUSH);
  }

  /** Stores a list that elements were taken from; without any, it is no more. */
  static void storeLess(CommandContext context, ListValue list, KeyEvent event) {
    list.store();
    context.keyspace().happened(event);
    if (list.count() == 0) {
      context.keyspace().happened(KeyEvent.DEL);
    }
  }

  static void popLeft(CommandContext context) {
    pop(context, true);
  }

  static void popRight(CommandContext context) {
    pop(context, false);
  }

  private static void pop(CommandContext context, boolean left) {
    Request request = context.request();
    if (request.argumentCount() > 3) {
      throw Errors.arity(context);
    }
    boolean counted = request.argumentCount() == 3;
    long count = counted ? Arguments.longValue(context, 2, NOT_POSITIVE) : 1;
    if (count < 0) {
      throw new CommandException(NOT_POSITIVE);
    }
    context.selectKey(1);
    ListValue list = context.list();
    boolean there = list.find();
    if (counted) {
      if (there) {
        popSome(context, list, left, count);
      } else {
        context.reply().nullArray();
      }
    } else if (there) {
      popOne(context, list, left);
    } else {
      context.reply().nullBulk();
    }
  }

  /** Takes an element from an end and answers with it. */
  static void popOne(CommandContext context, ListValue list, boolean left) {
    takeOne(context.reply(), list, left);
    storePopped(context, list, left);
  }

  private static void takeOne(ReplySink reply, ListValue list, boolean left) {
    list.findElement(left ? 0 : list.count() - 1);
    reply.bulk(list.segment(), list.offset(), list.length());
    list.drop(left, 1, list.length());
  }

  private static void storePopped(CommandContext context, ListValue list, boolean left) {
    storeLess(context, list, left ? KeyEvent.LPOP : KeyEvent.RPOP);
  }

  private static void popSome(CommandContext context, ListValue list, boolean left, long count) {
    long popped = Math.min(count, list.count());
    context.keyspace().needTime(popped);
    context.reply().arrayHeader(Math.toIntExact(popped));
    if (popped == 0) {
      return;
    }
    for (long i = 0; i < popped; i++) {
      takeOne(context.reply(), list, left);
    }
    storePopped(context, list, left);
  }

  /** What LMPOP and BLMPOP are asked for. */
  record Wanted(int firstKey, int lastKey, boolean left, long count) {}

  /** Reads the arguments of LMPOP and BLMPOP, from how many keys there are on. */
  static Wanted wanted(CommandContext context, int numberOfKeys) {
    Request request = context.request();
    String notPositive = "ERR numkeys should be greater than 0";
    long keys = Arguments.longValue(context, numberOfKeys, notPositive);
    if (keys < 1) {
      throw new CommandException(notPositive);
    }
    if (keys >= request.argumentCount() - numberOfKeys - 1) {
      throw Errors.syntax();
    }
    int where = numberOfKeys + (int) keys + 1;
    boolean left = isLeft(request, where);
    long count = 0;
    for (int i = where + 1; i < request.argumentCount(); i += 2) {
      if (count > 0 || !request.equalsIgnoreCase(i, COUNT) || i + 1 == request.argumentCount()) {
        throw Errors.syntax();
      }
      String none = "ERR count should be greater than 0";
      count = Arguments.longValue(context, i + 1, none);
      if (count < 1) {
        throw new CommandException(none);
      }
    }
    return new Wanted(numberOfKeys + 1, where - 1, left, Math.max(1, count));
  }

  /** Whether an argument is LEFT, and not RIGHT. */
  static boolean isLeft(Request request, int argument) {
    if (request.equalsIgnoreCase(argument, LEFT)) {
      return true;
    }
    if (request.equalsIgnoreCase(argument, RIGHT)) {
      return false;
    }
    throw Errors.syntax();
  }

  static void popFromFirst(CommandContext context) {
    Wanted wanted = wanted(context, 1);
    for (int i = wanted.firstKey(); i <= wanted.lastKey(); i++) {
      context.selectKey(i);
      if (context.list().find()) {
        popWithKey(context, i, wanted);
        return;
      }
    }
    context.reply().nullArray();
  }

  /** Takes elements from the list that was found, and answers with its key and them. */
  static void popWithKey(CommandContext context, int argument, Wanted wanted) {
    answerKey(context, argument);
    popSome(context, context.list(), wanted.left(), wanted.count());
  }

  /** Begins an answer of a key, which an argument is, and something more. */
  static void answerKey(CommandContext context, int argument) {
    Request request = context.request();
    context.reply().arrayHeader(2);
    context
        .reply()
        .bulk(request.buffer(), request.argumentOffset(argument), request.argumentLength(argument));
  }
}

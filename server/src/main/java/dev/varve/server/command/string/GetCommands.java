package dev.varve.server.command.string;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.StringReplies;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.string.StringValue;
import dev.varve.server.dispatch.CommandContext;

/** Commands that answer with strings. */
final class GetCommands {
  private static final byte[] EMPTY = {};

  /** From so many keys on they are looked up together. */
  private static final int FEWEST_TOGETHER = 3;

  private GetCommands() {}

  static void get(CommandContext context) {
    context.selectKey(1);
    StringReplies.answer(context, context.keyspace().findStringCounted());
  }

  static void mGet(CommandContext context) {
    int count = context.request().argumentCount();
    context.reply().arrayHeader(count - 1);
    if (count > FEWEST_TOGETHER && context.keyspace().canGather()) {
      for (int i = 1; i < count; i += Keyspace.MOST_TOGETHER) {
        getTogether(context, i, Math.min(count, i + Keyspace.MOST_TOGETHER));
      }
      return;
    }
    for (int i = 1; i < count; i++) {
      context.selectKey(i);
      answerString(context, context.keyspace().findCounted());
    }
  }

  /** Among many, what is no string is answered as what isn't there. */
  private static void answerString(CommandContext context, boolean live) {
    StringReplies.answer(context, live && context.keyspace().selected().isString());
  }

  private static void getTogether(CommandContext context, int from, int to) {
    Keyspace keyspace = context.keyspace();
    Request request = context.request();
    for (int i = from; i < to; i++) {
      keyspace.gather(request.buffer(), request.argumentOffset(i), request.argumentLength(i));
    }
    keyspace.lookUpGathered();
    for (int i = from; i < to; i++) {
      answerString(context, keyspace.findGathered(i - from));
    }
    keyspace.forgetGathered();
  }

  static void strLen(CommandContext context) {
    context.selectKey(1);
    StringValue string = context.string();
    string.findLengthCounted();
    context.reply().integer(string.length());
  }

  static void getRange(CommandContext context) {
    long first = Arguments.longValue(context, 2);
    long last = Arguments.longValue(context, 3);
    context.selectKey(1);
    StringValue string = context.string();
    ReplySink reply = context.reply();
    string.findLengthCounted();
    int length = string.length();
    if (length == 0 || (first < 0 && last < 0 && first > last)) {
      reply.bulk(EMPTY);
      return;
    }
    long from = Math.max(0, first < 0 ? length + first : first);
    long to = Math.min(length - 1, Math.max(0, last < 0 ? length + last : last));
    if (from > to) {
      reply.bulk(EMPTY);
    } else {
      StringReplies.answer(reply, string, (int) from, (int) (to - from + 1));
    }
  }

  static void getDel(CommandContext context) {
    context.selectKey(1);
    boolean live = context.keyspace().findStringCounted();
    StringReplies.answer(context, live);
    if (live) {
      context.keyspace().delete();
      context.keyspace().happened(KeyEvent.DEL);
    }
  }

  static void getEx(CommandContext context) {
    StringOptions options = StringOptions.ofGetEx(context.request());
    context.selectKey(1);
    Keyspace keyspace = context.keyspace();
    if (!keyspace.findStringCounted()) {
      context.reply().nullBulk();
      return;
    }
    ExpireOption expire = options.expire();
    long deadline =
        expire == null
            ? (options.persist() ? NO_DEADLINE : keyspace.selected().deadline())
            : expire.deadline(context, options.expireArgument());
    StringReplies.answer(context, true);
    if (expire != null && !expire.isRelative() && keyspace.time().remaining(deadline) <= 0) {
      keyspace.delete();
      keyspace.happened(KeyEvent.DEL);
    } else if (expire != null || deadline != keyspace.selected().deadline()) {
      keyspace.changeDeadline(deadline);
      keyspace.happened(expire == null ? KeyEvent.PERSIST : KeyEvent.EXPIRE);
    }
  }
}

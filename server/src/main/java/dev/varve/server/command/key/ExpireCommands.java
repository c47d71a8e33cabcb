package dev.varve.server.command.key;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.ExpireConditions;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** Commands on when keys expire. */
final class ExpireCommands {
  private static final long NX = Request.upperCaseWord("NX");
  private static final long XX = Request.upperCaseWord("XX");
  private static final long GT = Request.upperCaseWord("GT");
  private static final long LT = Request.upperCaseWord("LT");

  private static final long NO_KEY = -2;
  private static final long NO_EXPIRY = -1;

  private ExpireCommands() {}

  static void expire(CommandContext context) {
    expire(context, true, true);
  }

  static void pExpire(CommandContext context) {
    expire(context, false, true);
  }

  static void expireAt(CommandContext context) {
    expire(context, true, false);
  }

  static void pExpireAt(CommandContext context) {
    expire(context, false, false);
  }

  private static void expire(CommandContext context, boolean seconds, boolean relative) {
    ExpireConditions conditions = conditions(context.request());
    Keyspace keyspace = context.keyspace();
    long given = deadline(context, seconds, relative ? keyspace.time().now() : 0);
    long deadline = relative ? Math.max(1, given) : keyspace.time().deadlineAtDate(given);
    context.selectKey(1);
    if (!keyspace.find() || !conditions.allow(keyspace, keyspace.selected().deadline(), deadline)) {
      context.reply().integer(0);
      return;
    }
    if (keyspace.time().remaining(deadline) <= 0) {
      keyspace.delete();
      keyspace.happened(KeyEvent.DEL);
    } else {
      // Also to the same: who watches the key is told.
      keyspace.changeDeadline(deadline);
      keyspace.happened(KeyEvent.EXPIRE);
    }
    context.reply().integer(1);
  }

  private static ExpireConditions conditions(Request request) {
    boolean nx = false;
    boolean xx = false;
    boolean gt = false;
    boolean lt = false;
    for (int i = 3; i < request.argumentCount(); i++) {
      long word = request.upperCaseWord(i);
      if (word == NX) {
        nx = true;
      } else if (word == XX) {
        xx = true;
      } else if (word == GT) {
        gt = true;
      } else if (word == LT) {
        lt = true;
      } else {
        throw new CommandException("ERR Unsupported option " + Arguments.printed(request, i));
      }
    }
    if (nx && (xx || gt || lt)) {
      throw new CommandException(
          "ERR NX and XX, GT or LT options at the same time are not compatible");
    }
    if (gt && lt) {
      throw new CommandException("ERR GT and LT options at the same time are not compatible");
    }
    return new ExpireConditions(nx, xx, gt, lt);
  }

  private static long deadline(CommandContext context, boolean seconds, long base) {
    long given = Arguments.longValue(context, 2);
    if (seconds && (given > Long.MAX_VALUE / 1000 || given < Long.MIN_VALUE / 1000)) {
      throw Errors.expireTime(context);
    }
    long milliseconds = seconds ? given * 1000 : given;
    if (milliseconds > Long.MAX_VALUE - base) {
      throw Errors.expireTime(context);
    }
    return milliseconds + base;
  }

  static void persist(CommandContext context) {
    context.selectKey(1);
    Keyspace keyspace = context.keyspace();
    boolean changes = keyspace.find() && keyspace.selected().deadline() != NO_DEADLINE;
    if (changes) {
      keyspace.changeDeadline(NO_DEADLINE);
      keyspace.happened(KeyEvent.PERSIST);
    }
    context.reply().integer(changes ? 1 : 0);
  }

  static void ttl(CommandContext context) {
    answer(context, true, true);
  }

  static void pTtl(CommandContext context) {
    answer(context, false, true);
  }

  static void expireTime(CommandContext context) {
    answer(context, true, false);
  }

  static void pExpireTime(CommandContext context) {
    answer(context, false, false);
  }

  private static void answer(CommandContext context, boolean seconds, boolean relative) {
    context.selectKey(1);
    Keyspace keyspace = context.keyspace();
    if (!keyspace.findCounted()) {
      context.reply().integer(NO_KEY);
    } else if (keyspace.selected().deadline() == NO_DEADLINE) {
      context.reply().integer(NO_EXPIRY);
    } else {
      long deadline = keyspace.selected().deadline();
      long milliseconds =
          relative ? keyspace.time().timeToLive(deadline) : keyspace.time().dateOf(deadline);
      // Rounded to the nearest; unsigned, as the last of times is too large to add to.
      context
          .reply()
          .integer(seconds ? Long.divideUnsigned(milliseconds + 500, 1000) : milliseconds);
    }
  }
}

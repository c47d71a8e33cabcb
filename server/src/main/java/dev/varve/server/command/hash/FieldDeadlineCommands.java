package dev.varve.server.command.hash;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.ExpireConditions;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.hash.HashValue;
import dev.varve.server.dispatch.CommandContext;
import java.util.function.LongUnaryOperator;

/** Commands on when fields of hashes expire. */
final class FieldDeadlineCommands {
  private static final long NX = Request.upperCaseWord("NX");
  private static final long XX = Request.upperCaseWord("XX");
  private static final long GT = Request.upperCaseWord("GT");
  private static final long LT = Request.upperCaseWord("LT");

  // What is answered for a field.
  private static final int NO_FIELD = -2;
  private static final int NO_EXPIRY = -1;
  private static final int NOT_ALLOWED = 0;
  private static final int CHANGED = 1;
  private static final int REMOVED = 2;

  private FieldDeadlineCommands() {}

  static void expire(CommandContext context) {
    expire(context, FieldDeadline.EX);
  }

  static void pExpire(CommandContext context) {
    expire(context, FieldDeadline.PX);
  }

  static void expireAt(CommandContext context) {
    expire(context, FieldDeadline.EXAT);
  }

  static void pExpireAt(CommandContext context) {
    expire(context, FieldDeadline.PXAT);
  }

  private static void expire(CommandContext context, FieldDeadline kind) {
    context.selectKey(1);
    HashValue hash = context.hash();
    hash.find();
    Keyspace keyspace = context.keyspace();
    long deadline = kind.of(context, 2);
    ExpireConditions conditions = conditions(context.request());
    FieldArguments fields =
        FieldArguments.at(
            context,
            conditions == null ? 3 : 4,
            "ERR Parameter `numFields` should be greater than 0");
    context.reply().arrayHeader(fields.count());
    int changed = 0;
    int removed = 0;
    for (int i = fields.first(); i < fields.end(); i++) {
      HashCommands.select(context, hash, i);
      int answer = NO_FIELD;
      if (hash.findField()) {
        boolean allowed =
            conditions == null || conditions.allow(keyspace, hash.fieldDeadline(), deadline);
        answer = allowed ? give(keyspace, hash, deadline) : NOT_ALLOWED;
      }
      changed += answer == CHANGED ? 1 : 0;
      removed += answer == REMOVED ? 1 : 0;
      context.reply().integer(answer);
    }
    if (changed + removed > 0) {
      store(keyspace, hash, removed > 0 ? KeyEvent.HDEL : KeyEvent.HEXPIRE);
    }
  }

  /** Gives the field that was found a deadline; one that has passed removes it at once. */
  static int give(Keyspace keyspace, HashValue hash, long deadline) {
    if (keyspace.time().remaining(deadline) <= 0) {
      hash.remove();
      return REMOVED;
    }
    hash.changeDeadline(deadline);
    return CHANGED;
  }

  /** Stores the hash, and tells what has happened to it. */
  static void store(Keyspace keyspace, HashValue hash, KeyEvent event) {
    hash.store();
    keyspace.happened(event);
    if (hash.storedCount() == 0) {
      keyspace.happened(KeyEvent.DEL);
    }
  }

  /** The condition after the time; null: there is none. */
  private static ExpireConditions conditions(Request request) {
    long word = request.argumentLength(3) > Long.BYTES ? 0 : request.upperCaseWord(3);
    ExpireConditions its = new ExpireConditions(word == NX, word == XX, word == GT, word == LT);
    return its.nx() || its.xx() || its.gt() || its.lt() ? its : null;
  }

  static void persist(CommandContext context) {
    context.selectKey(1);
    HashValue hash = context.hash();
    hash.find();
    FieldArguments fields = FieldArguments.at(context, 2);
    context.reply().arrayHeader(fields.count());
    boolean changed = false;
    for (int i = fields.first(); i < fields.end(); i++) {
      HashCommands.select(context, hash, i);
      if (!hash.findField()) {
        context.reply().integer(NO_FIELD);
      } else if (hash.fieldDeadline() == NO_DEADLINE) {
        context.reply().integer(NO_EXPIRY);
      } else {
        hash.changeDeadline(NO_DEADLINE);
        changed = true;
        context.reply().integer(CHANGED);
      }
    }
    if (changed) {
      store(context.keyspace(), hash, KeyEvent.HPERSIST);
    }
  }

  static void ttl(CommandContext context) {
    answer(context, deadline -> inSeconds(context.keyspace().time().timeToLive(deadline)));
  }

  static void pTtl(CommandContext context) {
    answer(context, context.keyspace().time()::timeToLive);
  }

  static void expireTime(CommandContext context) {
    answer(context, deadline -> inSeconds(context.keyspace().time().dateOf(deadline)));
  }

  static void pExpireTime(CommandContext context) {
    answer(context, context.keyspace().time()::dateOf);
  }

  private static long inSeconds(long millis) {
    return Math.ceilDiv(millis, 1000);
  }

  /** Answers with a number for each field's deadline. */
  private static void answer(CommandContext context, LongUnaryOperator number) {
    HashValue hash = HashCommands.findCounted(context);
    FieldArguments fields = FieldArguments.at(context, 2);
    ReplySink reply = context.reply();
    reply.arrayHeader(fields.count());
    for (int i = fields.first(); i < fields.end(); i++) {
      HashCommands.select(context, hash, i);
      if (!hash.findField()) {
        reply.integer(NO_FIELD);
      } else if (hash.fieldDeadline() == NO_DEADLINE) {
        reply.integer(NO_EXPIRY);
      } else {
        reply.integer(number.applyAsLong(hash.fieldDeadline()));
      }
    }
  }
}

package dev.varve.server.command.hash;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.hash.HashValue;
import dev.varve.server.dispatch.CommandContext;

/** Commands on single fields of hashes, and on all. */
final class HashCommands {
  private HashCommands() {}

  /** Looks up the hash that the first argument is the key of, to read it. */
  static HashValue findCounted(CommandContext context) {
    context.selectKey(1);
    HashValue hash = context.hash();
    hash.findCounted();
    return hash;
  }

  /** Looks up the hash that the first argument is the key of, or will be. */
  static HashValue findToWrite(CommandContext context) {
    Arguments.selectKeyToWrite(context, 1);
    HashValue hash = context.hash();
    hash.find();
    return hash;
  }

  /** Makes an argument the field that is worked on. */
  static void select(CommandContext context, HashValue hash, int argument) {
    Request request = context.request();
    hash.select(
        request.buffer(), request.argumentOffset(argument), request.argumentLength(argument));
  }

  /** As {@link #select}, of a field that may be new. */
  static void selectToWrite(CommandContext context, HashValue hash, int argument) {
    Arguments.checkNameLength(context, "field", context.request().argumentLength(argument));
    select(context, hash, argument);
  }

  static void set(CommandContext context) {
    context.reply().integer(putPairs(context));
  }

  static void mSet(CommandContext context) {
    putPairs(context);
    context.reply().ok();
  }

  /** Puts all fields among the arguments; returns how many are new. */
  private static long putPairs(CommandContext context) {
    int count = context.request().argumentCount();
    if (count % 2 == 1) {
      throw Errors.arity(context);
    }
    HashValue hash = findToWrite(context);
    long added = 0;
    for (int i = 2; i < count; i += 2) {
      put(context, hash, i);
      added += hash.isNew() ? 1 : 0;
    }
    hash.store();
    context.keyspace().happened(KeyEvent.HSET);
    return added;
  }

  /** Gives the field that an argument names the value that is the next one. */
  private static void put(CommandContext context, HashValue hash, int argument) {
    selectToWrite(context, hash, argument);
    int at = hash.put(Arguments.checkedValueLength(context, argument + 1));
    context.request().copyArgument(argument + 1, hash.target(), at);
  }

  static void setNx(CommandContext context) {
    HashValue hash = findToWrite(context);
    select(context, hash, 2);
    if (hash.findField()) {
      context.reply().integer(0);
      return;
    }
    put(context, hash, 2);
    hash.store();
    context.keyspace().happened(KeyEvent.HSET);
    context.reply().integer(1);
  }

  static void get(CommandContext context) {
    HashValue hash = findCounted(context);
    select(context, hash, 2);
    answer(context.reply(), hash);
  }

  /** Answers with the selected field's value, or with null. */
  static void answer(ReplySink reply, HashValue hash) {
    if (hash.findField()) {
      reply.bulk(hash.valueSegment(), hash.valueOffset(), hash.valueLength());
    } else {
      reply.nullBulk();
    }
  }

  static void mGet(CommandContext context) {
    HashValue hash = findCounted(context);
    int count = context.request().argumentCount();
    context.reply().arrayHeader(count - 2);
    for (int i = 2; i < count; i++) {
      select(context, hash, i);
      answer(context.reply(), hash);
    }
  }

  static void delete(CommandContext context) {
    context.selectKey(1);
    HashValue hash = context.hash();
    hash.find();
    long deleted = 0;
    for (int i = 2; i < context.request().argumentCount() && hash.storedCount() > 0; i++) {
      select(context, hash, i);
      if (hash.remove()) {
        deleted++;
      }
    }
    if (deleted > 0) {
      FieldDeadlineCommands.store(context.keyspace(), hash, KeyEvent.HDEL);
    }
    context.reply().integer(deleted);
  }

  static void length(CommandContext context) {
    context.reply().integer(findCounted(context).count());
  }

  static void exists(CommandContext context) {
    HashValue hash = findCounted(context);
    select(context, hash, 2);
    context.reply().integer(hash.findField() ? 1 : 0);
  }

  static void valueLength(CommandContext context) {
    HashValue hash = findCounted(context);
    select(context, hash, 2);
    context.reply().integer(hash.findField() ? hash.valueLength() : 0);
  }

  static void getAll(CommandContext context) {
    HashValue hash = findCounted(context);
    ReplySink reply = context.reply();
    reply.mapHeader(counted(context, hash));
    hash.forEach(
        (field, fieldOffset, fieldLength, value, valueOffset, valueLength) -> {
          reply.bulk(field, fieldOffset, fieldLength);
          reply.bulk(value, valueOffset, valueLength);
        });
  }

  static void keys(CommandContext context) {
    HashValue hash = findCounted(context);
    ReplySink reply = context.reply();
    reply.arrayHeader(counted(context, hash));
    hash.forEach(
        (field, fieldOffset, fieldLength, _, _, _) -> reply.bulk(field, fieldOffset, fieldLength));
  }

  static void values(CommandContext context) {
    HashValue hash = findCounted(context);
    ReplySink reply = context.reply();
    reply.arrayHeader(counted(context, hash));
    hash.forEach(
        (_, _, _, value, valueOffset, valueLength) -> reply.bulk(value, valueOffset, valueLength));
  }

  /** How many fields a reply that lists all has. */
  private static int counted(CommandContext context, HashValue hash) {
    context.keyspace().needTime(hash.storedCount());
    return Math.toIntExact(hash.count());
  }
}

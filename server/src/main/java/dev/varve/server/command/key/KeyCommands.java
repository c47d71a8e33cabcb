package dev.varve.server.command.key;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Commands on whole keys. */
final class KeyCommands {
  private KeyCommands() {}

  static void delete(CommandContext context) {
    Keyspace keyspace = context.keyspace();
    Request request = context.request();
    long deleted = 0;
    for (int i = 1; i < request.argumentCount(); i++) {
      context.selectKey(i);
      if (keyspace.find()) {
        keyspace.delete();
        deleted++;
      }
    }
    context.reply().integer(deleted);
  }

  static void exists(CommandContext context) {
    long found = 0;
    for (int i = 1; i < context.request().argumentCount(); i++) {
      context.selectKey(i);
      if (context.keyspace().findCounted()) {
        found++;
      }
    }
    context.reply().integer(found);
  }

  static void type(CommandContext context) {
    context.selectKey(1);
    Keyspace keyspace = context.keyspace();
    context.reply().simpleString(keyspace.findCounted() ? keyspace.typeName() : "none");
  }

  static void rename(CommandContext context) {
    if (moveValue(context, true)) {
      context.reply().ok();
    }
  }

  static void renameNx(CommandContext context) {
    context.reply().integer(moveValue(context, false) ? 1 : 0);
  }

  /** Gives the second key what the first holds, and removes that; says whether it did. */
  private static boolean moveValue(CommandContext context, boolean replace) {
    Keyspace keyspace = context.keyspace();
    context.selectKey(1);
    if (!keyspace.find()) {
      throw new CommandException(Errors.NO_SUCH_KEY);
    }
    if (Arguments.same(context.request(), 1, 2)) {
      return replace;
    }
    long deadline = keyspace.deadline();
    byte[] value = new byte[keyspace.valueLength()];
    MemorySegment.copy(
        keyspace.valueSegment(),
        ValueLayout.JAVA_BYTE,
        keyspace.valueOffset(),
        value,
        0,
        value.length);
    Arguments.selectKeyToWrite(context, 2);
    if (replace) {
      keyspace.probe();
    } else if (keyspace.find()) {
      return false;
    }
    keyspace.put(deadline, value, 0, value.length);
    context.selectKey(1);
    keyspace.find();
    keyspace.delete();
    return true;
  }
}

package dev.varve.server.command.bits;

import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.WriterRole;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.string.StringValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** BITOP: makes a string of the bits of others; the shorter ones end in zeros. */
enum BitOperation {
  AND {
    @Override
    long of(long one, long other) {
      return one & other;
    }
  },
  OR {
    @Override
    long of(long one, long other) {
      return one | other;
    }
  },
  XOR {
    @Override
    long of(long one, long other) {
      return one ^ other;
    }
  },
  /** Of one string: it is combined with ones. */
  NOT {
    @Override
    long of(long one, long other) {
      return one ^ other;
    }
  };

  private static final int FIRST_SOURCE = 3;

  /** Returns what comes of eight bytes of each. */
  abstract long of(long one, long other);

  static void run(CommandContext context) {
    BitOperation operation = operation(context);
    int count = context.request().argumentCount();
    if (operation == NOT && count != FIRST_SOURCE + 1) {
      throw new CommandException("ERR BITOP NOT must be called with a single source key.");
    }
    StringValue string = context.string();
    BitRows result = new BitRows(operation, context.keyspace(), longest(context, string));
    for (int i = FIRST_SOURCE; i < count; i++) {
      context.selectKey(i);
      string.find();
      result.take(string);
    }
    Keyspace keyspace = context.keyspace();
    Arguments.selectKeyToWrite(context, 2);
    boolean overwrites = keyspace.find();
    if (result.length() > 0) {
      result.store(string);
      keyspace.happened(KeyEvent.SET);
    } else if (overwrites) {
      keyspace.delete();
      keyspace.happened(KeyEvent.DEL);
    }
    context.reply().integer(result.length());
  }

  /** Returns the length of the longest source. */
  private static int longest(CommandContext context, StringValue string) {
    int length = 0;
    for (int i = FIRST_SOURCE; i < context.request().argumentCount(); i++) {
      context.selectKey(i);
      string.findLengthCounted();
      length = Math.max(length, string.length());
      if (string.isLong()) {
        WriterRole.need(context);
      }
    }
    return length;
  }

  private static BitOperation operation(CommandContext context) {
    for (BitOperation each : values()) {
      if (context.request().equalsIgnoreCase(1, Arguments.word(each.name()))) {
        return each;
      }
    }
    throw Errors.syntax();
  }
}

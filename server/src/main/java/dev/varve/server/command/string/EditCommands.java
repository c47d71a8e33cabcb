package dev.varve.server.command.string;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Commands that change parts of strings. */
final class EditCommands {
  private EditCommands() {}

  static void append(CommandContext context) {
    Keyspace keyspace = context.keyspace();
    Request request = context.request();
    Arguments.selectKeyToWrite(context, 1);
    boolean live = keyspace.findString();
    int oldLength = live ? keyspace.valueLength() : 0;
    int length =
        Arguments.checkedBuiltLength(context, (long) oldLength + request.argumentLength(2));
    int at = keyspace.reserve(live ? keyspace.deadline() : NO_DEADLINE, length);
    copyOld(keyspace, oldLength, at);
    request.copyArgument(2, keyspace.batchBytes(), at + oldLength);
    context.reply().integer(length);
  }

  static void setRange(CommandContext context) {
    long offset = Arguments.longValue(context, 2);
    if (offset < 0) {
      throw new CommandException("ERR offset is out of range");
    }
    Keyspace keyspace = context.keyspace();
    Request request = context.request();
    Arguments.selectKeyToWrite(context, 1);
    boolean live = keyspace.findString();
    int oldLength = live ? keyspace.valueLength() : 0;
    int written = request.argumentLength(3);
    if (written == 0) {
      context.reply().integer(oldLength);
      return;
    }
    int end =
        Arguments.checkedBuiltLength(
            context, offset > Integer.MAX_VALUE ? Long.MAX_VALUE : offset + written);
    int length = Math.max(oldLength, end);
    int at = keyspace.reserve(live ? keyspace.deadline() : NO_DEADLINE, length);
    copyOld(keyspace, oldLength, at);
    if (end > oldLength) {
      Arrays.fill(keyspace.batchBytes(), at + oldLength, at + end, (byte) 0);
    }
    request.copyArgument(3, keyspace.batchBytes(), at + (int) offset);
    context.reply().integer(length);
  }

  private static void copyOld(Keyspace keyspace, int length, int at) {
    if (length > 0) {
      MemorySegment.copy(
          keyspace.valueSegment(),
          ValueLayout.JAVA_BYTE,
          keyspace.valueOffset(),
          keyspace.batchBytes(),
          at,
          length);
    }
  }
}

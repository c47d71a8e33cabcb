package dev.varve.server.command.string;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.StringCopy;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

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
    StringCopy.copyAndPad(keyspace, oldLength, at, oldLength);
    request.copyArgument(2, keyspace.batchBytes(), at + oldLength);
    keyspace.happened(KeyEvent.APPEND);
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
    StringCopy.copyAndPad(keyspace, oldLength, at, length);
    request.copyArgument(3, keyspace.batchBytes(), at + (int) offset);
    keyspace.happened(KeyEvent.SETRANGE);
    context.reply().integer(length);
  }
}

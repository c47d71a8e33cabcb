package dev.varve.server.command.string;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.string.StringValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** Commands that change parts of strings. */
final class EditCommands {
  private EditCommands() {}

  static void append(CommandContext context) {
    StringValue string = context.string();
    Request request = context.request();
    Arguments.selectKeyToWrite(context, 1);
    string.find();
    int added = request.argumentLength(2);
    int oldLength = string.length();
    int length = Arguments.checkedBuiltLength(context, (long) oldLength + added);
    if (added > 0) {
      write(context, oldLength, 2);
    } else if (string.isLive()) {
      string.storeAsItIs();
    } else {
      context.keyspace().reserve(NO_DEADLINE, 0);
    }
    context.keyspace().happened(KeyEvent.APPEND);
    context.reply().integer(length);
  }

  static void setRange(CommandContext context) {
    long offset = Arguments.longValue(context, 2);
    if (offset < 0) {
      throw new CommandException("ERR offset is out of range");
    }
    StringValue string = context.string();
    Arguments.selectKeyToWrite(context, 1);
    string.find();
    int written = context.request().argumentLength(3);
    if (written == 0) {
      context.reply().integer(string.length());
      return;
    }
    int end =
        Arguments.checkedBuiltLength(
            context, offset > Integer.MAX_VALUE ? Long.MAX_VALUE : offset + written);
    int length = Math.max(string.length(), end);
    write(context, (int) offset, 3);
    context.keyspace().happened(KeyEvent.SETRANGE);
    context.reply().integer(length);
  }

  /** Writes an argument into the string that was found. */
  private static void write(CommandContext context, int offset, int argument) {
    Request request = context.request();
    int from = request.argumentOffset(argument);
    context
        .string()
        .write(
            offset,
            request.argumentLength(argument),
            (place, target, at, count) ->
                request.buffer().getBytes(from + place, target, at, count));
  }
}

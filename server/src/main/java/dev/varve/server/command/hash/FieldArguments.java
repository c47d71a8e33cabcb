package dev.varve.server.command.hash;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/**
 * The fields that a command names after the word FIELDS and their number, up to its end.
 *
 * @param first the first argument that is one
 * @param count how many there are
 */
record FieldArguments(int first, int count) {
  private static final byte[] FIELDS = Arguments.word("FIELDS");

  /** Returns whether an argument is the word. */
  static boolean isWord(Request request, int argument) {
    return argument < request.argumentCount() && request.equalsIgnoreCase(argument, FIELDS);
  }

  /** As {@link #at(CommandContext, int, String)}, with the error that most commands have. */
  static FieldArguments at(CommandContext context, int word) {
    return at(context, word, "ERR Number of fields must be a positive integer");
  }

  /**
   * Reads them.
   *
   * @param word the argument that must be the word
   * @param noNumber the error if no number of at least 1 follows
   */
  static FieldArguments at(CommandContext context, int word, String noNumber) {
    Request request = context.request();
    if (!isWord(request, word)) {
      throw new CommandException(
          "ERR Mandatory argument FIELDS is missing or not at the right position");
    }
    int first = word + 2;
    if (first > request.argumentCount()) {
      throw new CommandException(noNumber);
    }
    long count = Arguments.longValue(context, word + 1, noNumber);
    if (count < 1) {
      throw new CommandException(noNumber);
    }
    if (count != request.argumentCount() - first) {
      throw new CommandException(
          "ERR The `numfields` parameter must match the number of arguments");
    }
    return new FieldArguments(first, (int) count);
  }

  /** The argument after the last. */
  int end() {
    return first + count;
  }
}

package dev.varve.server.command.connection;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.dispatch.ClientPause;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.StorageAccess;

/** The subcommands of CLIENT about commands that wait: PAUSE, UNPAUSE and UNBLOCK. */
final class ClientWaiting {
  private static final byte[] WRITE = Arguments.word("WRITE");
  private static final byte[] ALL = Arguments.word("ALL");
  private static final byte[] TIMEOUT = Arguments.word("TIMEOUT");
  private static final byte[] ERROR = Arguments.word("ERROR");

  private ClientWaiting() {}

  static void pause(CommandContext context) {
    Request request = context.request();
    checkCount(request);
    ClientPause.Mode mode = ClientPause.Mode.ALL;
    if (request.argumentCount() == 4) {
      if (request.equalsIgnoreCase(3, WRITE)) {
        mode = ClientPause.Mode.WRITE;
      } else if (!request.equalsIgnoreCase(3, ALL)) {
        throw new CommandException("ERR CLIENT PAUSE mode must be WRITE or ALL");
      }
    }
    long millis = Arguments.longValue(context, 2, "ERR timeout is not an integer or out of range");
    if (millis < 0) {
      throw new CommandException("ERR timeout is negative");
    }
    context.services().clients().pause(mode, millis);
    context.reply().ok();
  }

  static void unpause(CommandContext context) {
    context.services().clients().unpause();
    context.reply().ok();
  }

  static void unblock(CommandContext context) {
    Request request = context.request();
    checkCount(request);
    boolean withError = false;
    if (request.argumentCount() == 4) {
      withError = request.equalsIgnoreCase(3, ERROR);
      if (!withError && !request.equalsIgnoreCase(3, TIMEOUT)) {
        throw new CommandException("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
      }
    }
    long id = Arguments.longValue(context, 2);
    StorageAccess storage = context.services().storage();
    boolean waits = storage.isWaiting(id);
    if (waits) {
      boolean error = withError;
      context.effect(() -> storage.unblock(id, error));
    }
    context.reply().integer(waits ? 1 : 0);
  }

  private static void checkCount(Request request) {
    if (request.argumentCount() > 4) {
      throw new CommandException(
          "ERR unknown subcommand or wrong number of arguments for '"
              + Arguments.printed(request, 1)
              + "'. Try CLIENT HELP.");
    }
  }
}

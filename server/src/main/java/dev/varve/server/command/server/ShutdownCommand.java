package dev.varve.server.command.server;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/**
 * SHUTDOWN. There is nothing to save but what the log already holds, so SAVE, NOSAVE and FORCE make
 * no difference.
 */
final class ShutdownCommand {
  private static final byte[] NOSAVE = Arguments.word("NOSAVE");
  private static final byte[] SAVE = Arguments.word("SAVE");
  private static final byte[] NOW = Arguments.word("NOW");
  private static final byte[] FORCE = Arguments.word("FORCE");
  private static final byte[] ABORT = Arguments.word("ABORT");

  private ShutdownCommand() {}

  /** Answers nothing when it succeeds: the connection's end is the answer. */
  static void execute(CommandContext context) {
    Request request = context.request();
    boolean noSave = false;
    boolean save = false;
    boolean now = false;
    boolean force = false;
    boolean abort = false;
    for (int i = 1; i < request.argumentCount(); i++) {
      if (request.equalsIgnoreCase(i, NOSAVE)) {
        noSave = true;
      } else if (request.equalsIgnoreCase(i, SAVE)) {
        save = true;
      } else if (request.equalsIgnoreCase(i, NOW)) {
        now = true;
      } else if (request.equalsIgnoreCase(i, FORCE)) {
        force = true;
      } else if (request.equalsIgnoreCase(i, ABORT)) {
        abort = true;
      } else {
        throw Errors.syntax();
      }
    }
    if ((abort && (noSave || save || now || force)) || (noSave && save)) {
      throw Errors.syntax();
    }
    if (!abort) {
      context.services().shutdown(now);
      context.session().requestClose();
    } else if (context.services().abortShutdown()) {
      context.reply().ok();
    } else {
      throw new CommandException("ERR No shutdown in progress.");
    }
  }
}

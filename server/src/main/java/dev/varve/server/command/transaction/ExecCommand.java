package dev.varve.server.command.transaction;

import dev.varve.protocol.Request;
import dev.varve.server.datatype.WatchedKeys;
import dev.varve.server.dispatch.AclLog;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandContext.ServerCommand;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Denial;
import dev.varve.server.dispatch.QueuedRequests;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.StorageAccess;
import java.util.ArrayList;
import java.util.List;

/**
 * EXEC: all that was queued, against one transaction, in one batch and one reply. Where memory
 * can't answer one of the commands, the whole is given up and rehearsed.
 *
 * <p>Commands about the server run when all others have and their changes count, so that they run
 * once, and not with each try; their replies stand where they belong.
 */
final class ExecCommand {
  private static final String ABORTED =
      "EXECABORT Transaction discarded because of previous errors.";
  private static final String ILL_FORMED =
      "EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command";

  private ExecCommand() {}

  static void execute(CommandContext context) {
    Session session = context.session();
    QueuedRequests queued = session.queued();
    boolean wellFormed = context.spec().accepts(context.request().argumentCount());
    if (queued == null && wellFormed) {
      throw new CommandException("ERR EXEC without MULTI");
    }
    StorageAccess storage = context.services().storage();
    if (!wellFormed) {
      context.reply().error(ILL_FORMED);
    } else if (queued.isAborted()) {
      context.reply().error(ABORTED);
    } else if (isTouched(context, session)) {
      context.reply().nullArray();
    } else {
      runAll(context, queued);
    }
    context.effect(() -> storage.endMulti(session));
  }

  private static boolean isTouched(CommandContext context, Session session) {
    WatchedKeys.Watcher watcher = session.watcher();
    if (watcher == null || context.isRehearsal()) {
      return false;
    }
    return watcher.isTouched()
        || context.services().storage().watchedKeys().hasExpired(watcher, context.keyspace());
  }

  private static void runAll(CommandContext context, QueuedRequests queued) {
    Session session = context.session();
    context.reply().arrayHeader(queued.count());
    List<ServerCommand> later = new ArrayList<>();
    QueuedRequests.Reader requests = queued.read();
    Request request = new Request();
    while (requests.next(request)) {
      CommandSpec spec = context.services().commands().find(request);
      Denial denial = session.user().permissions().denial(spec, request, 0);
      if (denial != null) {
        deny(context, denial, spec, request.copy());
        continue;
      }
      if (!spec.runsAfterTransaction()) {
        context.runQueued(spec, request);
      } else if (!context.isRehearsal()) {
        later.add(new ServerCommand(spec, request, context.replyMark()));
        request = new Request();
      }
    }
    if (!later.isEmpty()) {
      context.effect(() -> context.answerLater(later));
    }
  }

  /** Answers a command that was still allowed when it was queued. */
  private static void deny(
      CommandContext context, Denial denial, CommandSpec spec, Request request) {
    Session session = context.session();
    context.reply().error(denial.errorInTransaction());
    context.effect(
        () ->
            context.services().users().denied(session, AclLog.Place.MULTI, denial, spec, request));
  }
}

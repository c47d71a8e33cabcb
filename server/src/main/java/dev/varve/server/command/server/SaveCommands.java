package dev.varve.server.command.server;

import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.StorageAccess;
import java.util.concurrent.TimeUnit;

/**
 * SAVE, BGSAVE and LASTSAVE: checkpoints of all the data; BGREWRITEAOF. None keeps others waiting.
 */
final class SaveCommands {
  private static final byte[] SCHEDULE = Arguments.word("SCHEDULE");
  private static final String BUSY = "ERR Background save already in progress";

  private SaveCommands() {}

  static void save(CommandContext context) {
    if (!context.services().checkpoints().make()) {
      throw new CommandException(BUSY);
    }
    context.reply().ok();
  }

  /** SCHEDULE makes no difference: there is no rewriting of a log that it could wait for. */
  static void saveInBackground(CommandContext context) {
    int count = context.request().argumentCount();
    if (count > 2 || (count == 2 && !context.request().equalsIgnoreCase(1, SCHEDULE))) {
      throw Errors.syntax();
    }
    if (!context.services().checkpoints().begin()) {
      throw new CommandException(BUSY);
    }
    context.reply().simpleString("Background saving started");
  }

  /** What the log holds is what memtables hold: once that is in tables, the log begins anew. */
  static void rewriteLog(CommandContext context) {
    StorageAccess storage = context.services().storage();
    if (storage.engine().statistics().immutableMemtables() > 0) {
      throw new CommandException("ERR Background append only file rewriting already in progress");
    }
    context.effect(storage::flushSoon);
    context.reply().simpleString("Background append only file rewriting started");
  }

  static void lastSave(CommandContext context) {
    long millis = context.services().checkpoints().status().lastMillis();
    context.reply().integer(TimeUnit.MILLISECONDS.toSeconds(millis));
  }
}

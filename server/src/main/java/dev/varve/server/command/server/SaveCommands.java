package dev.varve.server.command.server;

import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.util.concurrent.TimeUnit;

/** SAVE, BGSAVE and LASTSAVE: checkpoints of all the data. Neither keeps others waiting. */
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

  static void lastSave(CommandContext context) {
    long millis = context.services().checkpoints().status().lastMillis();
    context.reply().integer(TimeUnit.MILLISECONDS.toSeconds(millis));
  }
}

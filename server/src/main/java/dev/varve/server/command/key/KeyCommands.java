package dev.varve.server.command.key;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** Commands on whole keys. */
final class KeyCommands {
  private static final byte[] DB = Arguments.word("DB");
  private static final byte[] REPLACE = Arguments.word("REPLACE");

  private KeyCommands() {}

  static void delete(CommandContext context) {
    Keyspace keyspace = context.keyspace();
    Request request = context.request();
    long deleted = 0;
    for (int i = 1; i < request.argumentCount(); i++) {
      context.selectKey(i);
      if (keyspace.find()) {
        keyspace.delete();
        keyspace.happened(KeyEvent.DEL);
        deleted++;
      }
    }
    context.reply().integer(deleted);
  }

  static void exists(CommandContext context) {
    long found = 0;
    for (int i = 1; i < context.request().argumentCount(); i++) {
      context.selectKey(i);
      if (context.keyspace().findCounted()) {
        found++;
      }
    }
    context.reply().integer(found);
  }

  static void type(CommandContext context) {
    context.selectKey(1);
    Keyspace keyspace = context.keyspace();
    context
        .reply()
        .simpleString(keyspace.findCounted() ? keyspace.selected().type().label() : "none");
  }

  static void rename(CommandContext context) {
    if (moveValue(context, true)) {
      context.reply().ok();
    }
  }

  static void renameNx(CommandContext context) {
    context.reply().integer(moveValue(context, false) ? 1 : 0);
  }

  /** Gives the second key what the first holds, and removes that; says whether it did. */
  private static boolean moveValue(CommandContext context, boolean replace) {
    context.selectKey(1);
    if (!context.keyspace().find()) {
      throw new CommandException(Errors.NO_SUCH_KEY);
    }
    if (Arguments.same(context.request(), 1, 2)) {
      return replace;
    }
    if (!putFound(context, context.database(), 2, replace, false)) {
      return false;
    }
    context.selectKey(1);
    context.keyspace().find();
    context.keyspace().deleteMoved();
    context.keyspace().happened(KeyEvent.RENAME_FROM);
    happenedTo(context, context.database(), 2, KeyEvent.RENAME_TO);
    return true;
  }

  static void copy(CommandContext context) {
    Request request = context.request();
    int database = context.database();
    boolean replace = false;
    for (int i = 3; i < request.argumentCount(); i++) {
      if (request.equalsIgnoreCase(i, REPLACE)) {
        replace = true;
      } else if (request.equalsIgnoreCase(i, DB) && i + 1 < request.argumentCount()) {
        database = Arguments.database(context, ++i);
      } else {
        throw Errors.syntax();
      }
    }
    if (database == context.database() && Arguments.same(request, 1, 2)) {
      throw new CommandException(Errors.SAME_OBJECT);
    }
    context.selectKey(1);
    boolean copied =
        context.keyspace().findCounted() && putFound(context, database, 2, replace, true);
    if (copied) {
      context.keyspace().happened(KeyEvent.COPY_TO);
    }
    context.reply().integer(copied ? 1 : 0);
  }

  static void move(CommandContext context) {
    int database = Arguments.database(context, 2);
    if (database == context.database()) {
      throw new CommandException(Errors.SAME_OBJECT);
    }
    context.selectKey(1);
    // Elements are kept by their database's id: those of a spread collection can't stay.
    boolean moved = context.keyspace().find() && putFound(context, database, 1, false, true);
    if (moved) {
      context.selectKey(1);
      context.keyspace().find();
      context.keyspace().delete();
      context.keyspace().happened(KeyEvent.MOVE_FROM);
      happenedTo(context, database, 1, KeyEvent.MOVE_TO);
    }
    context.reply().integer(moved ? 1 : 0);
  }

  /**
   * Gives a key what the selected one, which was found, holds.
   *
   * @param database index of the database of the key that gets it
   * @param argument the argument that is this key
   * @param replace whether it may exist
   * @param copy whether the selected one keeps the elements of a spread collection
   * @return whether it got it
   */
  private static boolean putFound(
      CommandContext context, int database, int argument, boolean replace, boolean copy) {
    Keyspace keyspace = context.keyspace();
    long deadline = keyspace.selected().deadline();
    keyspace.hold();
    Arguments.selectKeyToWrite(context, database, argument);
    if (replace) {
      keyspace.probe();
    } else if (keyspace.find()) {
      return false;
    }
    if (copy) {
      keyspace.putHeldCopy(deadline);
    } else {
      keyspace.putHeld(deadline);
    }
    return true;
  }

  private static void happenedTo(
      CommandContext context, int database, int argument, KeyEvent event) {
    context.selectKeyIn(database, argument);
    context.keyspace().happened(event);
  }
}

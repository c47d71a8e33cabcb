package dev.varve.server.command.server;

import dev.varve.server.datatype.Databases;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.StorageAccess;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;

/**
 * DBSIZE: the number of keys, from the counts that are kept. It is exact unless writes are open
 * whose effect isn't known yet; then it may be off by as many as INFO says. A small database is
 * looked through, so that it is exact always. As in Redis, a key whose deadline has passed counts
 * until it is removed, which is soon.
 */
final class DbSizeCommand {
  private DbSizeCommand() {}

  static void execute(CommandContext context) {
    StorageAccess storage = context.services().storage();
    int database = context.database();
    if (context.keyspace().isInTransaction()) {
      context.reply().integer(context.keyspace().keyCount(storage.engine()));
      return;
    }
    context.reply().integer(count(storage, database));
  }

  /** On the storage thread, behind all that the connection has written, and durable if that is. */
  private static long count(StorageAccess storage, int database) {
    StorageEngine engine = storage.engine();
    Databases databases = storage.databases();
    try {
      return storage.call(step -> Databases.keys(engine, databases.newestId(database)));
    } catch (StorageException.Poisoned poisoned) {
      // Reads go on.
      try (ReadView view = engine.view()) {
        return Databases.keys(engine, databases.id(database, view, true));
      }
    }
  }
}

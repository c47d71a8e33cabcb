package dev.varve.server.command.server;

import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;

/** DBSIZE: the number of keys, see {@link Keyspace#keyCount}. */
final class DbSizeCommand {
  private DbSizeCommand() {}

  static void execute(CommandContext context) {
    Keyspace keyspace = context.keyspace();
    context.reply().integer(keyspace.keyCount(keyspace.databaseId()));
  }
}

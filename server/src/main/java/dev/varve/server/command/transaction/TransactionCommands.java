package dev.varve.server.command.transaction;

import dev.varve.server.datatype.CommandMemory;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.WatchedKeys;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.Session;
import java.util.ArrayList;
import java.util.List;

/** What stands around a transaction: MULTI, DISCARD, WATCH and UNWATCH. */
final class TransactionCommands {
  private TransactionCommands() {}

  static void multi(CommandContext context) {
    if (context.session().queued() != null) {
      throw new CommandException("ERR MULTI calls can not be nested");
    }
    context.session().beginMulti();
    context.reply().ok();
  }

  static void discard(CommandContext context) {
    if (context.session().queued() == null) {
      throw new CommandException("ERR DISCARD without MULTI");
    }
    context.session().endMulti();
    unwatch(context);
  }

  static void unwatch(CommandContext context) {
    context.services().storage().unwatch(context.session());
    context.reply().ok();
  }

  /** A key that is to be watched, and what it is now. */
  private record Watched(byte[] key, WatchedKeys.State state) {}

  static void watch(CommandContext context) {
    Session session = context.session();
    if (session.queued() != null) {
      throw new CommandException("ERR WATCH inside MULTI is not allowed");
    }
    context.reply().ok();
    if (session.watcher() != null && session.watcher().isTouched()) {
      // EXEC will refuse whatever else is watched.
      return;
    }
    Keyspace keyspace = context.keyspace();
    List<Watched> watched = new ArrayList<>();
    checkMemory(context);
    for (int i = 1; i < context.request().argumentCount(); i++) {
      context.selectKey(i);
      watched.add(new Watched(context.request().argumentBytes(i), keyspace.selected().state()));
    }
    context.effect(() -> watch(context, session, watched));
  }

  private static void checkMemory(CommandContext context) {
    int keys = context.request().argumentCount() - 1;
    WatchedKeys all = context.services().storage().watchedKeys();
    if (!all.hasRoom(keys, context.request().byteSize())) {
      throw new CommandException(CommandMemory.REFUSAL);
    }
  }

  private static void watch(CommandContext context, Session session, List<Watched> watched) {
    if (session.watcher() == null) {
      session.watcher(new WatchedKeys.Watcher());
    }
    WatchedKeys keys = context.services().storage().watchedKeys();
    for (Watched one : watched) {
      keys.watch(session.watcher(), session.database(), one.key(), one.state());
    }
  }
}

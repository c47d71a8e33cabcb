package dev.varve.server.command.replication;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.dispatch.ClientRegistry;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.SnapshotWish;

/**
 * SYNC, PSYNC and REPLCONF: a client gets a snapshot of all the data, whose end a mark tells, and
 * is closed then. Nobody is told of what is written later.
 */
final class SyncCommands {
  private static final byte[] CAPABILITY = Arguments.word("CAPA");
  private static final byte[] MARK = Arguments.word("EOF");
  private static final byte[] FILTER = Arguments.word("RDB-FILTER-ONLY");
  private static final byte[] ACKNOWLEDGEMENT = Arguments.word("ACK");
  private static final byte[][] TAKEN = {
    Arguments.word("LISTENING-PORT"),
    Arguments.word("IP-ADDRESS"),
    Arguments.word("RDB-ONLY"),
    Arguments.word("GETACK"),
    Arguments.word("VERSION")
  };

  private SyncCommands() {}

  static void sync(CommandContext context) {
    begin(context);
  }

  /** Whatever a replica has, it is sent all. */
  static void partialSync(CommandContext context) {
    begin(context);
    String id = context.services().info().runId();
    context.reply().simpleString("FULLRESYNC " + id + " 0");
  }

  private static void begin(CommandContext context) {
    Session session = context.session();
    if (!session.snapshotWish().takesMark()) {
      throw new CommandException(
          "ERR snapshots are sent without their length: send REPLCONF CAPA EOF first");
    }
    ClientRegistry clients = context.services().clients();
    if (!context
        .services()
        .snapshots()
        .begin(() -> clients.stream(session), session.snapshotWish())) {
      throw new CommandException("ERR as many snapshots are being sent as may be at a time");
    }
  }

  static void configure(CommandContext context) {
    Request request = context.request();
    if (request.argumentCount() % 2 == 0) {
      throw Errors.syntax();
    }
    Session session = context.session();
    for (int i = 1; i < request.argumentCount(); i += 2) {
      if (request.equalsIgnoreCase(i, ACKNOWLEDGEMENT)) {
        // Nobody waits for it, and it is not answered.
        return;
      } else if (request.equalsIgnoreCase(i, CAPABILITY)) {
        if (request.equalsIgnoreCase(i + 1, MARK)) {
          session.snapshotWish(session.snapshotWish().takingMark());
        }
      } else if (request.equalsIgnoreCase(i, FILTER)) {
        session.snapshotWish(filtered(session.snapshotWish(), request.argumentString(i + 1)));
      } else if (!isTaken(request, i)) {
        throw new CommandException(
            "ERR Unrecognized REPLCONF option: " + Arguments.printed(request, i));
      }
    }
    context.reply().ok();
  }

  private static SnapshotWish filtered(SnapshotWish wish, String filter) {
    boolean functions = false;
    for (String word : filter.trim().split("\\s+", -1)) {
      if (word.equalsIgnoreCase("functions")) {
        functions = true;
      } else if (!word.isEmpty()) {
        throw new CommandException("ERR Unsupported rdb-filter-only option: " + word);
      }
    }
    return wish.of(functions);
  }

  private static boolean isTaken(Request request, int argument) {
    for (byte[] option : TAKEN) {
      if (request.equalsIgnoreCase(argument, option)) {
        return true;
      }
    }
    return false;
  }
}

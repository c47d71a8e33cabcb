package dev.varve.server.command.stream;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.stream.ConsumerGroup;
import dev.varve.server.datatype.stream.Pending;
import dev.varve.server.datatype.stream.StreamId;
import dev.varve.server.datatype.stream.StreamValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.util.Arrays;
import java.util.List;

/**
 * XDELEX and XACKDEL of Redis 8.2, which delete entries and have regard for groups that still refer
 * to them: that have them pending, or weren't given them yet.
 */
final class ReferenceCommands {
  private static final byte[] KEEPREF = Arguments.word("KEEPREF");
  private static final byte[] DELREF = Arguments.word("DELREF");
  private static final byte[] ACKED = Arguments.word("ACKED");
  private static final byte[] IDS = Arguments.word("IDS");

  private static final int NOT_FOUND = -1;
  private static final int DELETED = 1;
  private static final int STILL_REFERRED_TO = 2;

  /** What to do about references. */
  private enum References {
    /** They stay. */
    KEEP,
    /** They are deleted, too. */
    DELETE,
    /** Where there are any, the entry stays. */
    HONOUR
  }

  private final CommandContext context;
  private final StreamValue stream;
  private final References references;

  /** Null: not asked for so far. */
  private List<ConsumerGroup> groups;

  private boolean changed;
  private boolean deleted;

  private ReferenceCommands(CommandContext context, References references) {
    this.context = context;
    this.stream = context.stream();
    this.references = references;
  }

  /**
   * What is asked for.
   *
   * @param ids of the entries
   */
  private record Wanted(References references, StreamId[] ids) {
    static Wanted of(CommandContext context, int first) {
      Request request = context.request();
      References references = References.KEEP;
      boolean chosen = false;
      int at = first;
      while (at < request.argumentCount() && !request.equalsIgnoreCase(at, IDS)) {
        if (chosen) {
          throw Errors.syntax();
        }
        references = references(request, at);
        chosen = true;
        at++;
      }
      if (at + 1 >= request.argumentCount()) {
        throw Errors.syntax();
      }
      String none = "ERR Number of IDs must be a positive integer";
      long number = Arguments.longValue(context, at + 1, none);
      if (number < 1) {
        throw new CommandException(none);
      }
      if (number != request.argumentCount() - at - 2) {
        throw new CommandException("ERR The `numids` parameter must match the number of arguments");
      }
      return new Wanted(references, StreamArguments.ids(context, at + 2, request.argumentCount()));
    }

    private static References references(Request request, int at) {
      if (request.equalsIgnoreCase(at, KEEPREF)) {
        return References.KEEP;
      }
      if (request.equalsIgnoreCase(at, DELREF)) {
        return References.DELETE;
      }
      if (request.equalsIgnoreCase(at, ACKED)) {
        return References.HONOUR;
      }
      throw Errors.syntax();
    }
  }

  static void delete(CommandContext context) {
    Wanted wanted = Wanted.of(context, 2);
    context.selectKey(1);
    boolean there = context.stream().find();
    ReferenceCommands command = new ReferenceCommands(context, wanted.references());
    context.reply().arrayHeader(wanted.ids().length);
    for (StreamId id : wanted.ids()) {
      context.reply().integer(there ? command.delete(id) : NOT_FOUND);
    }
    command.store();
  }

  static void acknowledgeAndDelete(CommandContext context) {
    Wanted wanted = Wanted.of(context, 3);
    context.selectKey(1);
    ReferenceCommands command = new ReferenceCommands(context, wanted.references());
    ConsumerGroup group = context.stream().find() ? command.group(2) : null;
    context.reply().arrayHeader(wanted.ids().length);
    for (StreamId id : wanted.ids()) {
      Pending pending = group == null ? null : group.pending(id);
      int outcome = NOT_FOUND;
      if (pending != null) {
        group.remove(pending);
        // What is there no more has gone as it should.
        outcome = command.delete(id) == STILL_REFERRED_TO ? STILL_REFERRED_TO : DELETED;
        command.changed = true;
      }
      context.reply().integer(outcome);
    }
    command.store();
  }

  private List<ConsumerGroup> groups() {
    if (groups == null) {
      groups = stream.groups().all();
    }
    return groups;
  }

  private ConsumerGroup group(int argument) {
    byte[] name = context.request().argumentBytes(argument);
    for (ConsumerGroup each : groups()) {
      if (Arrays.equals(each.name(), name)) {
        return each;
      }
    }
    return null;
  }

  private int delete(StreamId id) {
    if (!stream.contains(id)) {
      return NOT_FOUND;
    }
    if (references == References.HONOUR && isReferredTo(id)) {
      return STILL_REFERRED_TO;
    }
    stream.delete(id);
    changed = true;
    deleted = true;
    if (references == References.DELETE) {
      for (ConsumerGroup each : groups()) {
        Pending pending = each.pending(id);
        if (pending != null) {
          each.remove(pending);
        }
      }
    }
    return DELETED;
  }

  private boolean isReferredTo(StreamId id) {
    for (ConsumerGroup each : groups()) {
      if (each.last().isBefore(id) || each.pending(id) != null) {
        return true;
      }
    }
    return false;
  }

  private void store() {
    if (changed && groups != null) {
      groups.forEach(ConsumerGroup::store);
    }
    if (deleted) {
      stream.store();
      context.keyspace().happened(KeyEvent.XDEL);
    }
  }
}

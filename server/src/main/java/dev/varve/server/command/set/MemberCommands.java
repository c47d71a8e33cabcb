package dev.varve.server.command.set;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.set.SetValue;
import dev.varve.server.dispatch.CommandContext;

/** Commands on single members of sets. */
final class MemberCommands {
  private static final int FIRST_MEMBER = 2;

  private MemberCommands() {}

  /** Looks up the set that an argument is the key of, to read it. */
  static SetValue findCounted(CommandContext context, int argument) {
    context.selectKey(argument);
    SetValue set = context.set();
    set.findCounted();
    return set;
  }

  /** Looks up the set that an argument is the key of, or will be. */
  private static SetValue findToWrite(CommandContext context, int argument) {
    Arguments.selectKeyToWrite(context, argument);
    SetValue set = context.set();
    set.find();
    return set;
  }

  /** Makes an argument the member that is worked on. */
  private static void select(CommandContext context, SetValue set, int argument) {
    Request request = context.request();
    set.select(
        request.buffer(), request.argumentOffset(argument), request.argumentLength(argument));
  }

  /** As {@link #select}, of a member that may be new. */
  private static void selectToWrite(CommandContext context, SetValue set, int argument) {
    Arguments.checkMemberLength(context, argument);
    select(context, set, argument);
  }

  static void add(CommandContext context) {
    SetValue set = findToWrite(context, 1);
    int added = 0;
    for (int i = FIRST_MEMBER; i < context.request().argumentCount(); i++) {
      selectToWrite(context, set, i);
      if (set.add(context.request().isLong(i))) {
        added++;
      }
    }
    if (added > 0) {
      set.store();
      context.keyspace().happened(KeyEvent.SADD);
    }
    context.reply().integer(added);
  }

  static void remove(CommandContext context) {
    context.selectKey(1);
    SetValue set = context.set();
    set.find();
    int removed = 0;
    for (int i = FIRST_MEMBER; i < context.request().argumentCount() && set.count() > 0; i++) {
      select(context, set, i);
      if (set.remove()) {
        removed++;
      }
    }
    if (removed > 0) {
      storeLess(context, set, KeyEvent.SREM);
    }
    context.reply().integer(removed);
  }

  /** Stores a set that members were taken from; without any, it is no more. */
  static void storeLess(CommandContext context, SetValue set, KeyEvent event) {
    set.store();
    context.keyspace().happened(event);
    if (set.count() == 0) {
      context.keyspace().happened(KeyEvent.DEL);
    }
  }

  static void move(CommandContext context) {
    context.reply().integer(moves(context) ? 1 : 0);
  }

  private static boolean moves(CommandContext context) {
    context.selectKey(1);
    SetValue set = context.set();
    if (!set.find()) {
      return false;
    }
    // The destination's type is asked for before anything is changed.
    findToWrite(context, 2);
    context.selectKey(1);
    set.find();
    select(context, set, 3);
    if (Arguments.same(context.request(), 1, 2)) {
      return set.contains();
    }
    if (!set.remove()) {
      return false;
    }
    storeLess(context, set, KeyEvent.SREM);
    findToWrite(context, 2);
    selectToWrite(context, set, 3);
    if (set.add(context.request().isLong(3))) {
      set.store();
      context.keyspace().happened(KeyEvent.SADD);
    }
    return true;
  }

  static void isMember(CommandContext context) {
    SetValue set = findCounted(context, 1);
    select(context, set, FIRST_MEMBER);
    context.reply().integer(set.contains() ? 1 : 0);
  }

  static void areMembers(CommandContext context) {
    SetValue set = findCounted(context, 1);
    int count = context.request().argumentCount();
    context.reply().arrayHeader(count - FIRST_MEMBER);
    for (int i = FIRST_MEMBER; i < count; i++) {
      select(context, set, i);
      context.reply().integer(set.contains() ? 1 : 0);
    }
  }

  static void count(CommandContext context) {
    context.reply().integer(findCounted(context, 1).count());
  }
}

package dev.varve.server.command.set;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.DistinctNames;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.collection.Draws;
import dev.varve.server.datatype.set.SetValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Commands on members picked at random. */
final class ChanceCommands {
  /** What it takes to pick one member, in members that are walked over. */
  private static final int PASSED_PER_PICK = 32;

  /** Heap that a member to be removed takes beside its bytes. */
  private static final int PICKED_BYTES = 40;

  private static final String NOT_POSITIVE = "ERR value is out of range, must be positive";

  private ChanceCommands() {}

  static void pop(CommandContext context) {
    Request request = context.request();
    if (request.argumentCount() == 2) {
      popOne(context);
      return;
    }
    if (request.argumentCount() > 3) {
      throw Errors.syntax();
    }
    long count = Arguments.longValue(context, 2, NOT_POSITIVE);
    if (count < 0) {
      throw new CommandException(NOT_POSITIVE);
    }
    SetValue set = find(context);
    if (count == 0 || set.count() == 0) {
      context.reply().setHeader(0);
    } else if (count >= set.count()) {
      popAll(context, set);
    } else {
      popSome(context, set, count);
    }
  }

  private static SetValue find(CommandContext context) {
    context.selectKey(1);
    SetValue set = context.set();
    set.find();
    return set;
  }

  private static void popOne(CommandContext context) {
    SetValue set = find(context);
    if (set.count() == 0) {
      context.reply().nullBulk();
      return;
    }
    byte[][] picked = {null};
    set.random((bytes, offset, length) -> picked[0] = copy(bytes, offset, length));
    take(context, set, picked[0]);
    MemberCommands.storeLess(context, set, KeyEvent.SPOP);
  }

  private static byte[] copy(byte[] bytes, int offset, int length) {
    return Arrays.copyOfRange(bytes, offset, offset + length);
  }

  /** Answers with a member and removes it. */
  private static void take(CommandContext context, SetValue set, byte[] member) {
    context.reply().bulk(member);
    set.select(member, 0, member.length);
    if (!set.remove()) {
      throw new IllegalStateException("a member isn't found where it was met");
    }
  }

  private static void popAll(CommandContext context, SetValue set) {
    context.keyspace().needTime(set.count());
    ReplySink reply = context.reply();
    reply.setHeader(Math.toIntExact(set.count()));
    set.forEach(reply::bulk);
    context.keyspace().delete();
    context.keyspace().happened(KeyEvent.SPOP);
    context.keyspace().happened(KeyEvent.DEL);
  }

  private static void popSome(CommandContext context, SetValue set, long count) {
    List<byte[]> picked = new ArrayList<>();
    pickDifferent(
        context,
        set,
        count,
        (bytes, offset, length) -> {
          context.keyspace().holdsBeside(PICKED_BYTES + length);
          picked.add(copy(bytes, offset, length));
        });
    context.reply().setHeader(picked.size());
    picked.forEach(member -> take(context, set, member));
    MemberCommands.storeLess(context, set, KeyEvent.SPOP);
  }

  static void pick(CommandContext context) {
    Request request = context.request();
    if (request.argumentCount() == 2) {
      pickOne(context);
      return;
    }
    if (request.argumentCount() > 3) {
      throw Errors.syntax();
    }
    long count = Arguments.longValue(context, 2);
    if (count == Long.MIN_VALUE) {
      throw new CommandException(
          "ERR value is out of range, value must between "
              + -Long.MAX_VALUE
              + " and "
              + Long.MAX_VALUE);
    }
    SetValue set = MemberCommands.findCounted(context, 1);
    ReplySink reply = context.reply();
    if (count == 0 || set.count() == 0) {
      reply.arrayHeader(0);
    } else if (count < 0) {
      pickAnew(context, set, -count);
    } else {
      long wanted = Math.min(count, set.count());
      reply.arrayHeader(Math.toIntExact(wanted));
      pickDifferent(context, set, wanted, reply::bulk);
    }
  }

  private static void pickOne(CommandContext context) {
    SetValue set = MemberCommands.findCounted(context, 1);
    if (set.count() == 0) {
      context.reply().nullBulk();
    } else {
      set.random(context.reply()::bulk);
    }
  }

  /** Answers with members of which some may come more than once. */
  private static void pickAnew(CommandContext context, SetValue set, long count) {
    if (count > Integer.MAX_VALUE) {
      throw new CommandException("ERR value is out of range");
    }
    context.keyspace().needTime(count * PASSED_PER_PICK);
    ReplySink reply = context.reply();
    reply.arrayHeader((int) count);
    set.random(count, reply::bulk);
  }

  private static void pickDifferent(
      CommandContext context, SetValue set, long wanted, SetValue.Visitor visitor) {
    if (wanted == set.count()) {
      context.keyspace().needTime(wanted);
      set.forEach(visitor);
    } else if (set.isPacked() || Draws.isWalkOfDifferent(set.count(), wanted)) {
      context.keyspace().needTime(set.count());
      set.sample(wanted, visitor);
    } else {
      context.keyspace().needTime(wanted * PASSED_PER_PICK);
      DistinctNames before = new DistinctNames(context.keyspace(), wanted);
      while (before.size() < wanted) {
        set.random(
            (bytes, offset, length) -> {
              if (before.add(bytes, offset, length)) {
                visitor.visit(bytes, offset, length);
              }
            });
      }
    }
  }
}

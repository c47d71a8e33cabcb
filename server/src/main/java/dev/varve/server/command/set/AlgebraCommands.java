package dev.varve.server.command.set;

import dev.varve.protocol.DecimalLong;
import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.collection.MemberAlgebra;
import dev.varve.server.datatype.collection.ScoredVisitor;
import dev.varve.server.datatype.collection.Scoring;
import dev.varve.server.datatype.set.SetValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** Commands on all members of one set or more. */
final class AlgebraCommands {
  private static final byte[] LIMIT = Arguments.word("LIMIT");

  private AlgebraCommands() {}

  /** What comes of several sets. */
  @FunctionalInterface
  private interface Operation {
    void run(MemberAlgebra sets, ScoredVisitor visitor);
  }

  static void members(CommandContext context) {
    SetValue set = MemberCommands.findCounted(context, 1);
    context.keyspace().needTime(set.count());
    ReplySink reply = context.reply();
    reply.setHeader(Math.toIntExact(set.count()));
    set.forEach(reply::bulk);
  }

  static void intersect(CommandContext context) {
    answer(context, AlgebraCommands::intersection);
  }

  static void unite(CommandContext context) {
    answer(context, AlgebraCommands::union);
  }

  static void subtract(CommandContext context) {
    answer(context, MemberAlgebra::subtract);
  }

  private static void union(MemberAlgebra sets, ScoredVisitor visitor) {
    sets.unite(Scoring.PLAIN, visitor);
  }

  private static void intersection(MemberAlgebra sets, ScoredVisitor visitor) {
    intersection(sets, Long.MAX_VALUE, visitor);
  }

  private static void intersection(MemberAlgebra sets, long most, ScoredVisitor visitor) {
    if (!sets.hasEmpty()) {
      sets.intersect(most, Scoring.PLAIN, visitor);
    }
  }

  private static void answer(CommandContext context, Operation operation) {
    MemberAlgebra sets = operands(context, 1, context.request().argumentCount());
    context.keyspace().needTime(sets.members());
    ReplySink reply = context.reply();
    int[] count = {0};
    if (reply.leavesAtOnce()) {
      operation.run(sets, (_, _, _, _) -> count[0]++);
      reply.setHeader(count[0]);
      operation.run(sets, (bytes, offset, length, _) -> reply.bulk(bytes, offset, length));
      return;
    }
    int begun = reply.beginDeferred();
    operation.run(
        sets,
        (bytes, offset, length, _) -> {
          reply.bulk(bytes, offset, length);
          count[0]++;
        });
    reply.endSet(begun, count[0]);
  }

  /** Looks up the sets that some of the arguments are the keys of. */
  private static MemberAlgebra operands(CommandContext context, int from, int to) {
    MemberAlgebra sets = new MemberAlgebra(context.keyspace());
    for (int i = from; i < to; i++) {
      MemberCommands.findCounted(context, i).addTo(sets);
    }
    return sets;
  }

  static void intersectStore(CommandContext context) {
    store(context, AlgebraCommands::intersection, KeyEvent.SINTERSTORE);
  }

  static void uniteStore(CommandContext context) {
    store(context, AlgebraCommands::union, KeyEvent.SUNIONSTORE);
  }

  static void subtractStore(CommandContext context) {
    store(context, MemberAlgebra::subtract, KeyEvent.SDIFFSTORE);
  }

  private static void store(CommandContext context, Operation operation, KeyEvent event) {
    MemberAlgebra sets = operands(context, 2, context.request().argumentCount());
    Arguments.selectKeyToWrite(context, 1);
    boolean overwrites = context.keyspace().find();
    context.keyspace().needTimeToStore(sets.members());
    SetValue result = context.set();
    result.begin();
    if (event == KeyEvent.SDIFFSTORE && sets.isTakenFromCopy()) {
      long[] passed = {0};
      sets.showFirst(
          (bytes, offset, length, _) ->
              result.had(DecimalLong.isLong(bytes, offset, length), ++passed[0]));
    }
    operation.run(
        sets,
        (bytes, offset, length, _) -> {
          result.goOn();
          result.select(bytes, offset, length);
          result.add(DecimalLong.isLong(bytes, offset, length));
        });
    long count = result.count();
    if (count > 0) {
      result.store();
      context.keyspace().happened(event);
    } else if (overwrites) {
      context.keyspace().delete();
      context.keyspace().happened(KeyEvent.DEL);
    }
    context.reply().integer(count);
  }

  static void intersectCount(CommandContext context) {
    Request request = context.request();
    long keys = Arguments.longValue(context, 1, "ERR numkeys should be greater than 0");
    if (keys < 1) {
      throw new CommandException("ERR numkeys should be greater than 0");
    }
    if (keys > request.argumentCount() - 2) {
      throw new CommandException("ERR Number of keys can't be greater than number of args");
    }
    int behindKeys = 2 + (int) keys;
    long limit = limit(context, behindKeys);
    MemberAlgebra sets = operands(context, 2, behindKeys);
    context.keyspace().needTime(sets.members());
    long[] count = {0};
    intersection(sets, limit == 0 ? Long.MAX_VALUE : limit, (_, _, _, _) -> count[0]++);
    context.reply().integer(count[0]);
  }

  /** Reads the options of SINTERCARD; 0: no limit. */
  private static long limit(CommandContext context, int first) {
    Request request = context.request();
    long limit = 0;
    for (int i = first; i < request.argumentCount(); i += 2) {
      if (!request.equalsIgnoreCase(i, LIMIT) || i + 1 == request.argumentCount()) {
        throw Errors.syntax();
      }
      limit = Arguments.longValue(context, i + 1, "ERR LIMIT can't be negative");
      if (limit < 0) {
        throw new CommandException("ERR LIMIT can't be negative");
      }
    }
    return limit;
  }
}

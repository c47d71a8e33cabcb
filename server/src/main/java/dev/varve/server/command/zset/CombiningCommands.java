package dev.varve.server.command.zset;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.datatype.collection.MemberAlgebra;
import dev.varve.server.datatype.collection.ScoredVisitor;
import dev.varve.server.datatype.collection.Scoring;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** Commands on all members of several sorted sets, or sets. */
final class CombiningCommands {
  private static final byte[] WEIGHTS = Arguments.word("WEIGHTS");
  private static final byte[] AGGREGATE = Arguments.word("AGGREGATE");
  private static final byte[] WITHSCORES = Arguments.word("WITHSCORES");
  private static final byte[] LIMIT = Arguments.word("LIMIT");

  /** Which options a command has. */
  private record Allowed(boolean aggregates, boolean withScores, boolean limit) {}

  private CombiningCommands() {}

  /** What comes of several. */
  @FunctionalInterface
  private interface Operation {
    void run(MemberAlgebra sets, Scoring scoring, ScoredVisitor visitor);
  }

  static void unite(CommandContext context) {
    answer(context, MemberAlgebra::unite, true);
  }

  static void intersect(CommandContext context) {
    answer(context, CombiningCommands::intersection, true);
  }

  static void subtract(CommandContext context) {
    answer(context, CombiningCommands::difference, false);
  }

  private static void intersection(MemberAlgebra sets, Scoring scoring, ScoredVisitor visitor) {
    if (!sets.hasEmpty()) {
      sets.intersect(Long.MAX_VALUE, scoring, visitor);
    }
  }

  private static void difference(MemberAlgebra sets, Scoring scoring, ScoredVisitor visitor) {
    sets.subtract(visitor);
  }

  private static void answer(CommandContext context, Operation operation, boolean aggregates) {
    MemberAlgebra sets = new MemberAlgebra(context.keyspace());
    int first = addOperands(context, 1, sets);
    Options options = Options.of(context, first, first - 2, new Allowed(aggregates, true, false));
    context.keyspace().needTime(sets.members());
    ScoredReply reply = new ScoredReply(context.reply(), options.withScores);
    long[] count = {0};
    if (context.reply().leavesAtOnce()) {
      operation.run(sets, options.scoring, (_, _, _, _) -> count[0]++);
      reply.begin(count[0]);
      InOrder.of(
          context.keyspace(),
          visitor -> operation.run(sets, options.scoring, visitor),
          reply::visit);
      return;
    }
    int begun = context.reply().beginDeferred();
    InOrder.of(
        context.keyspace(),
        visitor -> operation.run(sets, options.scoring, visitor),
        scored -> {
          reply.visit(scored);
          count[0]++;
        });
    reply.end(begun, count[0]);
  }

  static void uniteStore(CommandContext context) {
    store(context, MemberAlgebra::unite, true, KeyEvent.ZUNIONSTORE);
  }

  static void intersectStore(CommandContext context) {
    store(context, CombiningCommands::intersection, true, KeyEvent.ZINTERSTORE);
  }

  static void subtractStore(CommandContext context) {
    store(context, CombiningCommands::difference, false, KeyEvent.ZDIFFSTORE);
  }

  private static void store(
      CommandContext context, Operation operation, boolean aggregates, KeyEvent event) {
    MemberAlgebra sets = new MemberAlgebra(context.keyspace());
    int first = addOperands(context, 2, sets);
    Options options = Options.of(context, first, first - 3, new Allowed(aggregates, false, false));
    Stored stored = Stored.beginWhole(context, 1);
    context.keyspace().needTimeToStore(sets.members());
    operation.run(sets, options.scoring, stored);
    context.reply().integer(stored.end(event));
  }

  static void intersectCount(CommandContext context) {
    MemberAlgebra sets = new MemberAlgebra(context.keyspace());
    int first = addOperands(context, 1, sets);
    Options options = Options.of(context, first, first - 2, new Allowed(false, false, true));
    context.keyspace().needTime(sets.members());
    long[] count = {0};
    if (!sets.hasEmpty()) {
      long most = options.limit == 0 ? Long.MAX_VALUE : options.limit;
      sets.intersect(most, Scoring.PLAIN, (_, _, _, _) -> count[0]++);
    }
    context.reply().integer(count[0]);
  }

  /**
   * Adds the sets that arguments are the keys of.
   *
   * @param number which argument says how many there are
   * @return the first argument after them
   */
  private static int addOperands(CommandContext context, int number, MemberAlgebra sets) {
    long keys = Arguments.longValue(context, number);
    if (keys < 1) {
      throw new CommandException(
          "ERR at least 1 input key is needed for '" + context.spec().fullName() + "' command");
    }
    if (keys > context.request().argumentCount() - (number + 1)) {
      throw Errors.syntax();
    }
    int behind = number + 1 + (int) keys;
    for (int i = number + 1; i < behind; i++) {
      addOperand(context, i, sets);
    }
    return behind;
  }

  private static void addOperand(CommandContext context, int argument, MemberAlgebra sets) {
    context.selectKey(argument);
    Keyspace keyspace = context.keyspace();
    if (!keyspace.findCounted()) {
      sets.addEmpty();
      return;
    }
    if (keyspace.selected().type() == ValueType.SET) {
      context.set().find();
      context.set().addTo(sets);
    } else {
      context.sortedSet().find();
      context.sortedSet().addTo(sets);
    }
  }

  /**
   * What stands after the keys.
   *
   * @param scoring what becomes of scores
   * @param withScores whether the answer has scores
   * @param limit how many are counted at most; 0: all
   */
  private record Options(Scoring scoring, boolean withScores, long limit) {
    static Options of(CommandContext context, int first, int keys, Allowed allowed) {
      Request request = context.request();
      double[] weights = null;
      Scoring.Aggregate aggregate = Scoring.Aggregate.SUM;
      boolean withScores = false;
      long limit = 0;
      int i = first;
      while (i < request.argumentCount()) {
        int left = request.argumentCount() - i - 1;
        if (allowed.aggregates && left >= keys && request.equalsIgnoreCase(i, WEIGHTS)) {
          weights = weights(context, i + 1, keys);
          i += 1 + keys;
        } else if (allowed.aggregates && left >= 1 && request.equalsIgnoreCase(i, AGGREGATE)) {
          aggregate = aggregate(request.argumentString(i + 1));
          i += 2;
        } else if (allowed.withScores && request.equalsIgnoreCase(i, WITHSCORES)) {
          withScores = true;
          i++;
        } else if (allowed.limit && left >= 1 && request.equalsIgnoreCase(i, LIMIT)) {
          limit = limit(context, i + 1);
          i += 2;
        } else {
          throw Errors.syntax();
        }
      }
      return new Options(new Scoring(weights, aggregate), withScores, limit);
    }

    private static double[] weights(CommandContext context, int first, int count) {
      double[] weights = new double[count];
      for (int i = 0; i < count; i++) {
        weights[i] = Arguments.doubleValue(context, first + i, "ERR weight value is not a float");
      }
      return weights;
    }

    private static Scoring.Aggregate aggregate(String name) {
      for (Scoring.Aggregate each : Scoring.Aggregate.values()) {
        if (each.name().equalsIgnoreCase(name)) {
          return each;
        }
      }
      throw Errors.syntax();
    }

    private static long limit(CommandContext context, int argument) {
      long limit = Arguments.longValue(context, argument, "ERR LIMIT can't be negative");
      if (limit < 0) {
        throw new CommandException("ERR LIMIT can't be negative");
      }
      return limit;
    }
  }
}

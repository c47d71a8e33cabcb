package dev.varve.server.command.zset;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.zset.SortedSetValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** Commands on single members of sorted sets. */
final class ScoreCommands {
  private static final byte[] WITHSCORE = Arguments.word("WITHSCORE");

  private ScoreCommands() {}

  /** Looks up the sorted set that an argument is the key of, to read it. */
  static SortedSetValue findCounted(CommandContext context, int argument) {
    context.selectKey(argument);
    SortedSetValue set = context.sortedSet();
    set.findCounted();
    return set;
  }

  /** Makes an argument the member that is worked on. */
  static void select(CommandContext context, SortedSetValue set, int argument) {
    Request request = context.request();
    set.select(
        request.buffer(), request.argumentOffset(argument), request.argumentLength(argument));
  }

  /** Stores a sorted set that members were taken from; without any, it is no more. */
  static void storeLess(CommandContext context, SortedSetValue set, KeyEvent event) {
    set.store();
    context.keyspace().happened(event);
    if (set.count() == 0) {
      context.keyspace().happened(KeyEvent.DEL);
    }
  }

  static void add(CommandContext context) {
    add(context, AddOptions.of(context));
  }

  static void increment(CommandContext context) {
    add(context, AddOptions.INCREMENT);
  }

  /** Adds members as options say, whose scores stand from {@code options.first()} on. */
  static void add(CommandContext context, AddOptions options) {
    int count = context.request().argumentCount();
    if (count - options.first() > 2) {
      for (int i = options.first(); i < count; i += 2) {
        Arguments.doubleValue(context, i);
      }
    }
    double first = Arguments.doubleValue(context, options.first());
    Arguments.selectKeyToWrite(context, 1);
    Addition addition = new Addition(context, options);
    addition.set.find();
    for (int i = options.first(); i < count; i += 2) {
      double score = i == options.first() ? first : Arguments.doubleValue(context, i);
      Arguments.checkMemberLength(context, i + 1);
      select(context, addition.set, i + 1);
      addition.put(score);
    }
    addition.end();
  }

  /** What becomes of members that are added. */
  static final class Addition {
    private final CommandContext context;
    private final AddOptions options;
    private final SortedSetValue set;
    private int added;
    private int updated;
    private boolean processed;
    private double result;

    Addition(CommandContext context, AddOptions options) {
      this.context = context;
      this.options = options;
      this.set = context.sortedSet();
    }

    SortedSetValue set() {
      return set;
    }

    /** Gives the selected member a score, or adds to it. */
    void put(double given) {
      boolean known = set.findScore();
      if (known ? options.onlyNew() : options.onlyKnown()) {
        return;
      }
      double score = known && options.increments() ? set.score() + given : given;
      if (Double.isNaN(score)) {
        throw new CommandException("ERR resulting score is not a number (NaN)");
      }
      if (known
          && ((options.onlyLess() && score >= set.score())
              || (options.onlyGreater() && score <= set.score()))) {
        return;
      }
      processed = true;
      result = score;
      if (!known) {
        set.put(score);
        added++;
      } else if (score != set.score()) {
        set.put(score);
        updated++;
      }
    }

    /** Stores what has changed, and answers. */
    void end() {
      if (added + updated > 0) {
        set.store();
        context.keyspace().happened(options.increments() ? KeyEvent.ZINCR : KeyEvent.ZADD);
      }
      if (!options.increments()) {
        context.reply().integer(options.countsChanged() ? added + updated : added);
      } else if (processed) {
        context.reply().doubleValue(result);
      } else {
        context.reply().nullBulk();
      }
    }
  }

  static void remove(CommandContext context) {
    context.selectKey(1);
    SortedSetValue set = context.sortedSet();
    set.find();
    int removed = 0;
    for (int i = 2; i < context.request().argumentCount() && set.count() > 0; i++) {
      select(context, set, i);
      if (set.remove()) {
        removed++;
      }
    }
    if (removed > 0) {
      storeLess(context, set, KeyEvent.ZREM);
    }
    context.reply().integer(removed);
  }

  static void score(CommandContext context) {
    answerScore(context, findCounted(context, 1), 2);
  }

  static void scores(CommandContext context) {
    SortedSetValue set = findCounted(context, 1);
    int count = context.request().argumentCount();
    context.reply().arrayHeader(count - 2);
    for (int i = 2; i < count; i++) {
      answerScore(context, set, i);
    }
  }

  private static void answerScore(CommandContext context, SortedSetValue set, int argument) {
    select(context, set, argument);
    if (set.findScore()) {
      context.reply().doubleValue(set.score());
    } else {
      context.reply().nullBulk();
    }
  }

  static void count(CommandContext context) {
    context.reply().integer(findCounted(context, 1).count());
  }

  static void rank(CommandContext context) {
    rank(context, false);
  }

  static void reverseRank(CommandContext context) {
    rank(context, true);
  }

  private static void rank(CommandContext context, boolean backwards) {
    Request request = context.request();
    if (request.argumentCount() > 4) {
      throw Errors.arity(context);
    }
    boolean withScore = request.argumentCount() == 4;
    if (withScore && !request.equalsIgnoreCase(3, WITHSCORE)) {
      throw Errors.syntax();
    }
    SortedSetValue set = findCounted(context, 1);
    select(context, set, 2);
    if (!set.findScore()) {
      if (withScore) {
        context.reply().nullArray();
      } else {
        context.reply().nullBulk();
      }
      return;
    }
    if (withScore) {
      context.reply().arrayHeader(2);
    }
    context.reply().integer(set.ranges().rank(backwards));
    if (withScore) {
      context.reply().doubleValue(set.score());
    }
  }
}

package dev.varve.server.command.zset;

import dev.varve.protocol.ReplySink;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.collection.ScoredVisitor;
import dev.varve.server.datatype.zset.Range;
import dev.varve.server.datatype.zset.SortedSetValue;
import dev.varve.server.dispatch.CommandContext;

/** Commands on members that follow each other. */
final class RangeCommands {
  /** Members of a range that are counted before they are stored. */
  private static final int MOST_COUNTED = 4000;

  private RangeCommands() {}

  static void range(CommandContext context) {
    answer(context, RangeArguments.By.ANY, RangeArguments.Direction.ANY);
  }

  static void reverseRange(CommandContext context) {
    answer(context, RangeArguments.By.RANK, RangeArguments.Direction.REVERSE);
  }

  static void byScore(CommandContext context) {
    answer(context, RangeArguments.By.SCORE, RangeArguments.Direction.FORWARD);
  }

  static void reverseByScore(CommandContext context) {
    answer(context, RangeArguments.By.SCORE, RangeArguments.Direction.REVERSE);
  }

  static void byLex(CommandContext context) {
    answer(context, RangeArguments.By.LEX, RangeArguments.Direction.FORWARD);
  }

  static void reverseByLex(CommandContext context) {
    answer(context, RangeArguments.By.LEX, RangeArguments.Direction.REVERSE);
  }

  private static void answer(
      CommandContext context, RangeArguments.By by, RangeArguments.Direction direction) {
    RangeArguments arguments = RangeArguments.of(context, 1, false, by, direction);
    SortedSetValue set = ScoreCommands.findCounted(context, 1);
    ReplySink reply = context.reply();
    ScoredReply scored = new ScoredReply(reply, arguments.withScores());
    if (arguments.range() == null) {
      long size = arguments.size(set.count());
      scored.begin(size);
      show(set, arguments, scored);
    } else if (reply.leavesAtOnce()) {
      long[] count = {0};
      show(set, arguments, (_, _, _, _) -> count[0]++);
      scored.begin(count[0]);
      show(set, arguments, scored);
    } else {
      int begun = reply.beginDeferred();
      long[] count = {0};
      show(
          set,
          arguments,
          (bytes, offset, length, score) -> {
            scored.visit(bytes, offset, length, score);
            count[0]++;
          });
      scored.end(begun, count[0]);
    }
  }

  /** Hands the members that arguments tell of to {@code visitor}. */
  private static void show(SortedSetValue set, RangeArguments arguments, ScoredVisitor visitor) {
    if (arguments.range() == null) {
      long size = arguments.size(set.count());
      if (size > 0) {
        set.ranges().forEach(arguments.first(set.count()), arguments.backwards(), size, visitor);
      }
    } else if (arguments.offset() >= 0 && arguments.offset() < set.count()) {
      long most = arguments.limit() < 0 ? Long.MAX_VALUE : arguments.limit();
      set.ranges()
          .forEach(arguments.range(), arguments.backwards(), arguments.offset(), most, visitor);
    }
  }

  static void store(CommandContext context) {
    RangeArguments arguments =
        RangeArguments.of(context, 2, true, RangeArguments.By.ANY, RangeArguments.Direction.ANY);
    SortedSetValue source = ScoreCommands.findCounted(context, 2);
    Stored stored = Stored.begin(context, 1);
    int most = context.services().config().collectionLimits().sortedSetEntries();
    if (arguments.range() == null && arguments.size(source.count()) > most) {
      stored.beginLarge();
    }
    source.goOn();
    context.keyspace().needTimeToStore(atMost(source, arguments));
    show(source, arguments, stored);
    context.reply().integer(stored.end(KeyEvent.ZRANGESTORE));
  }

  /** How many members are stored at most; of a range as many as are counted, or all. */
  private static long atMost(SortedSetValue source, RangeArguments arguments) {
    if (arguments.range() == null) {
      return arguments.size(source.count());
    }
    long[] counted = {0};
    source
        .ranges()
        .forEachUntil(
            arguments.range(), (_, _, _, _) -> counted[0]++, () -> counted[0] == MOST_COUNTED);
    return counted[0] < MOST_COUNTED ? counted[0] : source.count();
  }

  static void countScores(CommandContext context) {
    count(context, RangeArguments.scores(context.request(), 2, 3));
  }

  static void countStrings(CommandContext context) {
    count(context, RangeArguments.strings(context.request(), 2, 3));
  }

  private static void count(CommandContext context, Range range) {
    SortedSetValue set = ScoreCommands.findCounted(context, 1);
    context.reply().integer(set.ranges().count(range));
  }

  static void removeScores(CommandContext context) {
    remove(context, RangeArguments.scores(context.request(), 2, 3), KeyEvent.ZREMRANGEBYSCORE);
  }

  static void removeStrings(CommandContext context) {
    remove(context, RangeArguments.strings(context.request(), 2, 3), KeyEvent.ZREMRANGEBYLEX);
  }

  private static void remove(CommandContext context, Range range, KeyEvent event) {
    SortedSetValue set = findToRemove(context);
    long removed = set.ranges().remove(range);
    if (removed > 0) {
      ScoreCommands.storeLess(context, set, event);
    }
    context.reply().integer(removed);
  }

  private static SortedSetValue findToRemove(CommandContext context) {
    context.selectKey(1);
    SortedSetValue set = context.sortedSet();
    set.find();
    return set;
  }

  static void removeRanks(CommandContext context) {
    long start = Arguments.longValue(context, 2);
    long stop = Arguments.longValue(context, 3);
    RangeArguments ranks = new RangeArguments(null, start, stop, false, false, 0, -1);
    SortedSetValue set = findToRemove(context);
    long size = ranks.size(set.count());
    if (size > 0) {
      long first = ranks.first(set.count());
      if (size == set.count()) {
        context.keyspace().delete();
        context.keyspace().happened(KeyEvent.ZREMRANGEBYRANK);
        context.keyspace().happened(KeyEvent.DEL);
      } else {
        set.ranges().remove(first, first + size - 1);
        ScoreCommands.storeLess(context, set, KeyEvent.ZREMRANGEBYRANK);
      }
    }
    context.reply().integer(size);
  }
}

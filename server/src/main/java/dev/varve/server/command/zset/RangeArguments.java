package dev.varve.server.command.zset;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.DoubleText;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.zset.LexRange;
import dev.varve.server.datatype.zset.Range;
import dev.varve.server.datatype.zset.ScoreRange;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.util.Arrays;

/**
 * The part of a sorted set that the arguments after its key tell of.
 *
 * @param range which members; null: those between two ranks
 * @param start the first rank; negative: from the end
 * @param stop the last rank; negative: from the end
 * @param backwards whether from the greatest to the least
 * @param withScores whether with their scores
 * @param offset how many are passed first; negative: all
 * @param limit how many at most; negative: all
 */
record RangeArguments(
    Range range,
    long start,
    long stop,
    boolean backwards,
    boolean withScores,
    long offset,
    long limit) {
  private static final byte[] WITHSCORES = Arguments.word("WITHSCORES");
  private static final byte[] LIMIT = Arguments.word("LIMIT");
  private static final byte[] REV = Arguments.word("REV");
  private static final byte[] BYLEX = Arguments.word("BYLEX");
  private static final byte[] BYSCORE = Arguments.word("BYSCORE");

  /** What bounds are. */
  enum By {
    /** Options say. */
    ANY,
    RANK,
    SCORE,
    LEX
  }

  /** In which direction. */
  enum Direction {
    /** Options say. */
    ANY,
    FORWARD,
    REVERSE
  }

  /** Options as they are read. */
  private static final class Options {
    private By by;
    private Direction direction;
    private boolean withScores;
    private long offset;
    private long limit = -1;
  }

  /**
   * Reads them.
   *
   * @param key which argument is the key of the set
   * @param stores whether the members are stored
   */
  static RangeArguments of(
      CommandContext context, int key, boolean stores, By by, Direction direction) {
    Options options = new Options();
    options.by = by;
    options.direction = direction;
    read(context, key + 3, stores, options);
    boolean backwards = options.direction == Direction.REVERSE;
    By its = options.by == By.ANY ? By.RANK : options.by;
    if (options.limit != -1 && its == By.RANK) {
      throw new CommandException(
          "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
    }
    if (options.withScores && its == By.LEX) {
      throw new CommandException(
          "ERR syntax error, WITHSCORES not supported in combination with BYLEX");
    }
    boolean swapped = backwards && its != By.RANK;
    int min = swapped ? key + 2 : key + 1;
    int max = swapped ? key + 1 : key + 2;
    long start = its == By.RANK ? Arguments.longValue(context, min) : 0;
    long stop = its == By.RANK ? Arguments.longValue(context, max) : 0;
    Range range =
        switch (its) {
          case SCORE -> scores(context.request(), min, max);
          case LEX -> strings(context.request(), min, max);
          case RANK, ANY -> null;
        };
    return new RangeArguments(
        range, start, stop, backwards, options.withScores, options.offset, options.limit);
  }

  private static void read(CommandContext context, int first, boolean stores, Options options) {
    Request request = context.request();
    for (int i = first; i < request.argumentCount(); i++) {
      if (!stores && request.equalsIgnoreCase(i, WITHSCORES)) {
        options.withScores = true;
      } else if (request.equalsIgnoreCase(i, LIMIT) && i + 2 < request.argumentCount()) {
        options.offset = Arguments.longValue(context, i + 1);
        options.limit = Arguments.longValue(context, i + 2);
        i += 2;
      } else if (options.direction == Direction.ANY && request.equalsIgnoreCase(i, REV)) {
        options.direction = Direction.REVERSE;
      } else if (options.by == By.ANY && request.equalsIgnoreCase(i, BYLEX)) {
        options.by = By.LEX;
      } else if (options.by == By.ANY && request.equalsIgnoreCase(i, BYSCORE)) {
        options.by = By.SCORE;
      } else {
        throw Errors.syntax();
      }
    }
  }

  /** Reads bounds of scores. */
  static ScoreRange scores(Request request, int min, int max) {
    String least = request.argumentString(min);
    String greatest = request.argumentString(max);
    return new ScoreRange(
        score(least), least.startsWith("("), score(greatest), greatest.startsWith("("));
  }

  private static double score(String text) {
    double score = DoubleText.parseLeniently(text.startsWith("(") ? text.substring(1) : text);
    if (Double.isNaN(score)) {
      throw new CommandException("ERR min or max is not a float");
    }
    return score;
  }

  /** Reads bounds of members. */
  static LexRange strings(Request request, int min, int max) {
    return new LexRange(bound(request.argumentBytes(min)), bound(request.argumentBytes(max)));
  }

  private static LexRange.Bound bound(byte[] text) {
    if (text.length > 0) {
      byte[] rest = Arrays.copyOfRange(text, 1, text.length);
      if (text[0] == '(') {
        return new LexRange.Bound(LexRange.Bound.Kind.OPEN, rest);
      }
      if (text[0] == '[') {
        return new LexRange.Bound(LexRange.Bound.Kind.CLOSED, rest);
      }
      boolean alone = rest.length == 0 || rest[0] == 0;
      if (alone && (text[0] == '-' || text[0] == '+')) {
        return text[0] == '-' ? LexRange.LEAST : LexRange.GREATEST;
      }
    }
    throw new CommandException("ERR min or max not valid string range item");
  }

  /** Returns the first rank of a range of ranks, in a set of so many members. */
  long first(long count) {
    return Math.max(0, start < 0 ? count + start : start);
  }

  /** Returns how many of so many members are in a range of ranks. */
  long size(long count) {
    long first = first(count);
    long last = Math.min(count - 1, stop < 0 ? count + stop : stop);
    return first > last ? 0 : last - first + 1;
  }
}

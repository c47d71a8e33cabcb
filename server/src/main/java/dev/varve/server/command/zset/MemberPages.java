package dev.varve.server.command.zset;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.DistinctNames;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.ScanOptions;
import dev.varve.server.datatype.collection.Draws;
import dev.varve.server.datatype.collection.ScoredVisitor;
import dev.varve.server.datatype.zset.Scored;
import dev.varve.server.datatype.zset.SortedSetValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Commands that answer with some of the members of a sorted set, whichever they are. */
final class MemberPages {
  private static final byte[] WITHSCORES = Arguments.word("WITHSCORES");

  private MemberPages() {}

  static void scan(CommandContext context) {
    long cursor = ScanOptions.cursor(context.request(), 2);
    SortedSetValue set = ScoreCommands.findCounted(context, 1);
    ReplySink reply = context.reply();
    if (set.count() == 0) {
      reply.arrayHeader(2);
      reply.bulk(0);
      reply.arrayHeader(0);
      return;
    }
    ScanOptions options = ScanOptions.of(context, 3, ScanOptions.Also.NOTHING);
    List<Scored> found = new ArrayList<>();
    long next =
        set.scan(
            cursor,
            options.count(),
            (bytes, offset, length, score) -> {
              if (options.matches(bytes, offset, length)) {
                found.add(new Scored(score, Arrays.copyOfRange(bytes, offset, offset + length)));
              }
            });
    reply.arrayHeader(2);
    reply.bulk(next);
    reply.arrayHeader(2 * found.size());
    for (Scored each : found) {
      reply.bulk(each.member());
      answerScore(reply, each.score(), set.isListpack());
    }
  }

  /** A listpack has whole numbers as such, however large they are. */
  private static void answerScore(ReplySink reply, double score, boolean isListpack) {
    if (isListpack && score == Math.rint(score) && Math.abs(score) <= Long.MAX_VALUE / 2.0) {
      reply.bulk((long) score);
    } else {
      reply.bulk(score);
    }
  }

  static void random(CommandContext context) {
    if (context.request().argumentCount() > 2) {
      randomOfCount(context);
      return;
    }
    SortedSetValue set = ScoreCommands.findCounted(context, 1);
    if (set.count() == 0) {
      context.reply().nullBulk();
    } else {
      set.random(new ScoredReply(context.reply(), false));
    }
  }

  private static void randomOfCount(CommandContext context) {
    Request request = context.request();
    long count = Arguments.longValue(context, 2);
    if (count == Long.MIN_VALUE) {
      throw new CommandException(
          "ERR value is out of range, value must between "
              + -Long.MAX_VALUE
              + " and "
              + Long.MAX_VALUE);
    }
    boolean withScores = request.argumentCount() > 3;
    if (withScores && (request.argumentCount() > 4 || !request.equalsIgnoreCase(3, WITHSCORES))) {
      throw Errors.syntax();
    }
    if (withScores && (count < -(Long.MAX_VALUE / 2) || count > Long.MAX_VALUE / 2)) {
      throw new CommandException("ERR value is out of range");
    }
    SortedSetValue set = ScoreCommands.findCounted(context, 1);
    ScoredReply reply = new ScoredReply(context.reply(), withScores);
    if (set.count() == 0 || count == 0) {
      reply.begin(0);
      return;
    }
    // Each is looked for among some, or all are gone through.
    context.keyspace().needTime(count < 0 ? -count : Math.min(set.count(), count));
    if (count < 0) {
      reply.begin(-count);
      set.random(-count, reply);
    } else {
      long wanted = Math.min(count, set.count());
      reply.begin(wanted);
      randomDifferent(context, set, wanted, reply);
    }
  }

  private static void randomDifferent(
      CommandContext context, SortedSetValue set, long wanted, ScoredVisitor visitor) {
    if (set.isPacked() || Draws.isWalkOfDifferent(set.count(), wanted)) {
      context.keyspace().needTime(set.count());
      set.sample(wanted, visitor);
      return;
    }
    DistinctNames before = new DistinctNames(context.keyspace(), wanted);
    while (before.size() < wanted) {
      set.random(
          (bytes, offset, length, score) -> {
            if (before.add(bytes, offset, length)) {
              visitor.visit(bytes, offset, length, score);
            }
          });
    }
  }
}

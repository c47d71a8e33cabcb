package dev.varve.server.command.stream;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.stream.Consumer;
import dev.varve.server.datatype.stream.ConsumerGroup;
import dev.varve.server.datatype.stream.Pending;
import dev.varve.server.datatype.stream.StreamId;
import dev.varve.server.dispatch.CommandContext;

/** XACK and XPENDING. */
final class PendingCommands {
  private static final byte[] IDLE = Arguments.word("IDLE");
  private static final int SUMMARY_ARGUMENTS = 3;
  private static final int LEAST_OF_RANGE = 6;
  private static final int MOST_OF_RANGE = 9;

  private PendingCommands() {}

  static void acknowledge(CommandContext context) {
    ConsumerGroup group = Groups.find(context, 1, 2);
    if (group == null) {
      context.reply().integer(0);
      return;
    }
    long acknowledged = 0;
    for (StreamId id : StreamArguments.ids(context, 3, context.request().argumentCount())) {
      Pending entry = group.pending(id);
      if (entry != null) {
        group.remove(entry);
        acknowledged++;
      }
    }
    if (acknowledged > 0) {
      group.store();
    }
    context.reply().integer(acknowledged);
  }

  /**
   * Which pending entries are asked for.
   *
   * @param consumer which argument names whose; 0: anybody's
   */
  private record Range(StreamId from, StreamId to, long count, long minIdle, int consumer) {
    static Range of(CommandContext context) {
      Request request = context.request();
      int first = SUMMARY_ARGUMENTS;
      long minIdle = 0;
      if (request.equalsIgnoreCase(first, IDLE)) {
        minIdle = Arguments.longValue(context, first + 1);
        if (request.argumentCount() < LEAST_OF_RANGE + 2) {
          throw Errors.syntax();
        }
        first += 2;
      }
      long count = Math.max(0, Arguments.longValue(context, first + 2));
      StreamId from = StreamArguments.from(context, first);
      StreamId to = StreamArguments.to(context, first + 1);
      int consumer = first + 3 < request.argumentCount() ? first + 3 : 0;
      return new Range(from, to, count, minIdle, consumer);
    }
  }

  static void pending(CommandContext context) {
    int arguments = context.request().argumentCount();
    boolean summary = arguments == SUMMARY_ARGUMENTS;
    if (!summary && (arguments < LEAST_OF_RANGE || arguments > MOST_OF_RANGE)) {
      throw Errors.syntax();
    }
    Range range = summary ? null : Range.of(context);
    ConsumerGroup group = Groups.find(context, 1, 2);
    if (group == null) {
      throw StreamArguments.noGroup(context, 1, 2, "");
    }
    if (summary) {
      summarize(context.reply(), group);
    } else {
      answer(context, group, range);
    }
  }

  private static void summarize(ReplySink reply, ConsumerGroup group) {
    reply.arrayHeader(4);
    reply.integer(group.pending());
    if (group.pending() == 0) {
      reply.nullBulk();
      reply.nullBulk();
      reply.nullArray();
      return;
    }
    reply.bulk(group.firstPending().toString());
    reply.bulk(group.lastPending().toString());
    int begun = reply.beginDeferred();
    int[] count = {0};
    group.forEachConsumer(
        consumer -> {
          if (consumer.pending() > 0) {
            reply.arrayHeader(2);
            reply.bulk(consumer.name());
            reply.bulk(consumer.pending());
            count[0]++;
          }
        });
    reply.endArray(begun, count[0]);
  }

  private static void answer(CommandContext context, ConsumerGroup group, Range range) {
    ReplySink reply = context.reply();
    Consumer consumer = null;
    if (range.consumer() > 0) {
      consumer = group.find(context.request().argumentBytes(range.consumer()));
      if (consumer == null) {
        reply.arrayHeader(0);
        return;
      }
    }
    long now = context.keyspace().time().wallNow();
    int begun = reply.beginDeferred();
    int[] count = {0};
    if (range.count() > 0) {
      group.forEachPending(
          consumer,
          range.from(),
          range.to(),
          entry -> {
            if (range.minIdle() == 0 || now - entry.millis() >= range.minIdle()) {
              reply.arrayHeader(4);
              reply.bulk(entry.id().toString());
              reply.bulk(group.nameOf(entry));
              reply.integer(Math.max(0, now - entry.millis()));
              reply.integer(entry.deliveries());
              count[0]++;
            }
            return count[0] < range.count();
          });
    }
    reply.endArray(begun, count[0]);
  }
}

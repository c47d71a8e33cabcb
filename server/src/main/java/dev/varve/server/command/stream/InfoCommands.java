package dev.varve.server.command.stream;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.HelpReply;
import dev.varve.server.datatype.stream.Consumer;
import dev.varve.server.datatype.stream.ConsumerGroup;
import dev.varve.server.datatype.stream.StreamGroups;
import dev.varve.server.datatype.stream.StreamId;
import dev.varve.server.datatype.stream.StreamValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** XINFO. */
final class InfoCommands {
  private static final byte[] FULL = Arguments.word("FULL");
  private static final byte[] COUNT = Arguments.word("COUNT");
  private static final int PLAIN_ARGUMENTS = 3;
  private static final int FULL_ARGUMENTS = 4;
  private static final int COUNT_ARGUMENTS = 6;
  private static final long USUAL_COUNT = 10;

  private InfoCommands() {}

  private static StreamValue find(CommandContext context) {
    context.selectKey(2);
    StreamValue stream = context.stream();
    if (!stream.findCounted()) {
      throw new CommandException(Errors.NO_SUCH_KEY);
    }
    return stream;
  }

  static void stream(CommandContext context) {
    Request request = context.request();
    StreamValue stream = find(context);
    int arguments = request.argumentCount();
    if (arguments == PLAIN_ARGUMENTS) {
      plain(context.reply(), stream);
      return;
    }
    if ((arguments != FULL_ARGUMENTS && arguments != COUNT_ARGUMENTS)
        || !request.equalsIgnoreCase(PLAIN_ARGUMENTS, FULL)
        || (arguments == COUNT_ARGUMENTS && !request.equalsIgnoreCase(FULL_ARGUMENTS, COUNT))) {
      throw Errors.subcommand(context);
    }
    long count =
        arguments == COUNT_ARGUMENTS
            ? Arguments.longValue(context, COUNT_ARGUMENTS - 1)
            : USUAL_COUNT;
    new Full(context.reply(), stream, count < 0 ? USUAL_COUNT : count).answer();
  }

  /** The pairs that both forms begin with. */
  private static void begin(ReplySink reply, StreamValue stream) {
    reply.bulk("length");
    reply.integer(stream.count());
    reply.bulk("radix-tree-keys");
    reply.integer(stream.nodeCount());
    reply.bulk("radix-tree-nodes");
    // As many as a tree without branches has.
    reply.integer(stream.nodeCount() + 1);
    reply.bulk("last-generated-id");
    reply.bulk(stream.generatedId().toString());
    reply.bulk("max-deleted-entry-id");
    reply.bulk(stream.deletedId().toString());
    reply.bulk("entries-added");
    reply.integer(stream.added());
    reply.bulk("recorded-first-entry-id");
    reply.bulk(stream.firstId().toString());
  }

  private static void plain(ReplySink reply, StreamValue stream) {
    reply.mapHeader(10);
    begin(reply, stream);
    reply.bulk("groups");
    reply.integer(stream.groups().count());
    reply.bulk("first-entry");
    edge(reply, stream, stream.firstId());
    reply.bulk("last-entry");
    edge(reply, stream, stream.lastId());
  }

  private static void edge(ReplySink reply, StreamValue stream, StreamId id) {
    if (!stream.visit(id, new EntryReply(reply, 1))) {
      reply.nullBulk();
    }
  }

  private static void number(ReplySink reply, long number, long unknown) {
    if (number == unknown) {
      reply.nullBulk();
    } else {
      reply.integer(number);
    }
  }

  /**
   * All there is to say, with the first entries of everything.
   *
   * @param count how many of each; 0: all
   */
  private record Full(ReplySink reply, StreamValue stream, long count) {
    private long most() {
      return count == 0 ? Long.MAX_VALUE : count;
    }

    private void answer() {
      reply.mapHeader(9);
      begin(reply, stream);
      reply.bulk("entries");
      int entries = reply.beginDeferred();
      EntryReply first = new EntryReply(reply, most());
      stream.forEach(StreamId.ZERO, StreamId.MAX, false, first);
      reply.endArray(entries, first.count());
      reply.bulk("groups");
      reply.arrayHeader(Math.toIntExact(stream.groups().count()));
      stream.groups().forEach(this::group);
    }

    private void group(ConsumerGroup group) {
      reply.mapHeader(7);
      reply.bulk("name");
      reply.bulk(group.name());
      reply.bulk("last-delivered-id");
      reply.bulk(group.last().toString());
      reply.bulk("entries-read");
      number(reply, group.read(), ConsumerGroup.UNKNOWN);
      reply.bulk("lag");
      number(reply, stream.groups().lag(group), StreamGroups.NO_LAG);
      reply.bulk("pel-count");
      reply.integer(group.pending());
      reply.bulk("pending");
      pending(group, null);
      reply.bulk("consumers");
      reply.arrayHeader(Math.toIntExact(group.consumers()));
      group.forEachConsumer(consumer -> consumer(group, consumer));
    }

    private void consumer(ConsumerGroup group, Consumer consumer) {
      reply.mapHeader(4);
      reply.bulk("name");
      reply.bulk(consumer.name());
      reply.bulk("seen-time");
      reply.integer(consumer.seenMillis());
      reply.bulk("pel-count");
      reply.integer(consumer.pending());
      reply.bulk("pending");
      pending(group, consumer);
    }

    /** Those of a consumer are told without its name. */
    private void pending(ConsumerGroup group, Consumer consumer) {
      int begun = reply.beginDeferred();
      int[] told = {0};
      group.forEachPending(
          consumer,
          StreamId.ZERO,
          StreamId.MAX,
          entry -> {
            reply.arrayHeader(consumer == null ? 4 : 3);
            reply.bulk(entry.id().toString());
            if (consumer == null) {
              reply.bulk(group.nameOf(entry));
            }
            reply.integer(entry.millis());
            reply.integer(entry.deliveries());
            return ++told[0] < most();
          });
      reply.endArray(begun, told[0]);
    }
  }

  static void groups(CommandContext context) {
    StreamValue stream = find(context);
    ReplySink reply = context.reply();
    reply.arrayHeader(Math.toIntExact(stream.groups().count()));
    stream
        .groups()
        .forEach(
            group -> {
              reply.mapHeader(6);
              reply.bulk("name");
              reply.bulk(group.name());
              reply.bulk("consumers");
              reply.integer(group.consumers());
              reply.bulk("pending");
              reply.integer(group.pending());
              reply.bulk("last-delivered-id");
              reply.bulk(group.last().toString());
              reply.bulk("entries-read");
              number(reply, group.read(), ConsumerGroup.UNKNOWN);
              reply.bulk("lag");
              number(reply, stream.groups().lag(group), StreamGroups.NO_LAG);
            });
  }

  static void consumers(CommandContext context) {
    StreamValue stream = find(context);
    ConsumerGroup group = stream.groups().find(context.request().argumentBytes(3));
    if (group == null) {
      throw GroupCommands.noGroup(context);
    }
    long now = context.keyspace().time().wallNow();
    ReplySink reply = context.reply();
    reply.arrayHeader(Math.toIntExact(group.consumers()));
    group.forEachConsumer(
        consumer -> {
          reply.mapHeader(3);
          reply.bulk("name");
          reply.bulk(consumer.name());
          reply.bulk("pending");
          reply.integer(consumer.pending());
          reply.bulk("idle");
          reply.integer(Math.max(0, now - consumer.seenMillis()));
        });
  }

  static void help(CommandContext context) {
    HelpReply.write(
        context,
        "CONSUMERS <key> <group>",
        "    Tell of a group's consumers.",
        "GROUPS <key>",
        "    Tell of a stream's groups.",
        "STREAM <key> [FULL [COUNT <count>]]",
        "    Tell of a stream.");
  }
}

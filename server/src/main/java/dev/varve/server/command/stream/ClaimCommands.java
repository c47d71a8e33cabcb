package dev.varve.server.command.stream;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.stream.Consumer;
import dev.varve.server.datatype.stream.ConsumerGroup;
import dev.varve.server.datatype.stream.Pending;
import dev.varve.server.datatype.stream.StreamId;
import dev.varve.server.datatype.stream.StreamValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.util.ArrayList;
import java.util.List;

/** XCLAIM and XAUTOCLAIM, which give pending entries to another consumer. */
final class ClaimCommands {
  private static final byte[] COUNT = Arguments.word("COUNT");
  private static final byte[] FORCE = Arguments.word("FORCE");
  private static final byte[] IDLE = Arguments.word("IDLE");
  private static final byte[] JUSTID = Arguments.word("JUSTID");
  private static final byte[] LASTID = Arguments.word("LASTID");
  private static final byte[] RETRYCOUNT = Arguments.word("RETRYCOUNT");
  private static final byte[] TIME = Arguments.word("TIME");

  private static final int FIRST_ID = 5;
  private static final int FIRST_OPTION = 6;
  private static final long USUAL_COUNT = 100;

  /** How many times the wanted entries are looked at. */
  private static final int ATTEMPTS = 10;

  /** About what a pending entry takes on the heap. */
  private static final int PENDING_BYTES = 96;

  private static final long MOST_WANTED = Long.MAX_VALUE / 16;

  private final CommandContext context;
  private final ReplySink reply;
  private final StreamValue stream;
  private final ConsumerGroup group;
  private final EntryReply entries;
  private final long now;
  private final boolean justIds;

  /** Null: not asked for so far. */
  private Consumer consumer;

  private ClaimCommands(CommandContext context, ConsumerGroup group, boolean justIds) {
    this.context = context;
    this.reply = context.reply();
    this.stream = context.stream();
    this.group = group;
    this.entries = new EntryReply(reply, Long.MAX_VALUE);
    this.now = context.keyspace().time().wallNow();
    this.justIds = justIds;
  }

  private static long minIdle(CommandContext context, String command) {
    return Math.max(
        0, Arguments.longValue(context, 4, "ERR Invalid min-idle-time argument for " + command));
  }

  // XCLAIM

  /** The options after the ids. */
  private static final class Options {
    private final CommandContext context;
    private final long now;
    private long millis;
    private long deliveries = -1;
    private boolean force;
    private boolean justIds;
    private StreamId last = StreamId.ZERO;

    private Options(CommandContext context, int first) {
      this.context = context;
      now = context.keyspace().time().wallNow();
      millis = now;
      int at = first;
      while (at < context.request().argumentCount()) {
        at = read(at);
      }
      if (millis < 0 || millis > now) {
        millis = now;
      }
    }

    private int read(int at) {
      Request request = context.request();
      if (request.equalsIgnoreCase(at, FORCE)) {
        force = true;
        return at + 1;
      }
      if (request.equalsIgnoreCase(at, JUSTID)) {
        justIds = true;
        return at + 1;
      }
      if (at + 1 == request.argumentCount()) {
        throw unknown(at);
      }
      if (request.equalsIgnoreCase(at, IDLE)) {
        millis = now - number(at + 1, "IDLE");
      } else if (request.equalsIgnoreCase(at, TIME)) {
        millis = number(at + 1, "TIME");
      } else if (request.equalsIgnoreCase(at, RETRYCOUNT)) {
        deliveries = number(at + 1, "RETRYCOUNT");
      } else if (request.equalsIgnoreCase(at, LASTID)) {
        last = StreamArguments.id(context, at + 1);
      } else {
        throw unknown(at);
      }
      return at + 2;
    }

    private long number(int argument, String option) {
      return Arguments.longValue(
          context, argument, "ERR Invalid " + option + " option argument for XCLAIM");
    }

    private CommandException unknown(int at) {
      return new CommandException(
          "ERR Unrecognized XCLAIM option '" + Arguments.printed(context.request(), at) + "'");
    }
  }

  static void claim(CommandContext context) {
    ConsumerGroup group = Groups.find(context, 1, 2);
    if (group == null) {
      throw StreamArguments.noGroup(context, 1, 2, "");
    }
    long minIdle = minIdle(context, "XCLAIM");
    Request request = context.request();
    int behind = FIRST_ID;
    while (behind < request.argumentCount() && StreamArguments.idOrNull(request, behind) != null) {
      behind++;
    }
    StreamId[] ids = StreamArguments.ids(context, FIRST_ID, behind);
    Options options = new Options(context, behind);
    new ClaimCommands(context, group, options.justIds).claim(ids, minIdle, options);
  }

  private void claim(StreamId[] ids, long minIdle, Options options) {
    boolean changed = group.last().isBefore(options.last);
    if (changed) {
      group.last(options.last);
    }
    int claimed = 0;
    int begun = reply.beginDeferred();
    for (StreamId id : ids) {
      Pending pending = group.pending(id);
      if (!stream.contains(id)) {
        if (pending != null) {
          group.remove(pending);
          changed = true;
        }
      } else if (pending == null ? options.force : isIdle(pending, minIdle)) {
        take(id, pending, options.millis, deliveries(options, pending));
        claimed++;
        changed = true;
      }
    }
    reply.endArray(begun, claimed);
    if (changed) {
      group.store();
    }
  }

  private long deliveries(Options options, Pending pending) {
    if (options.deliveries >= 0) {
      return options.deliveries;
    }
    long before = pending == null ? 1 : pending.deliveries();
    return justIds ? before : before + 1;
  }

  private boolean isIdle(Pending pending, long minIdle) {
    return minIdle == 0 || now - pending.millis() >= minIdle;
  }

  /** Gives an entry, which is there, to the consumer, and answers with it. */
  private void take(StreamId id, Pending before, long millis, long deliveries) {
    if (consumer == null) {
      consumer = Groups.consumer(context, group, 3, now);
    }
    if (justIds) {
      reply.bulk(id.toString());
    } else {
      stream.visit(id, entries);
    }
    group.assign(before, new Pending(id, consumer.number(), millis, deliveries));
  }

  // XAUTOCLAIM

  static void autoClaim(CommandContext context) {
    long minIdle = minIdle(context, "XAUTOCLAIM");
    StreamId from = StreamArguments.from(context, FIRST_ID);
    Request request = context.request();
    long count = USUAL_COUNT;
    boolean justIds = false;
    int i = FIRST_OPTION;
    while (i < request.argumentCount()) {
      if (i + 1 < request.argumentCount() && request.equalsIgnoreCase(i, COUNT)) {
        count = wanted(context, i + 1);
        i += 2;
      } else if (request.equalsIgnoreCase(i, JUSTID)) {
        justIds = true;
        i++;
      } else {
        throw Errors.syntax();
      }
    }
    ConsumerGroup group = Groups.find(context, 1, 2);
    if (group == null) {
      throw StreamArguments.noGroup(context, 1, 2, "");
    }
    new ClaimCommands(context, group, justIds).autoClaim(from, minIdle, count);
  }

  private static long wanted(CommandContext context, int argument) {
    String error = "ERR COUNT must be > 0";
    long count = Arguments.longValue(context, argument, error);
    if (count < 1 || count > MOST_WANTED) {
      throw new CommandException(error);
    }
    return count;
  }

  private void autoClaim(StreamId from, long minIdle, long count) {
    Found found = new Found(minIdle, count);
    group.forEachPending(null, from, StreamId.MAX, found);
    reply.arrayHeader(3);
    reply.bulk(found.next.toString());
    reply.arrayHeader(found.taken.size());
    for (Pending each : found.taken) {
      take(each.id(), each, now, justIds ? each.deliveries() : each.deliveries() + 1);
    }
    reply.arrayHeader(found.deleted.size());
    for (Pending each : found.deleted) {
      group.remove(each);
      reply.bulk(each.id().toString());
    }
    if (!found.taken.isEmpty() || !found.deleted.isEmpty()) {
      group.store();
    }
  }

  /** Finds which entries are to be claimed, and those that are there no more. */
  private final class Found implements ConsumerGroup.PendingVisitor {
    private final long minIdle;
    private final List<Pending> taken = new ArrayList<>();
    private final List<Pending> deleted = new ArrayList<>();
    private long left;
    private long attempts;

    /** Where to go on; {@link StreamId#ZERO}: there is no more. */
    private StreamId next = StreamId.ZERO;

    private Found(long minIdle, long count) {
      this.minIdle = minIdle;
      this.left = count;
      this.attempts = ATTEMPTS * count;
    }

    @Override
    public boolean visit(Pending entry) {
      if (left == 0 || attempts == 0) {
        next = entry.id();
        return false;
      }
      attempts--;
      if (!stream.contains(entry.id())) {
        keep(deleted, entry);
      } else if (isIdle(entry, minIdle)) {
        keep(taken, entry);
      }
      return true;
    }

    private void keep(List<Pending> where, Pending entry) {
      context.keyspace().holdsBeside(PENDING_BYTES);
      where.add(entry);
      left--;
    }
  }
}

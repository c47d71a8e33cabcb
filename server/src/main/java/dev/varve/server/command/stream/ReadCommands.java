package dev.varve.server.command.stream;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.EventClass;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.datatype.stream.Consumer;
import dev.varve.server.datatype.stream.ConsumerGroup;
import dev.varve.server.datatype.stream.StreamId;
import dev.varve.server.datatype.stream.StreamValue;
import dev.varve.server.dispatch.Blocked;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** XREAD and XREADGROUP, which may wait for entries. */
final class ReadCommands {
  /** How many entries are answered of a stream that was waited for, if no number is asked for. */
  private static final long USUAL_OF_WAITING = 1000;

  private final CommandContext context;
  private final ReplySink reply;
  private final ReadArguments arguments;
  private final boolean ofGroup;

  /** Streams that there was something of. */
  private int answered;

  /** What the reply has begun with, once there is something. */
  private int begun;

  private ReadCommands(CommandContext context, boolean ofGroup) {
    this.context = context;
    this.reply = context.reply();
    this.arguments = ReadArguments.of(context, ofGroup);
    this.ofGroup = ofGroup;
  }

  static void read(CommandContext context) {
    new ReadCommands(context, false).run();
  }

  static void readGroup(CommandContext context) {
    new ReadCommands(context, true).run();
  }

  private void run() {
    if (context.waited() != null) {
      runAgain();
      return;
    }
    StreamId[] ids = ids();
    for (int i = 0; i < ids.length; i++) {
      serve(arguments.firstKey() + i, ids[i], arguments.count());
    }
    if (answered > 0) {
      end();
    } else if (arguments.timeoutMillis() != ReadArguments.NO_WAITING && context.mayBlock()) {
      throw wait(ids);
    } else {
      reply.nullArray();
    }
  }

  private void end() {
    if (isMap()) {
      reply.endMap(begun, answered);
    } else {
      reply.endArray(begun, answered);
    }
  }

  private boolean isMap() {
    return reply.version() != ProtocolVersion.RESP2;
  }

  // What is asked for

  /** The ids after which entries are wanted; {@link StreamId#MAX}: those new to the group. */
  private StreamId[] ids() {
    context.keyspace().holdsBeside((long) arguments.keys() * StreamArguments.ID_BYTES);
    StreamId[] ids = new StreamId[arguments.keys()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = id(arguments.firstKey() + i);
    }
    return ids;
  }

  private StreamId id(int key) {
    StreamValue stream = EntryCommands.findCounted(context, key);
    if (ofGroup && group(stream) == null) {
      throw StreamArguments.noGroup(
          context, key, arguments.groupArgument(), " in XREADGROUP with GROUP option");
    }
    int argument = arguments.idOf(key);
    Request request = context.request();
    if (request.argumentLength(argument) == 1) {
      switch (request.argumentBytes(argument)[0]) {
        case '$' -> {
          needNoGroup("$");
          return stream.generatedId();
        }
        case '+' -> {
          needNoGroup("+");
          return stream.count() == 0 ? stream.generatedId() : stream.lastId().previous();
        }
        case '>' -> {
          if (!ofGroup) {
            throw new CommandException(
                "ERR The > ID can be specified only when calling XREADGROUP using the GROUP"
                    + " <group> <consumer> option.");
          }
          return StreamId.MAX;
        }
        default -> {
          // A number.
        }
      }
    }
    return StreamArguments.id(context, argument);
  }

  private void needNoGroup(String id) {
    if (ofGroup) {
      throw new CommandException(
          "ERR The "
              + id
              + " ID is meaningless in the context of XREADGROUP: you want to read the history of"
              + " this consumer by specifying a proper ID, or use the > ID to get new messages."
              + " The "
              + id
              + " ID would just return an empty result set.");
    }
  }

  private ConsumerGroup group(StreamValue stream) {
    return stream.groups().find(context.request().argumentBytes(arguments.groupArgument()));
  }

  // Answering

  /** Answers with what there is of a stream, if there is something. */
  private void serve(int key, StreamId after, long count) {
    context.selectKey(key);
    StreamValue stream = context.stream();
    if (!stream.find()) {
      return;
    }
    if (!ofGroup) {
      if (!after.isBefore(stream.lastId())) {
        return;
      }
      answerKey(key);
      EntryReply entries = new EntryReply(reply, count == 0 ? Long.MAX_VALUE : count);
      int list = reply.beginDeferred();
      stream.forEach(after.next(), StreamId.MAX, false, entries);
      reply.endArray(list, entries.count());
      return;
    }
    ConsumerGroup group = group(stream);
    boolean isNew = after.equals(StreamId.MAX);
    if (isNew && !group.last().isBefore(stream.lastId())) {
      return;
    }
    answerKey(key);
    long now = context.keyspace().time().wallNow();
    Consumer consumer = Groups.consumer(context, group, arguments.groupArgument() + 1, now);
    if (isNew) {
      deliver(stream, group, consumer, count, now);
    } else {
      history(stream, group, consumer, after.next(), count, now);
    }
    group.store();
  }

  private void answerKey(int key) {
    if (answered++ == 0) {
      begun = reply.beginDeferred();
    }
    Request request = context.request();
    if (!isMap()) {
      reply.arrayHeader(2);
    }
    reply.bulk(request.buffer(), request.argumentOffset(key), request.argumentLength(key));
  }

  /** Answers with entries that the group wasn't given, which are the consumer's now. */
  private void deliver(
      StreamValue stream, ConsumerGroup group, Consumer consumer, long count, long now) {
    long left = count == 0 ? Long.MAX_VALUE : count;
    int delivered = 0;
    int list = reply.beginDeferred();
    List<StreamId> page = new ArrayList<>();
    long wanted;
    do {
      page.clear();
      wanted = Math.min(Groups.PAGE, left);
      EntryReply entries = new EntryReply(reply, wanted);
      stream.forEach(
          group.last().next(),
          StreamId.MAX,
          false,
          (id, segment, offset) -> {
            page.add(id);
            return entries.visit(id, segment, offset);
          });
      for (StreamId id : page) {
        stream.groups().advance(group, id);
        if (!arguments.noAck()) {
          group.deliver(id, consumer, now, 1);
        }
      }
      delivered += page.size();
      left -= page.size();
      context.keyspace().needTime(delivered);
    } while (page.size() == wanted && left > 0);
    reply.endArray(list, delivered);
  }

  /** Answers with what the consumer has pending; what of it is deleted is told by its id. */
  private void history(
      StreamValue stream,
      ConsumerGroup group,
      Consumer consumer,
      StreamId from,
      long count,
      long now) {
    int list = reply.beginDeferred();
    EntryReply entries = new EntryReply(reply, Long.MAX_VALUE);
    int[] told = {0};
    Groups.forEach(
        group,
        consumer,
        from,
        count == 0 ? Long.MAX_VALUE : count,
        each -> {
          if (stream.visit(each.id(), entries)) {
            group.deliver(each.id(), consumer, now, each.deliveries() + 1);
          } else {
            reply.arrayHeader(2);
            reply.bulk(each.id().toString());
            reply.nullArray();
          }
          context.keyspace().needTime(++told[0]);
        });
    reply.endArray(list, told[0]);
  }

  // Waiting

  private Blocked wait(StreamId[] ids) {
    int last = arguments.firstKey() + arguments.keys() - 1;
    Blocked blocked =
        context.block(
            arguments.firstKey(),
            last,
            arguments.timeoutMillis(),
            EventClass.STREAM,
            false,
            ReplySink::nullArray);
    return blocked.knowing(Arrays.asList(ids)).alsoIfGone(ofGroup);
  }

  /** A key that was waited for has been given a value, or has gone. */
  private void runAgain() {
    int key = context.readyArgument();
    context.selectKey(key);
    boolean isStream =
        context.keyspace().find() && context.keyspace().selected().type() == ValueType.STREAM;
    StreamId after = (StreamId) context.waited().known().get(key - arguments.firstKey());
    if (ofGroup) {
      checkStillThere(isStream);
    }
    if (isStream) {
      serve(key, after, arguments.count() == 0 ? USUAL_OF_WAITING : arguments.count());
    }
    if (answered == 0) {
      throw context.waited();
    }
    end();
  }

  private void checkStillThere(boolean isStream) {
    if (!isStream) {
      throw new CommandException("UNBLOCKED the stream key no longer exists");
    }
    StreamValue stream = context.stream();
    stream.find();
    if (group(stream) == null) {
      throw new CommandException(
          "NOGROUP the consumer group this client was blocked on no longer exists");
    }
  }
}

package dev.varve.server.command.stream;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.stream.StreamId;
import dev.varve.server.datatype.stream.StreamValue;
import dev.varve.server.datatype.stream.Trim;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.storage.base.Varint;

/** Commands on entries, as long as no group is concerned. */
final class EntryCommands {
  private static final byte[] COUNT = Arguments.word("COUNT");
  private static final byte[] ENTRIESADDED = Arguments.word("ENTRIESADDED");
  private static final byte[] MAXDELETEDID = Arguments.word("MAXDELETEDID");

  private EntryCommands() {}

  /** Looks the stream up that an argument is the key of, for a command that only reads. */
  static StreamValue findCounted(CommandContext context, int argument) {
    context.selectKey(argument);
    StreamValue stream = context.stream();
    stream.findCounted();
    return stream;
  }

  // Adding

  static void add(CommandContext context) {
    TrimArguments arguments = TrimArguments.of(context, true);
    Request request = context.request();
    int firstField = arguments.idArgument() + 1;
    int fields = request.argumentCount() - firstField;
    if (fields < 2 || fields % 2 == 1) {
      throw Errors.arity(context);
    }
    StreamArguments.Given given = arguments.id();
    if (given != null && given.isWhole() && given.id().isZero()) {
      throw new CommandException("ERR The ID specified in XADD must be greater than 0-0");
    }
    Arguments.selectKeyToWrite(context, 1);
    StreamValue stream = context.stream();
    if (!stream.find()) {
      if (arguments.onlyIfThere()) {
        context.reply().nullBulk();
        return;
      }
      stream.create();
    }
    StreamId id = nextId(context, stream.generatedId(), given);
    int at = stream.add(id, encodedLength(context, firstField));
    encode(request, firstField, context.keyspace().batchBytes(), at);
    Trim trim = arguments.trim();
    long trimmed = trim == null ? 0 : stream.trim(trim);
    stream.store();
    context.keyspace().happened(KeyEvent.XADD);
    if (trimmed > 0) {
      context.keyspace().happened(KeyEvent.XTRIM);
    }
    context.reply().bulk(id.toString());
  }

  private static StreamId nextId(
      CommandContext context, StreamId last, StreamArguments.Given given) {
    if (last.equals(StreamId.MAX)) {
      throw new CommandException(
          "ERR The stream has exhausted the last possible ID, unable to add more items");
    }
    StreamId id;
    if (given == null) {
      StreamId now = new StreamId(context.keyspace().time().wallNow(), 0);
      id = last.millis() == now.millis() || now.isBefore(last) ? last.next() : now;
    } else if (!given.isWhole() && given.id().millis() == last.millis()) {
      id = last.sequence() == StreamArguments.LAST_SEQUENCE ? last : last.next();
    } else {
      id = given.id();
    }
    if (!last.isBefore(id)) {
      throw new CommandException(
          "ERR The ID specified in XADD is equal or smaller than the target stream top item");
    }
    return id;
  }

  private static int encodedLength(CommandContext context, int firstField) {
    Request request = context.request();
    long length = Varint.length((request.argumentCount() - firstField) / 2);
    for (int i = firstField; i < request.argumentCount(); i++) {
      length += Varint.length(request.argumentLength(i)) + (long) request.argumentLength(i);
    }
    if (length > context.services().config().maxValueBytes()) {
      throw new CommandException("ERR Elements are too large to be stored");
    }
    return (int) length;
  }

  private static void encode(Request request, int firstField, byte[] target, int offset) {
    int at = Varint.put(target, offset, (request.argumentCount() - firstField) / 2);
    for (int i = firstField; i < request.argumentCount(); i++) {
      at = Varint.put(target, at, request.argumentLength(i));
      request.copyArgument(i, target, at);
      at += request.argumentLength(i);
    }
  }

  // Removing

  static void trim(CommandContext context) {
    Trim trim = TrimArguments.of(context, false).trim();
    context.selectKey(1);
    StreamValue stream = context.stream();
    long trimmed = stream.find() ? stream.trim(trim) : 0;
    if (trimmed > 0) {
      stream.store();
      context.keyspace().happened(KeyEvent.XTRIM);
    }
    context.reply().integer(trimmed);
  }

  static void delete(CommandContext context) {
    context.selectKey(1);
    StreamValue stream = context.stream();
    if (!stream.find()) {
      context.reply().integer(0);
      return;
    }
    long deleted = 0;
    for (StreamId id : StreamArguments.ids(context, 2, context.request().argumentCount())) {
      if (stream.delete(id)) {
        deleted++;
      }
    }
    if (deleted > 0) {
      stream.store();
      context.keyspace().happened(KeyEvent.XDEL);
    }
    context.reply().integer(deleted);
  }

  // Reading

  static void length(CommandContext context) {
    context.reply().integer(findCounted(context, 1).count());
  }

  static void range(CommandContext context) {
    answer(context, 2, 3, false);
  }

  static void reverseRange(CommandContext context) {
    answer(context, 3, 2, true);
  }

  private static void answer(CommandContext context, int start, int end, boolean backwards) {
    StreamId from = StreamArguments.from(context, start);
    StreamId to = StreamArguments.to(context, end);
    Request request = context.request();
    long count = Long.MAX_VALUE;
    for (int i = 4; i < request.argumentCount(); i += 2) {
      if (i + 1 == request.argumentCount() || !request.equalsIgnoreCase(i, COUNT)) {
        throw Errors.syntax();
      }
      count = Math.max(0, Arguments.longValue(context, i + 1));
    }
    context.selectKey(1);
    StreamValue stream = context.stream();
    ReplySink reply = context.reply();
    if (!stream.findCounted()) {
      reply.arrayHeader(0);
    } else if (count == 0) {
      reply.nullArray();
    } else if (reply.leavesAtOnce()) {
      long most = count;
      int[] there = {0};
      stream.forEach(from, to, backwards, (_, _, _) -> ++there[0] < most);
      reply.arrayHeader(there[0]);
      stream.forEach(from, to, backwards, new EntryReply(reply, count));
    } else {
      int begun = reply.beginDeferred();
      EntryReply entries = new EntryReply(reply, count);
      stream.forEach(from, to, backwards, entries);
      reply.endArray(begun, entries.count());
    }
  }

  static void setId(CommandContext context) {
    StreamId id = StreamArguments.id(context, 2);
    Request request = context.request();
    long added = -1;
    StreamId deleted = StreamId.ZERO;
    for (int i = 3; i < request.argumentCount(); i += 2) {
      boolean followed = i + 1 < request.argumentCount();
      if (followed && request.equalsIgnoreCase(i, ENTRIESADDED)) {
        added = Arguments.longValue(context, i + 1);
        if (added < 0) {
          throw new CommandException("ERR entries_added must be positive");
        }
      } else if (followed && request.equalsIgnoreCase(i, MAXDELETEDID)) {
        deleted = StreamArguments.id(context, i + 1);
        if (id.isBefore(deleted)) {
          throw new CommandException(
              "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
        }
      } else {
        throw Errors.syntax();
      }
    }
    context.selectKey(1);
    StreamValue stream = context.stream();
    if (!stream.find()) {
      throw new CommandException(Errors.NO_SUCH_KEY);
    }
    checkSetId(stream, id, added);
    stream.set(id, added, deleted);
    stream.store();
    context.keyspace().happened(KeyEvent.XSETID);
    context.reply().ok();
  }

  private static void checkSetId(StreamValue stream, StreamId id, long added) {
    if (stream.count() == 0) {
      return;
    }
    if (id.isBefore(stream.lastId())) {
      throw new CommandException(
          "ERR The ID specified in XSETID is smaller than the target stream top item");
    }
    if (added >= 0 && stream.count() > added) {
      throw new CommandException(
          "ERR The entries_added specified in XSETID is smaller than the target stream length");
    }
  }
}

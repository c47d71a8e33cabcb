package dev.varve.server.command.hash;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.DistinctNames;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.ScanOptions;
import dev.varve.server.datatype.collection.Draws;
import dev.varve.server.datatype.hash.HashValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Commands that answer with some of a hash's fields, whichever they are. */
final class HashWalkCommands {
  private static final byte[] WITHVALUES = Arguments.word("WITHVALUES");

  private HashWalkCommands() {}

  static void scan(CommandContext context) {
    long cursor = ScanOptions.cursor(context.request(), 2);
    HashValue hash = HashCommands.findCounted(context);
    if (hash.count() == 0) {
      beginPage(context.reply(), 0, 0);
      return;
    }
    ScanOptions options = ScanOptions.of(context, 3, ScanOptions.Also.NOVALUES);
    Page page = new Page(options);
    long next = hash.scan(cursor, options.count(), page);
    ReplySink reply = context.reply();
    beginPage(reply, next, page.size);
    if (page.held != null) {
      page.held.forEach(reply::bulk);
    } else {
      hash.scan(
          cursor,
          options.count(),
          (field, fieldOffset, fieldLength, value, valueOffset, valueLength) -> {
            if (options.matches(field, fieldOffset, fieldLength)) {
              reply.bulk(field, fieldOffset, fieldLength);
              reply.bulk(value, valueOffset, valueLength);
            }
          });
    }
  }

  private static void beginPage(ReplySink reply, long cursor, int size) {
    reply.arrayHeader(2);
    reply.bulk(cursor);
    reply.arrayHeader(size);
  }

  /** What a call finds: it is answered with after its cursor, which is known at its end. */
  private static final class Page implements HashValue.Visitor {
    /** Longer values aren't copied: they are gone through a second time. */
    private static final int LONG = 1 << 16;

    private final ScanOptions options;
    private int size;

    /** Null: there is a long one among them. */
    private List<byte[]> held = new ArrayList<>();

    Page(ScanOptions options) {
      this.options = options;
    }

    @Override
    public void visit(
        byte[] field,
        int fieldOffset,
        int fieldLength,
        MemorySegment value,
        long valueOffset,
        int valueLength) {
      if (!options.matches(field, fieldOffset, fieldLength)) {
        return;
      }
      size += options.noValues() ? 1 : 2;
      if (!options.noValues() && valueLength > LONG) {
        held = null;
      }
      if (held != null) {
        held.add(Arrays.copyOfRange(field, fieldOffset, fieldOffset + fieldLength));
        if (!options.noValues()) {
          held.add(copy(value, valueOffset, valueLength));
        }
      }
    }
  }

  private static byte[] copy(MemorySegment value, long offset, int length) {
    byte[] bytes = new byte[length];
    MemorySegment.copy(value, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
    return bytes;
  }

  static void random(CommandContext context) {
    Request request = context.request();
    if (request.argumentCount() > 2) {
      randomOfCount(context);
      return;
    }
    HashValue hash = HashCommands.findCounted(context);
    if (hash.count() == 0) {
      context.reply().nullBulk();
    } else {
      hash.random(
          (field, fieldOffset, fieldLength, _, _, _) ->
              context.reply().bulk(field, fieldOffset, fieldLength));
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
    boolean withValues = request.argumentCount() > 3;
    if (withValues && !isWithValues(request)) {
      throw Errors.syntax();
    }
    if (withValues && (count < -(Long.MAX_VALUE / 2) || count > Long.MAX_VALUE / 2)) {
      throw new CommandException("ERR value is out of range");
    }
    HashValue hash = HashCommands.findCounted(context);
    if (hash.count() == 0 || count == 0) {
      context.reply().arrayHeader(0);
      return;
    }
    // Each is looked for among some, or all are gone through.
    context.keyspace().needTime(count < 0 ? -count : Math.min(hash.count(), count));
    Answer answer = new Answer(context.reply(), withValues);
    if (count < 0) {
      answer.begin(-count);
      hash.random(-count, answer);
    } else {
      randomDifferent(context, hash, Math.min(count, hash.count()), answer);
    }
  }

  private static boolean isWithValues(Request request) {
    return request.argumentCount() == 4 && request.equalsIgnoreCase(3, WITHVALUES);
  }

  private static void randomDifferent(
      CommandContext context, HashValue hash, long wanted, Answer answer) {
    answer.begin(wanted);
    if (wanted == hash.count()) {
      hash.forEach(answer);
    } else if (hash.isPacked() || Draws.isWalkOfDifferent(hash.count(), wanted)) {
      context.keyspace().needTime(hash.count());
      hash.sample(wanted, answer);
    } else {
      DistinctNames before = new DistinctNames(context.keyspace(), wanted);
      while (before.size() < wanted) {
        hash.random(
            (field, fieldOffset, fieldLength, value, valueOffset, valueLength) -> {
              if (before.add(field, fieldOffset, fieldLength)) {
                answer.visit(field, fieldOffset, fieldLength, value, valueOffset, valueLength);
              }
            });
      }
    }
  }

  /** Answers with fields one by one. */
  private record Answer(ReplySink reply, boolean withValues) implements HashValue.Visitor {
    /** Pairs are arrays where there are nested ones. */
    private boolean nests() {
      return withValues && reply.version() == ProtocolVersion.RESP3;
    }

    void begin(long fields) {
      long values = withValues && !nests() ? 2 * fields : fields;
      if (values > Integer.MAX_VALUE) {
        throw new CommandException("ERR value is out of range");
      }
      reply.arrayHeader((int) values);
    }

    @Override
    public void visit(
        byte[] field,
        int fieldOffset,
        int fieldLength,
        MemorySegment value,
        long valueOffset,
        int valueLength) {
      if (nests()) {
        reply.arrayHeader(2);
      }
      reply.bulk(field, fieldOffset, fieldLength);
      if (withValues) {
        reply.bulk(value, valueOffset, valueLength);
      }
    }
  }
}

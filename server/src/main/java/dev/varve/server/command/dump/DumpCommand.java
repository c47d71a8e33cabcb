package dev.varve.server.command.dump;

import dev.varve.protocol.DecimalLong;
import dev.varve.protocol.DoubleFormat;
import dev.varve.server.datatype.CommandMemory;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.hash.HashValue;
import dev.varve.server.datatype.list.ListValue;
import dev.varve.server.datatype.set.SetValue;
import dev.varve.server.datatype.string.StringValue;
import dev.varve.server.datatype.zset.SortedSetValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.rdb.RdbOutput;
import dev.varve.server.rdb.StreamWriter;
import dev.varve.server.rdb.ValueVisitor;
import dev.varve.server.rdb.ValueWriter;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** DUMP: a value in Redis's format. Snapshots have their values written by it, too. */
final class DumpCommand {
  private static final String LISTPACK = "listpack";
  private static final String INTSET = "intset";

  /** More members of a set are written as strings: numbers would have to be sorted. */
  private static final int MOST_INTEGERS = 65_536;

  /** A stream of no more entries is kept until its nodes are counted. */
  private static final int MOST_KEPT_ENTRIES = 128;

  /** Scores of so much may be kept as integers. */
  private static final double LARGEST_INTEGER = 0x1p62;

  private final CommandContext context;
  private final Keyspace keyspace;
  private final ValueWriter writer;

  /** Whether nothing is to be written that the writer can't hand on before it is whole. */
  private final boolean streams;

  /** Makes what writes values of the selected key. */
  DumpCommand(CommandContext context, ValueWriter writer, boolean streams) {
    this.context = context;
    this.keyspace = context.keyspace();
    this.writer = writer;
    this.streams = streams;
  }

  static void run(CommandContext context) {
    context.selectKey(1);
    if (!context.keyspace().findCounted()) {
      context.reply().nullBulk();
      return;
    }
    RdbOutput payload = payload(context);
    if (payload == null) {
      context.reply().nullBulk();
    } else {
      context.reply().bulk(payload.bytes(), 0, payload.length());
    }
  }

  /**
   * Returns what the selected key, which was found, holds; null if it has no elements that are
   * alive.
   *
   * @throws CommandException if it is more than a reply may have
   */
  static RdbOutput payload(CommandContext context) {
    long most = context.services().config().maxReplyBytes();
    RdbOutput out =
        new RdbOutput(
            bytes -> {
              if (bytes > most) {
                throw new CommandException(CommandMemory.REFUSAL);
              }
            });
    ValueWriter writer = new ValueWriter(out);
    if (!new DumpCommand(context, writer, false).write()) {
      return null;
    }
    writer.endPayload();
    return out;
  }

  /**
   * Writes the value, which has been found, but for its end; returns false, and has written
   * nothing, if it has no elements that are alive.
   */
  boolean write() {
    switch (keyspace.selected().type()) {
      case STRING -> string();
      case LIST -> list();
      case SET -> set();
      case SORTED_SET -> sortedSet();
      case HASH -> {
        if (!hash()) {
          return false;
        }
      }
      case STREAM -> stream();
    }
    return true;
  }

  private void string() {
    StringValue string = context.string();
    string.found();
    if (!string.isChunked()) {
      writer.string(
          keyspace.selected().valueSegment(), keyspace.selected().valueOffset(), string.length());
      return;
    }
    writer.beginString(string.length());
    string.forEach(
        0,
        string.length(),
        new StringValue.Pieces() {
          @Override
          public boolean bytes(MemorySegment segment, long offset, int length) {
            writer.piece(segment, offset, length);
            return true;
          }

          @Override
          public boolean zeros(int length) {
            writer.zeros(length);
            return true;
          }
        });
  }

  /** Dumps a stream. If it is large its nodes are counted first, so that none has to be kept. */
  private void stream() {
    context.stream().find();
    long nodes = StreamWriter.UNKNOWN;
    if (streams && context.stream().count() > MOST_KEPT_ENTRIES) {
      RdbOutput nowhere = new RdbOutput((_, _, _) -> {});
      StreamWriter counter = new ValueWriter(nowhere).stream(0);
      new StreamDump(context, counter).writeNodes();
      nodes = counter.nodes();
    }
    new StreamDump(context, writer.stream(nodes)).write();
  }

  private void list() {
    ListValue list = context.list();
    list.find();
    keyspace.needTime(list.count());
    if (streams) {
      writer.beginLongList(list.count());
    } else {
      writer.beginList();
    }
    list.forEach(
        0,
        list.count(),
        (segment, offset, length) -> {
          writer.element(segment, offset, length);
          return true;
        });
  }

  private void set() {
    boolean integers = keyspace.selected().encodingName().equals(INTSET);
    SetValue set = context.set();
    set.find();
    long count = set.count();
    keyspace.needTime(count);
    if (integers && count <= MOST_INTEGERS) {
      integers(set);
      return;
    }
    writer.beginSet(count);
    set.forEach(
        (bytes, offset, length) -> writer.member(MemorySegment.ofArray(bytes), offset, length));
  }

  private void integers(SetValue set) {
    long[] members = new long[(int) set.count()];
    int[] count = {0};
    set.forEach(
        (bytes, offset, length) -> members[count[0]++] = DecimalLong.parse(bytes, offset, length));
    Arrays.sort(members);
    writer.beginIntegers(members.length, members[0], members[members.length - 1]);
    for (long member : members) {
      writer.integer(member);
    }
  }

  private void sortedSet() {
    SortedSetValue set = context.sortedSet();
    set.find();
    long count = set.count();
    keyspace.needTime(count);
    boolean small = set.isListpack();
    writer.beginSortedSet(small, count);
    // As Redis: a large one from its end on, so that each is put in front of those before.
    set.ranges()
        .forEach(
            0,
            !small,
            count,
            (bytes, offset, length, score) ->
                writer.scored(
                    MemorySegment.ofArray(bytes),
                    offset,
                    length,
                    score,
                    small ? text(score) : null));
  }

  /** As Redis keeps it in a listpack: there an integer is one, whatever ZSCORE would answer. */
  private static String text(double score) {
    boolean integer = Math.abs(score) <= LARGEST_INTEGER && score == Math.rint(score);
    return integer ? Long.toString((long) score) : DoubleFormat.format(score);
  }

  private boolean hash() {
    boolean small = keyspace.selected().encodingName().equals(LISTPACK);
    HashValue hash = context.hash();
    hash.find();
    keyspace.needTime(hash.storedCount());
    long count = hash.count();
    if (count == 0) {
      return false;
    }
    long earliest = keyspace.selected().hasFirstDeadlines() ? earliest(hash) : Long.MAX_VALUE;
    if (earliest != Long.MAX_VALUE) {
      writer.beginExpiringHash(count, earliest);
    } else {
      writer.beginHash(small, count);
    }
    hash.forEach(
        (field, fieldOffset, fieldLength, value, valueOffset, valueLength) -> {
          writer.field(MemorySegment.ofArray(field), fieldOffset, fieldLength, date(hash));
          writer.value(value, valueOffset, valueLength);
        });
    return true;
  }

  /** The first of the dates at which fields expire; {@link Long#MAX_VALUE} if none does. */
  private long earliest(HashValue hash) {
    long[] earliest = {Long.MAX_VALUE};
    hash.forEach(
        (_, _, _, _, _, _) -> {
          long date = date(hash);
          if (date != ValueVisitor.NO_DEADLINE) {
            earliest[0] = Math.min(earliest[0], date);
          }
        });
    return earliest[0];
  }

  private long date(HashValue hash) {
    long deadline = hash.fieldDeadline();
    return deadline == KeyLayout.NO_DEADLINE
        ? ValueVisitor.NO_DEADLINE
        : keyspace.time().dateOf(deadline);
  }
}

package dev.varve.server.command.list;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.list.ListValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.LongPredicate;

/** Commands that look for elements by going through a list. */
final class SearchCommands {
  private static final byte[] BEFORE = Arguments.word("BEFORE");
  private static final byte[] AFTER = Arguments.word("AFTER");
  private static final byte[] RANK = Arguments.word("RANK");
  private static final byte[] COUNT = Arguments.word("COUNT");
  private static final byte[] MAXLEN = Arguments.word("MAXLEN");

  /**
   * How many elements are gone through together, from left to right also in a search from right.
   */
  private static final int TOGETHER = 1024;

  private SearchCommands() {}

  /**
   * Hands the indexes of elements that are the same bytes as an argument to {@code visitor}, until
   * that wants no more.
   *
   * @param most how many elements are gone through at most
   */
  private static void search(
      CommandContext context, int argument, boolean fromRight, long most, LongPredicate visitor) {
    ListValue list = context.list();
    MemorySegment sought = MemorySegment.ofArray(context.request().argumentBytes(argument));
    long count = list.count();
    long end = Math.min(count, most);
    long[] found = new long[TOGETHER];
    for (long done = 0; done < end; ) {
      context.keyspace().needTime(done);
      int together = (int) Math.min(TOGETHER, end - done);
      long from = fromRight ? count - done - together : done;
      int number = search(list, sought, from, from + together, found);
      for (int i = 0; i < number; i++) {
        if (!visitor.test(found[fromRight ? number - 1 - i : i])) {
          return;
        }
      }
      done += together;
    }
  }

  private static int search(
      ListValue list, MemorySegment sought, long from, long to, long[] found) {
    long[] index = {from};
    int[] number = {0};
    list.forEach(
        from,
        to,
        (segment, offset, length) -> {
          if (length == sought.byteSize()
              && MemorySegment.mismatch(segment, offset, offset + length, sought, 0, length) < 0) {
            found[number[0]++] = index[0];
          }
          index[0]++;
          return true;
        });
    return number[0];
  }

  static void insert(CommandContext context) {
    Request request = context.request();
    boolean after = request.equalsIgnoreCase(2, AFTER);
    if (!after && !request.equalsIgnoreCase(2, BEFORE)) {
      throw Errors.syntax();
    }
    context.selectKey(1);
    ListValue list = context.list();
    if (!list.find()) {
      context.reply().integer(0);
      return;
    }
    long[] pivot = {-1};
    search(
        context,
        3,
        false,
        Long.MAX_VALUE,
        index -> {
          pivot[0] = index;
          return false;
        });
    if (pivot[0] < 0) {
      context.reply().integer(-1);
      return;
    }
    EndCommands.select(context, list, 4);
    list.insert(after ? pivot[0] + 1 : pivot[0]);
    list.store();
    context.keyspace().happened(KeyEvent.LINSERT);
    context.reply().integer(list.count());
  }

  /** Indexes, in the order in which they were found. */
  private static final class Indexes {
    private long[] indexes = new long[16];
    private int number;

    void add(CommandContext context, long index) {
      if (number == indexes.length) {
        context.keyspace().holdsBeside((long) number * Long.BYTES);
        indexes = Arrays.copyOf(indexes, 2 * number);
      }
      indexes[number++] = index;
    }

    void reverse() {
      for (int i = 0; i < number / 2; i++) {
        long first = indexes[i];
        indexes[i] = indexes[number - 1 - i];
        indexes[number - 1 - i] = first;
      }
    }
  }

  static void remove(CommandContext context) {
    long count = Arguments.longValue(context, 2);
    context.selectKey(1);
    ListValue list = context.list();
    list.find();
    Indexes found = new Indexes();
    search(
        context,
        3,
        count < 0,
        Long.MAX_VALUE,
        index -> {
          found.add(context, index);
          return found.number != Math.abs(count);
        });
    if (found.number > 0) {
      if (count < 0) {
        found.reverse();
      }
      list.remove(found.indexes, found.number);
      EndCommands.storeLess(context, list, KeyEvent.LREM);
    }
    context.reply().integer(found.number);
  }

  /**
   * The options of LPOS.
   *
   * @param rank of the first match that is answered with; negative: counted from the right
   * @param count how many are; 0: all; -1: one, and not in an array
   * @param most how many elements are gone through; 0: all
   */
  private record PositionOptions(long rank, long count, long most) {
    static PositionOptions of(CommandContext context) {
      Request request = context.request();
      long rank = 1;
      long count = -1;
      long most = 0;
      for (int i = 3; i < request.argumentCount(); i += 2) {
        if (i + 1 == request.argumentCount()) {
          throw Errors.syntax();
        }
        if (request.equalsIgnoreCase(i, RANK)) {
          rank = rank(context, i + 1);
        } else if (request.equalsIgnoreCase(i, COUNT)) {
          count = notNegative(context, i + 1, "ERR COUNT can't be negative");
        } else if (request.equalsIgnoreCase(i, MAXLEN)) {
          most = notNegative(context, i + 1, "ERR MAXLEN can't be negative");
        } else {
          throw Errors.syntax();
        }
      }
      return new PositionOptions(rank, count, most);
    }

    private static long rank(CommandContext context, int argument) {
      long rank = Arguments.longValue(context, argument);
      if (rank == Long.MIN_VALUE) {
        // As in Redis 7.2; 7.0 takes it for a rank that all matches have.
        throw new CommandException(
            "ERR value is out of range, value must between "
                + -Long.MAX_VALUE
                + " and "
                + Long.MAX_VALUE);
      }
      if (rank == 0) {
        throw new CommandException(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or"
                + " use negative to start from the end of the list");
      }
      return rank;
    }

    private static long notNegative(CommandContext context, int argument, String error) {
      long value = Arguments.longValue(context, argument, error);
      if (value < 0) {
        throw new CommandException(error);
      }
      return value;
    }
  }

  static void position(CommandContext context) {
    PositionOptions options = PositionOptions.of(context);
    context.selectKey(1);
    context.list().findCounted();
    ReplySink reply = context.reply();
    if (options.count() < 0) {
      long[] found = {-1};
      positions(
          context,
          options,
          index -> {
            found[0] = index;
            return false;
          });
      if (found[0] < 0) {
        reply.nullBulk();
      } else {
        reply.integer(found[0]);
      }
      return;
    }
    int[] number = {0};
    int begun = reply.beginDeferred();
    positions(
        context,
        options,
        index -> {
          reply.integer(index);
          return ++number[0] != options.count();
        });
    reply.endArray(begun, number[0]);
  }

  private static void positions(
      CommandContext context, PositionOptions options, LongPredicate visitor) {
    long most = options.most() == 0 ? Long.MAX_VALUE : options.most();
    long[] passed = {Math.abs(options.rank())};
    search(context, 2, options.rank() < 0, most, index -> --passed[0] > 0 || visitor.test(index));
  }
}

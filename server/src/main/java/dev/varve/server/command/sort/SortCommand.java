package dev.varve.server.command.sort;

import dev.varve.protocol.ReplySink;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.DoubleText;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.WrongTypeException;
import dev.varve.server.datatype.list.ListValue;
import dev.varve.server.datatype.set.SetValue;
import dev.varve.server.datatype.zset.SortedSetValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/** SORT and SORT_RO: all that is sorted is on the heap meanwhile, and counted. */
final class SortCommand {
  private static final byte[] NOTHING = {};

  /** What C's {@code strtod} passes over. */
  private static final Pattern BLANKS = Pattern.compile("^[ \t-\r]+");

  /** Heap that something sorted takes beside its bytes. */
  private static final int SORTED_BYTES = 88;

  private static final Comparator<Sorted> BY_NUMBER =
      Comparator.comparingDouble(Sorted::numberToCompare)
          .thenComparing(Sorted::element, Arrays::compareUnsigned);

  private static final Comparator<Sorted> BY_TEXT =
      Comparator.comparing(
          Sorted::text, Comparator.nullsFirst((one, other) -> Arrays.compareUnsigned(one, other)));

  /**
   * An element, and what it is sorted by.
   *
   * @param text null: there is none, or it is sorted by a number
   */
  private record Sorted(byte[] element, double number, byte[] text) {
    /** So that -0 is 0. */
    double numberToCompare() {
      return number + 0.0;
    }
  }

  private final CommandContext context;
  private final SortOptions options;

  private final boolean writes;

  private SortCommand(CommandContext context, boolean writes) {
    this.context = context;
    this.options = SortOptions.of(context, writes);
    this.writes = writes;
  }

  static void sort(CommandContext context) {
    new SortCommand(context, true).run();
  }

  static void sortReadOnly(CommandContext context) {
    new SortCommand(context, false).run();
  }

  private void run() {
    List<byte[]> elements = elements();
    List<byte[]> sorted = options.unsorted ? elements : sorted(elements);
    if (options.store > 0) {
      store(results(sorted));
    } else {
      answer(sorted);
    }
  }

  private void answer(List<byte[]> sorted) {
    ReplySink reply = context.reply();
    if (options.get.isEmpty()) {
      reply.arrayHeader(sorted.size());
      sorted.forEach(reply::bulk);
      return;
    }
    reply.arrayHeader(Math.multiplyExact(options.get.size(), sorted.size()));
    for (byte[] element : sorted) {
      for (SortPattern pattern : options.get) {
        pattern.answer(context, element);
      }
    }
  }

  private void holds(long bytes) {
    context.keyspace().holdsBeside(bytes);
  }

  // What is sorted

  /** The elements in their order, no more than are wanted, if that is known before. */
  private List<byte[]> elements() {
    context.selectKey(1);
    Keyspace keyspace = context.keyspace();
    if (!keyspace.findCounted()) {
      return List.of();
    }
    return switch (keyspace.selected().type()) {
      case LIST -> ofList();
      case SET -> ofSet();
      case SORTED_SET -> ofSortedSet();
      default -> throw new WrongTypeException();
    };
  }

  private List<byte[]> ofSortedSet() {
    SortedSetValue set = context.sortedSet();
    set.find();
    int size = Math.toIntExact(set.count());
    int from = options.unsorted ? options.from(size) : 0;
    int wanted = options.unsorted ? Math.max(0, options.to(size) - from) : size;
    List<byte[]> elements = begin(wanted);
    if (wanted > 0) {
      set.ranges()
          .forEach(
              from,
              options.unsorted && options.descending,
              wanted,
              (bytes, offset, length, _) -> {
                holds(length);
                elements.add(Arrays.copyOfRange(bytes, offset, offset + length));
              });
    }
    return elements;
  }

  private List<byte[]> ofList() {
    ListValue list = context.list();
    list.find();
    int size = Math.toIntExact(list.count());
    int from = 0;
    int to = size;
    if (options.unsorted) {
      from = options.descending ? size - options.to(size) : options.from(size);
      to = options.descending ? size - options.from(size) : options.to(size);
    }
    List<byte[]> elements = begin(Math.max(0, to - from));
    if (from < to) {
      list.forEach(
          from,
          to,
          (segment, offset, length) -> {
            holds(length);
            elements.add(SortPattern.copy(segment, offset, length));
            return true;
          });
    }
    if (options.unsorted && options.descending) {
      Collections.reverse(elements);
    }
    return elements;
  }

  private List<byte[]> ofSet() {
    SetValue set = context.set();
    set.find();
    if (options.unsorted && (options.store > 0 || context.isWithinScript())) {
      // What is stored, or a script does, shall not depend on how a set lies.
      options.unsorted = false;
      options.alphabetic = true;
      options.by = null;
    }
    List<byte[]> elements = begin(Math.toIntExact(set.count()));
    set.forEach(
        (bytes, offset, length) -> {
          holds(length);
          elements.add(Arrays.copyOfRange(bytes, offset, offset + length));
        });
    return options.unsorted ? limited(elements) : elements;
  }

  private List<byte[]> begin(int size) {
    context.keyspace().needTime((1L + options.get.size() + (options.by == null ? 0 : 1)) * size);
    holds((long) SORTED_BYTES * size);
    return new ArrayList<>(size);
  }

  private <T> List<T> limited(List<T> all) {
    int from = options.from(all.size());
    return all.subList(from, Math.max(from, options.to(all.size())));
  }

  // Sorting

  private List<byte[]> results(List<byte[]> sorted) {
    if (options.get.isEmpty()) {
      return sorted;
    }
    holds((long) SORTED_BYTES * options.get.size() * sorted.size());
    List<byte[]> results = new ArrayList<>(options.get.size() * sorted.size());
    for (byte[] element : sorted) {
      for (SortPattern pattern : options.get) {
        results.add(pattern.find(context, element));
      }
    }
    return results;
  }

  private List<byte[]> sorted(List<byte[]> elements) {
    List<Sorted> all = new ArrayList<>(elements.size());
    for (byte[] element : elements) {
      all.add(weighed(element));
    }
    for (Sorted each : all) {
      if (Double.isNaN(each.number())) {
        throw new CommandException("ERR One or more scores can't be converted into double");
      }
    }
    Comparator<Sorted> order = options.alphabetic ? BY_TEXT : BY_NUMBER;
    all.sort(options.descending ? order.reversed() : order);
    List<byte[]> sorted = new ArrayList<>();
    for (Sorted each : limited(all)) {
      sorted.add(each.element());
    }
    return sorted;
  }

  private Sorted weighed(byte[] element) {
    byte[] weight = options.by == null ? element : options.by.find(context, element);
    if (weight != null && options.by != null && !writes) {
      holds(weight.length);
    }
    if (options.alphabetic) {
      return new Sorted(element, 0, weight);
    }
    return new Sorted(element, weight == null ? 0 : number(weight), null);
  }

  /** The number that is spelt up to the first zero byte; NaN if none is. Nothing is 0. */
  private static double number(byte[] weight) {
    String text = new String(weight, StandardCharsets.ISO_8859_1);
    int end = text.indexOf('\0');
    String whole = end < 0 ? text : text.substring(0, end);
    return whole.isEmpty() ? 0 : DoubleText.parse(BLANKS.matcher(whole).replaceFirst(""));
  }

  // Storing

  private void store(List<byte[]> results) {
    Arguments.selectKeyToWrite(context, options.store);
    Keyspace keyspace = context.keyspace();
    boolean overwrites = keyspace.find();
    if (!results.isEmpty()) {
      ListValue list = context.list();
      list.begin();
      for (byte[] result : results) {
        byte[] element = result == null ? NOTHING : result;
        list.select(Unpooled.wrappedBuffer(element), 0, element.length);
        list.push(false);
      }
      list.store();
      keyspace.happened(KeyEvent.SORTSTORE);
    } else if (overwrites) {
      keyspace.delete();
      keyspace.happened(KeyEvent.DEL);
    }
    context.reply().integer(results.size());
  }
}

package dev.varve.server.rdb;

import java.util.function.Function;

/**
 * Reads a value, of whatever version up to RDB 12. What isn't as it should be is refused: lengths,
 * counts, order, members that are there twice. Not thread-safe.
 */
public final class ValueReader {
  /** A list's node is plain if it is one element, and packed if it has several. */
  private static final int PLAIN_NODE = 1;

  private static final int PACKED_NODE = 2;

  /** Lengths of a score's text that say what it is. */
  private static final int NOT_A_NUMBER = 253;

  private static final int INFINITY = 254;
  private static final int NEGATIVE_INFINITY = 255;

  private final RdbInput in;
  private final ValueVisitor visitor;
  private final RdbString blob = new RdbString();
  private final RdbString one = new RdbString();
  private final RdbString other = new RdbString();
  private final RdbString third = new RdbString();

  private ValueReader(RdbInput in, ValueVisitor visitor) {
    this.in = in;
    this.visitor = visitor;
  }

  /**
   * Reads a value that its type stands in front of.
   *
   * @throws BadFormatException if it is none, or of a type that isn't read
   */
  public static void read(RdbInput in, ValueVisitor visitor) {
    new ValueReader(in, visitor).read(in.u8());
  }

  /**
   * As {@link #read(RdbInput, ValueVisitor)}, of a type that was read before.
   *
   * @throws BadFormatException if it is none, or of a type that isn't read
   */
  static void read(int type, RdbInput in, ValueVisitor visitor) {
    new ValueReader(in, visitor).read(type);
  }

  private void read(int type) {
    switch (type) {
      case RdbType.STRING -> {
        in.string(one);
        visitor.string(one);
      }
      case RdbType.LIST -> list();
      case RdbType.LIST_ZIPLIST -> packedList(ZiplistEntries::new);
      case RdbType.LIST_QUICKLIST -> nodes(false);
      case RdbType.LIST_QUICKLIST_2 -> nodes(true);
      case RdbType.STREAM_LISTPACKS, RdbType.STREAM_LISTPACKS_2, RdbType.STREAM_LISTPACKS_3 ->
          new StreamReader(in, type, visitor.stream()).read();
      case RdbType.SET -> set();
      case RdbType.SET_INTSET -> packedSet(IntsetEntries::new);
      case RdbType.SET_LISTPACK -> packedSet(ListpackEntries::new);
      case RdbType.SORTED_SET -> sortedSet(false);
      case RdbType.SORTED_SET_2 -> sortedSet(true);
      case RdbType.SORTED_SET_ZIPLIST -> packedSortedSet(ZiplistEntries::new);
      case RdbType.SORTED_SET_LISTPACK -> packedSortedSet(ListpackEntries::new);
      case RdbType.HASH -> hash(false);
      case RdbType.HASH_DEADLINES -> hash(true);
      case RdbType.HASH_ZIPMAP -> packedHash(ZipmapEntries::new, false);
      case RdbType.HASH_ZIPLIST -> packedHash(ZiplistEntries::new, false);
      case RdbType.HASH_LISTPACK -> packedHash(ListpackEntries::new, false);
      case RdbType.HASH_LISTPACK_DEADLINES -> {
        in.i64();
        packedHash(ListpackEntries::new, true);
      }
      default -> throw new BadFormatException("a value of a type that isn't read");
    }
  }

  /** Reads how many there are; of nothing there is no value. */
  private long count() {
    long count = in.length();
    checkNotEmpty(count > 0);
    return count;
  }

  private static void checkNotEmpty(boolean any) {
    if (!any) {
      throw new BadFormatException("a value without elements");
    }
  }

  private static void checkNew(boolean isNew) {
    if (!isNew) {
      throw new BadFormatException("an element that is there twice");
    }
  }

  private PackedEntries entries(Function<RdbString, PackedEntries> form) {
    in.string(blob);
    return form.apply(blob);
  }

  private static void need(PackedEntries entries, RdbString target) {
    if (!entries.next(target)) {
      throw new BadFormatException("a pair without its second part");
    }
  }

  // Lists

  private void list() {
    long count = count();
    visitor.beginList();
    for (long i = 0; i < count; i++) {
      in.string(one);
      visitor.element(one);
    }
  }

  private void packedList(Function<RdbString, PackedEntries> form) {
    visitor.beginList();
    checkNotEmpty(elements(entries(form)));
  }

  /** Hands out elements; returns whether there was one. */
  private boolean elements(PackedEntries entries) {
    boolean any = false;
    while (entries.next(one)) {
      visitor.element(one);
      any = true;
    }
    return any;
  }

  /** Reads a list of nodes; empty ones are passed over, as Redis does. */
  private void nodes(boolean listpacks) {
    long count = count();
    visitor.beginList();
    boolean any = false;
    for (long i = 0; i < count; i++) {
      long kind = listpacks ? in.length() : PACKED_NODE;
      if (kind == PLAIN_NODE) {
        in.string(one);
        visitor.element(one);
        any = true;
      } else if (kind == PACKED_NODE) {
        any |= elements(entries(listpacks ? ListpackEntries::new : ZiplistEntries::new));
      } else {
        throw new BadFormatException("a node of a list that is none");
      }
    }
    checkNotEmpty(any);
  }

  // Sets

  private void set() {
    long count = count();
    visitor.beginSet();
    for (long i = 0; i < count; i++) {
      in.string(one);
      checkNew(visitor.member(one));
    }
  }

  private void packedSet(Function<RdbString, PackedEntries> form) {
    PackedEntries entries = entries(form);
    visitor.beginSet();
    boolean any = false;
    while (entries.next(one)) {
      checkNew(visitor.member(one));
      any = true;
    }
    checkNotEmpty(any);
  }

  // Sorted sets

  private void sortedSet(boolean binary) {
    long count = count();
    visitor.beginSortedSet();
    for (long i = 0; i < count; i++) {
      in.string(one);
      member(binary ? Double.longBitsToDouble(in.i64()) : textScore());
    }
  }

  private void member(double score) {
    if (Double.isNaN(score)) {
      throw new BadFormatException("a score that is none");
    }
    checkNew(visitor.member(one, score));
  }

  private double textScore() {
    int length = in.u8();
    return switch (length) {
      case NOT_A_NUMBER -> Double.NaN;
      case INFINITY -> Double.POSITIVE_INFINITY;
      case NEGATIVE_INFINITY -> Double.NEGATIVE_INFINITY;
      default -> {
        in.slice(length, other);
        yield score(other);
      }
    };
  }

  private void packedSortedSet(Function<RdbString, PackedEntries> form) {
    PackedEntries entries = entries(form);
    visitor.beginSortedSet();
    boolean any = false;
    while (entries.next(one)) {
      need(entries, other);
      member(score(other));
      any = true;
    }
    checkNotEmpty(any);
  }

  private static double score(RdbString string) {
    String text = string.text();
    return switch (text) {
      case "inf", "+inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      default -> {
        // Java would take more than C writes.
        if (!text.matches("[-+]?[0-9.]+([eE][-+]?[0-9]+)?")) {
          yield Double.NaN;
        }
        try {
          yield Double.parseDouble(text);
        } catch (NumberFormatException e) {
          throw new BadFormatException("a score that is none");
        }
      }
    };
  }

  // Hashes

  private void hash(boolean deadlines) {
    long earliest = deadlines ? in.i64() : 0;
    long count = count();
    visitor.beginHash();
    for (long i = 0; i < count; i++) {
      long behind = deadlines ? in.length() : 0;
      in.string(one);
      in.string(other);
      field(behind == 0 ? ValueVisitor.NO_DEADLINE : earliest + behind - 1);
    }
  }

  private void packedHash(Function<RdbString, PackedEntries> form, boolean deadlines) {
    PackedEntries entries = entries(form);
    visitor.beginHash();
    boolean any = false;
    while (entries.next(one)) {
      need(entries, other);
      long deadline = ValueVisitor.NO_DEADLINE;
      if (deadlines) {
        need(entries, third);
        deadline = date(third);
      }
      field(deadline);
      any = true;
    }
    checkNotEmpty(any);
  }

  private static long date(RdbString string) {
    if (!string.isLong()) {
      throw new BadFormatException("a deadline that is none");
    }
    return Long.parseLong(string.text());
  }

  private void field(long deadline) {
    if (deadline < 0) {
      throw new BadFormatException("a deadline that is none");
    }
    checkNew(visitor.field(one, other, deadline));
  }
}

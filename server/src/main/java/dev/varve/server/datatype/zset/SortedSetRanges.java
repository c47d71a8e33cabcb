package dev.varve.server.datatype.zset;

import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.collection.CollectionLimits;
import dev.varve.server.datatype.collection.ScoredVisitor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * What goes by the order of the members of a {@link SortedSetValue} that was found: ranges of
 * scores, strings and ranks. Not thread-safe.
 */
public final class SortedSetRanges {
  private final Keyspace keyspace;
  private final SortedSetValue set;
  private final PackedScores packed;
  private final ScoreOrder order;
  private final OrderEnds ends;
  private final RankTree ranks;
  private final CollectionLimits limits;

  SortedSetRanges(
      Keyspace keyspace,
      SortedSetValue set,
      PackedScores packed,
      ScoreOrder order,
      OrderEnds ends,
      RankTree ranks,
      CollectionLimits limits) {
    this.keyspace = keyspace;
    this.set = set;
    this.packed = packed;
    this.order = order;
    this.ends = ends;
    this.ranks = ranks;
    this.limits = limits;
  }

  // Walks

  /** Walks over all members. */
  public ScoreWalk walk(boolean backwards) {
    return set.isPacked()
        ? packed.walk(Math.toIntExact(set.count()), backwards)
        : order.walk(ends.low(), ends.high(), backwards);
  }

  /**
   * Walks over the members of a range, and maybe some before, and all after it.
   *
   * @return null if there is none
   */
  private ScoreWalk walk(Range range, boolean backwards) {
    if (range.isEmpty() || set.count() == 0) {
      return null;
    }
    if (set.isPacked()) {
      return range instanceof LexRange lex && !mayHave(lex) ? null : walk(backwards);
    }
    if (range instanceof LexRange lex && !mayHave(lex)) {
      return null;
    }
    Span span = span(range);
    return span == null ? walk(backwards) : walk(span.from, span.before, backwards);
  }

  /**
   * The positions between which the members of a range are, and no others.
   *
   * @param from the first one
   * @param before the first one after
   */
  private record Span(byte[] from, byte[] before) {}

  /** Returns the positions of a range in a spread set with members; null: it has no order. */
  private Span span(Range range) {
    return switch (range) {
      case ScoreRange scores ->
          new Span(
              ScoreOrder.position(scores.min(), scores.minOpen()),
              ScoreOrder.position(scores.max(), !scores.maxOpen()));
      case LexRange lex -> spanOf(lex);
    };
  }

  private Span spanOf(LexRange range) {
    double score = scoreOfEnd(false);
    return score != scoreOfEnd(true)
        ? null
        : new Span(position(score, range.min(), false), position(score, range.max(), true));
  }

  /** Where a bound is among members of one score. */
  private static byte[] position(double score, LexRange.Bound bound, boolean isEnd) {
    byte[] bytes = bound.bytes();
    return switch (bound.kind()) {
      case LEAST -> ScoreOrder.position(score, false);
      case GREATEST -> ScoreOrder.position(score, true);
      case CLOSED -> ScoreOrder.position(score, bytes, 0, bytes.length, isEnd);
      case OPEN -> ScoreOrder.position(score, bytes, 0, bytes.length, !isEnd);
    };
  }

  private double scoreOfEnd(boolean last) {
    try (ScoreWalk walk = walk(last)) {
      return walk.score();
    }
  }

  /** Whether neither the first nor the last member says that none is in a range. */
  private boolean mayHave(LexRange range) {
    try (ScoreWalk first = walk(false)) {
      if (isBehind(range, first)) {
        return false;
      }
    }
    try (ScoreWalk last = walk(true)) {
      return !isBefore(range, last);
    }
  }

  private static boolean isBefore(Range range, ScoreWalk at) {
    return range.isBefore(at.score(), at.bytes(), at.offset(), at.length());
  }

  private static boolean isBehind(Range range, ScoreWalk at) {
    return range.isBehind(at.score(), at.bytes(), at.offset(), at.length());
  }

  /**
   * Walks between two positions of a spread set, as far as there are members.
   *
   * @param from the first one; null: all
   * @param before the first one after; null: all
   */
  private ScoreWalk walk(byte[] from, byte[] before, boolean backwards) {
    byte[] low = ends.low();
    byte[] high = ends.high();
    boolean isOutside = from == null || (low != null && Arrays.compareUnsigned(low, from) > 0);
    byte[] first = isOutside ? low : from;
    boolean isBehind = before == null || (high != null && Arrays.compareUnsigned(high, before) < 0);
    byte[] end = isBehind ? high : before;
    return first == null || end == null || Arrays.compareUnsigned(first, end) < 0
        ? order.walk(first, end, backwards)
        : null;
  }

  /** Walks over the members from the one of a rank on, or backwards with ranks from the end. */
  private ScoreWalk walkFrom(long rank, boolean backwards) {
    long fromEnd = Math.min(rank, set.count() - 1 - rank);
    wantsRanks(fromEnd);
    if (!set.isPacked() && ranks.isComplete() && fromEnd > limits.rankRun()) {
      return walkFromRun(rank, backwards);
    }
    if (set.isPacked() || rank <= set.count() / 2) {
      return skip(walk(backwards), rank);
    }
    byte[] position;
    try (ScoreWalk walk = skip(walk(!backwards), set.count() - 1 - rank)) {
      position =
          ScoreOrder.position(walk.score(), walk.bytes(), walk.offset(), walk.length(), backwards);
    }
    return backwards
        ? order.walk(ends.low(), position, true)
        : order.walk(position, ends.high(), false);
  }

  /** As {@link #walkFrom}, where ranks are counted. */
  private ScoreWalk walkFromRun(long rank, boolean backwards) {
    long fromFirst = backwards ? set.count() - 1 - rank : rank;
    ranks.select(fromFirst);
    long inRun = fromFirst - ranks.before();
    long skipped = backwards ? ranks.count() - 1 - inRun : inRun;
    ScoreWalk opened = backwards ? walk(null, ranks.high(), true) : walk(ranks.low(), null, false);
    if (opened == null) {
      throw fewer();
    }
    return skip(opened, skipped);
  }

  /** So many members are passed for want of ranks, if none are counted. */
  private void wantsRanks(long passed) {
    if (!set.isPacked() && passed > limits.rankedFrom() / 4) {
      set.wantsRanks();
    }
  }

  /**
   * Returns how many members of a spread set are in front of a position; the tree's ranks are used
   * as far as they have been counted.
   */
  private long before(byte[] position) {
    byte[] from = ranks.frontier();
    long counted;
    if (ranks.covers(position, position.length)) {
      ranks.find(position, position.length);
      from = ranks.low();
      counted = ranks.before();
    } else {
      counted = ranks.total();
    }
    ScoreWalk opened = walk(from, position, false);
    if (opened != null) {
      try (ScoreWalk walk = opened) {
        for (; walk.isValid(); walk.next()) {
          counted++;
        }
      }
    }
    return counted;
  }

  private ScoreWalk skip(ScoreWalk walk, long members) {
    try {
      for (long i = 0; i < members; i++) {
        walk.next();
        check(walk);
      }
      check(walk);
      return walk;
    } catch (RuntimeException | Error e) {
      walk.close();
      throw e;
    }
  }

  private void check(ScoreWalk walk) {
    if (!walk.isValid()) {
      throw fewer();
    }
  }

  private IllegalStateException fewer() {
    return new IllegalStateException(
        "a sorted set has fewer members than the " + set.count() + " it counts");
  }

  // Reading

  private static void show(ScoreWalk walk, ScoredVisitor visitor) {
    visitor.visit(walk.bytes(), walk.offset(), walk.length(), walk.score());
  }

  /**
   * Hands members of a range to {@code visitor}, in their order or backwards.
   *
   * @param skipped so many are passed before
   * @param most so many at most
   */
  public void forEach(
      Range range, boolean backwards, long skipped, long most, ScoredVisitor visitor) {
    wantsRanks(skipped);
    if (skipped > limits.rankRun() && isRanked(range)) {
      forEachRanked(span(range), backwards, skipped, most, visitor);
      return;
    }
    ScoreWalk opened = walk(range, backwards);
    if (opened == null) {
      return;
    }
    long left = most;
    long toSkip = skipped;
    try (ScoreWalk walk = opened) {
      while (walk.isValid() && (backwards ? isBehind(range, walk) : isBefore(range, walk))) {
        walk.next();
      }
      while (left > 0
          && walk.isValid()
          && !(backwards ? isBefore(range, walk) : isBehind(range, walk))) {
        if (toSkip > 0) {
          toSkip--;
        } else {
          show(walk, visitor);
          left--;
        }
        if (left > 0) {
          walk.next();
        }
      }
    }
  }

  /** Hands the members of a range to {@code visitor} one by one, until it has enough. */
  public void forEachUntil(Range range, ScoredVisitor visitor, BooleanSupplier enough) {
    ScoreWalk opened = enough.getAsBoolean() ? null : walk(range, false);
    if (opened == null) {
      return;
    }
    try (ScoreWalk walk = opened) {
      for (; walk.isValid() && !isBehind(range, walk); walk.next()) {
        if (!isBefore(range, walk)) {
          show(walk, visitor);
          if (enough.getAsBoolean()) {
            return;
          }
        }
      }
    }
  }

  /** Whether there are members, and counts tell how many of them are in a range. */
  private boolean isRanked(Range range) {
    return !set.isPacked()
        && ranks.isComplete()
        && !range.isEmpty()
        && set.count() > 0
        && span(range) != null;
  }

  private void forEachRanked(
      Span span, boolean backwards, long skipped, long most, ScoredVisitor visitor) {
    long first = before(span.from);
    long behind = before(span.before);
    long left = behind - first - skipped;
    if (left > 0 && most > 0) {
      long rank = (backwards ? set.count() - behind : first) + skipped;
      forEach(rank, backwards, Math.min(most, left), visitor);
    }
  }

  /** How many members are in a range. */
  public long count(Range range) {
    if (isRanked(range)) {
      Span span = span(range);
      set.wantsRanks();
      return Math.max(0, before(span.before) - before(span.from));
    }
    long[] count = {0};
    forEach(range, false, 0, Long.MAX_VALUE, (_, _, _, _) -> count[0]++);
    wantsRanks(count[0]);
    return count[0];
  }

  /**
   * Hands members to {@code visitor} from the one of a rank on.
   *
   * @param backwards whether ranks count from the last member on, and it goes backwards
   * @param most how many; so many there are
   */
  public void forEach(long rank, boolean backwards, long most, ScoredVisitor visitor) {
    try (ScoreWalk walk = walkFrom(rank, backwards)) {
      for (long left = most; left > 0; left--) {
        check(walk);
        show(walk, visitor);
        if (left > 1) {
          walk.next();
        }
      }
    }
  }

  /**
   * The rank of the selected member, which was found.
   *
   * @param backwards whether ranks count from the last member on
   */
  public long rank(boolean backwards) {
    if (!set.isPacked()) {
      set.wantsRanks();
      if (ranks.isComplete() || (ranks.isPresent() && !backwards)) {
        long rank =
            before(ScoreOrder.position(set.score(), set.member(), 0, set.memberLength(), false));
        return backwards ? set.count() - 1 - rank : rank;
      }
    }
    long rank = 0;
    try (ScoreWalk walk = walk(backwards)) {
      for (; walk.isValid() && !isSelected(walk); walk.next()) {
        rank++;
      }
      check(walk);
    }
    return rank;
  }

  private boolean isSelected(ScoreWalk walk) {
    return walk.length() == set.memberLength()
        && Arrays.equals(
            walk.bytes(),
            walk.offset(),
            walk.offset() + walk.length(),
            set.member(),
            0,
            set.memberLength());
  }

  // Removing

  private Scored gathered(byte[] bytes, int offset, int length, double score) {
    keyspace.holdsBeside(Scored.BYTES + (long) length);
    return new Scored(score, Arrays.copyOfRange(bytes, offset, offset + length));
  }

  /**
   * Removes members from an end.
   *
   * @param greatest from which
   * @param members how many; so many there are
   * @return them, in the order in which they go
   */
  public List<Scored> pop(boolean greatest, long members) {
    List<Scored> popped = new ArrayList<>();
    forEach(
        0,
        greatest,
        members,
        (bytes, offset, length, score) -> popped.add(gathered(bytes, offset, length, score)));
    popped.forEach(set::remove);
    if (!set.isPacked()) {
      if (greatest) {
        ends.removedFrom(popped.getLast());
      } else {
        ends.removedUpTo(popped.getLast());
      }
    }
    return popped;
  }

  /**
   * Removes the members of a range.
   *
   * @return how many there were
   */
  public long remove(Range range) {
    List<Scored> removed = new ArrayList<>();
    forEach(
        range,
        false,
        0,
        Long.MAX_VALUE,
        (bytes, offset, length, score) -> removed.add(gathered(bytes, offset, length, score)));
    if (removed.isEmpty()) {
      return 0;
    }
    boolean fromLow = isEnd(removed.getFirst(), false);
    boolean fromHigh = !fromLow && isEnd(removed.getLast(), true);
    removed.forEach(set::remove);
    removed(removed, fromLow, fromHigh);
    return removed.size();
  }

  /**
   * Removes the members from a rank up to another.
   *
   * @param last the rank of the last of them
   */
  public void remove(long first, long last) {
    List<Scored> removed = new ArrayList<>();
    forEach(
        first,
        false,
        last - first + 1,
        (bytes, offset, length, score) -> removed.add(gathered(bytes, offset, length, score)));
    boolean fromHigh = last == set.count() - 1;
    removed.forEach(set::remove);
    removed(removed, first == 0, fromHigh);
  }

  private void removed(List<Scored> removed, boolean fromLow, boolean fromHigh) {
    if (set.isPacked()) {
      return;
    }
    if (fromLow) {
      ends.removedUpTo(removed.getLast());
    }
    if (fromHigh) {
      ends.removedFrom(removed.getFirst());
    }
  }

  /** Returns whether a member of a spread set is the first, or the last. */
  private boolean isEnd(Scored member, boolean last) {
    if (set.isPacked()) {
      return false;
    }
    byte[] bytes = member.member();
    byte[] position = ScoreOrder.position(member.score(), bytes, 0, bytes.length, last);
    byte[] end = last ? ends.high() : ends.low();
    int sign = last ? -1 : 1;
    if (end != null && sign * Arrays.compareUnsigned(end, position) >= 0) {
      return true;
    }
    try (ScoreWalk beside =
        last ? order.walk(position, end, false) : order.walk(end, position, true)) {
      return !beside.isValid();
    }
  }
}

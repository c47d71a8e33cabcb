package dev.varve.server.datatype.collection;

import dev.varve.server.datatype.ElementWalk;
import dev.varve.server.datatype.Keyspace;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;

/**
 * Members of a spread collection that are picked by chance, each of them anew, so many that going
 * through all is less than looking for each: first it is drawn which ones, then one walk gathers
 * them, in bounded memory; they are handed over in the order in which they were drawn. Not
 * thread-safe.
 *
 * @param <T> what is kept of a member until it is handed over
 */
public final class Draws<T> {
  /** Passing so many members costs what looking for one does, about. */
  private static final int PASSED_PER_PICK = 64;

  /** Different members that are picked one by one at most: each is remembered until all are. */
  private static final int MOST_REMEMBERED = 16_384;

  private static final int PLACE_BITS = 16;
  private static final int MOST_TOGETHER = 1 << PLACE_BITS;

  /** Heap that a pick takes beside what is picked. */
  private static final int PICK_BYTES = 3 * Long.BYTES;

  /** Heap that members of one walk are gathered in, at the most. */
  private static final long MOST_BYTES = 4 << 20;

  /** More than most members take. */
  private static final long TYPICAL_BYTES = 256;

  /** This part of what a command may hold goes to members, and as much to the picks. */
  private static final int HELD_SHARE = 4;

  private final Keyspace keyspace;
  private final Members members;
  private final Predicate<ElementWalk> which;
  private final Function<ElementWalk, T> copy;
  private final ToLongFunction<T> size;

  /** The positions of what is gathered that are handed over; others are left to another walk. */
  private int end;

  private long heldBytes;

  /** As long as more is held, less is gathered. */
  private long mostBytes;

  /**
   * Makes one for the members of a collection.
   *
   * @param which tells those that may be picked
   * @param copy makes what is kept of one that a walk stands on
   * @param size tells how much heap that takes
   */
  public Draws(
      Keyspace keyspace,
      Members members,
      Predicate<ElementWalk> which,
      Function<ElementWalk, T> copy,
      ToLongFunction<T> size) {
    this.keyspace = keyspace;
    this.members = members;
    this.which = which;
    this.copy = copy;
    this.size = size;
  }

  /** Whether so many picks, each anew, of so many members are better done by a walk. */
  public static boolean isWalk(long count, long picks) {
    return picks > count / PASSED_PER_PICK;
  }

  /** As {@link #isWalk}, of picks that must all be different. */
  public static boolean isWalkOfDifferent(long count, long picks) {
    return picks > MOST_REMEMBERED || isWalk(count, picks);
  }

  /**
   * Hands so many members to {@code sink}.
   *
   * @param count of the members that may be picked, at least 1
   * @throws dev.varve.server.datatype.ReadNeeded if it takes too long here
   */
  public void pick(long count, long picks, Consumer<T> sink) {
    keyspace.needTime(count);
    long share = keyspace.mostHeld() / HELD_SHARE;
    long together = Math.min(Math.min(picks, MOST_TOGETHER), share / PICK_BYTES);
    mostBytes = Math.min(Math.min(MOST_BYTES, share), TYPICAL_BYTES * together);
    keyspace.holdsBeside(mostBytes + PICK_BYTES * together);
    RandomGenerator random = keyspace.random();
    for (long left = picks; left > 0; left -= together) {
      long[] drawn = new long[(int) Math.min(left, together)];
      Arrays.setAll(drawn, _ -> random.nextLong(count));
      for (int from = 0; from < drawn.length; from += end) {
        hand(drawn, from, sink);
      }
    }
  }

  @SuppressWarnings("unchecked") // They were put there as such.
  private void hand(long[] drawn, int from, Consumer<T> sink) {
    Object[] held = gather(drawn, from);
    for (int i = 0; i < end; i++) {
      sink.accept((T) held[i]);
    }
  }

  /** Gathers what was drawn from a position on, or as much of it as there is room for. */
  private Object[] gather(long[] drawn, int from) {
    end = drawn.length - from;
    heldBytes = 0;
    Object[] held = new Object[end];
    long[] inOrder = new long[end];
    Arrays.setAll(inOrder, i -> drawn[from + i] << PLACE_BITS | i);
    Arrays.sort(inOrder);
    int at = 0;
    long index = 0;
    try (ElementWalk walk = members.walk()) {
      for (; at < inOrder.length; walk.next()) {
        if (!walk.isValid()) {
          throw new IllegalStateException("a collection has fewer elements than it counts");
        }
        if (which.test(walk)) {
          at = hold(walk, inOrder, at, index, held);
          index++;
        }
      }
    }
    return held;
  }

  /** Keeps a member at all places that it was drawn for; returns where the next one's begin. */
  private int hold(ElementWalk walk, long[] inOrder, int from, long index, Object[] held) {
    T kept = null;
    int at = from;
    for (; at < inOrder.length && inOrder[at] >>> PLACE_BITS == index; at++) {
      int place = (int) inOrder[at] & (MOST_TOGETHER - 1);
      if (place < end) {
        if (kept == null) {
          kept = copy.apply(walk);
          heldBytes += size.applyAsLong(kept);
        }
        held[place] = kept;
      }
    }
    while (heldBytes > mostBytes && end > 1) {
      leaveHalf(held);
    }
    return at;
  }

  @SuppressWarnings("unchecked") // They were put there as such.
  private void leaveHalf(Object[] held) {
    Arrays.fill(held, end / 2, end, null);
    end /= 2;
    heldBytes = 0;
    for (int i = 0; i < end; i++) {
      heldBytes += held[i] == null ? 0 : size.applyAsLong((T) held[i]);
    }
  }
}

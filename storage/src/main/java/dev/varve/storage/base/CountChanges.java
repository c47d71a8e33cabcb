package dev.varve.storage.base;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What became of the live counts of key groups since some earlier point: for each group a delta,
 * and whether the count before that point is forgotten (the group was emptied at once).
 *
 * <p>Who finds out what a blind put has hidden may find a value that led to other keys, which
 * nothing can reach any more: these stand beside the counts, so that both become durable together.
 *
 * <p>One thread changes it; others may read at any time, without locks. A reader sees each group as
 * it was at some moment, not all groups at the same one. {@link #immutableCopy()} gives one that
 * nobody can change.
 */
public final class CountChanges {
  /** Receives the groups that have changed, in no particular order. */
  @FunctionalInterface
  public interface Visitor {
    /** {@code group} counts {@code delta} more than before, or than nothing if forgotten. */
    void change(long group, boolean forgotten, long delta);
  }

  private static final long NO_GROUP = -1;
  private static final int INITIAL_GROUPS = 4;
  private static final int MOST_GROUPS_RETAINED = 64;
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);

  /*
   * An open-addressing table of pairs: slots[2i] is a group or NO_GROUP, slots[2i + 1] its change
   * as delta << 1 | forgotten, so that one read takes both.
   *
   * 1. A new group's change is written before the group, and the group by a release: who reads the
   *    group (acquire) reads the change.
   * 2. Groups never leave a table, and half of it is always empty: probing ends.
   * 3. A grown table is published when it has been filled; the old one is never written to again.
   *    A reader that still is in it sees the counts of a moment ago.
   */
  private volatile long[] slots;

  /** Prefixes without an end or a stamp. Of who settles debts only. */
  private final List<AbandonedRanges.Range> abandoned = new ArrayList<>(0);

  private final boolean immutable;
  private int size;

  /** No changes yet. */
  public CountChanges() {
    this(emptySlots(INITIAL_GROUPS), 0, false);
  }

  private CountChanges(long[] slots, int size, boolean immutable) {
    this.slots = slots;
    this.size = size;
    this.immutable = immutable;
  }

  private static long[] emptySlots(int groups) {
    long[] slots = new long[4 * groups];
    Arrays.fill(slots, NO_GROUP);
    return slots;
  }

  /** The count of {@code group} (0 or more) moves by {@code delta}. */
  public void add(long group, long delta) {
    int at = findOrInsert(group);
    SLOT.setOpaque(slots, at + 1, slots[at + 1] + (delta << 1));
  }

  /** The count of {@code group} (0 or more) is nothing from here on. */
  public void forget(long group) {
    int at = findOrInsert(group);
    SLOT.setOpaque(slots, at + 1, 1L);
  }

  /** Adds what {@code later} holds, as something that happened after all that is here. */
  public void addAll(CountChanges later) {
    long[] table = later.slots;
    for (int at = 0; at < table.length; at += 2) {
      long group = (long) SLOT.getAcquire(table, at);
      if (group != NO_GROUP) {
        long change = (long) SLOT.getOpaque(table, at + 1);
        change(group, (change & 1) != 0, change >> 1);
      }
    }
    addAbandoned(later);
  }

  /** Adds what {@code other} says to be abandoned. */
  public void addAbandoned(CountChanges other) {
    if (!other.abandoned.isEmpty()) {
      abandoned.addAll(other.abandoned);
    }
  }

  /**
   * What was hidden by an entry of that sequence number led to all keys with a prefix, of which not
   * every byte is 0xFF.
   */
  public void abandon(byte[] prefix, long sequence) {
    byte[] end = AbandonedRanges.successor(prefix);
    abandoned.add(new AbandonedRanges.Range(prefix, end, sequence, 0));
  }

  /** What nothing can reach any more, as it turned out. */
  public AbandonedRanges abandoned() {
    List<AbandonedRanges.Range> sorted = new ArrayList<>(abandoned);
    sorted.sort(
        Comparator.comparing(AbandonedRanges.Range::begin, Arrays::compareUnsigned)
            .thenComparing(Comparator.comparingLong(AbandonedRanges.Range::sequence).reversed()));
    AbandonedRanges.Builder builder = new AbandonedRanges.Builder();
    sorted.forEach(builder::add);
    return builder.build();
  }

  /** A group's change in one step: no reader finds it forgotten, and what came since missing. */
  private void change(long group, boolean forgotten, long delta) {
    int at = findOrInsert(group);
    long before = forgotten ? 1 : slots[at + 1];
    SLOT.setOpaque(slots, at + 1, before + (delta << 1));
  }

  /** Forgets all changes; for the changing thread, if nobody else reads. */
  public void clear() {
    if (slots.length > 4 * MOST_GROUPS_RETAINED) {
      slots = emptySlots(INITIAL_GROUPS);
    } else {
      Arrays.fill(slots, NO_GROUP);
    }
    size = 0;
    abandoned.clear();
  }

  /** The count of {@code group} after these changes, where it was {@code before}. */
  public long apply(long group, long before) {
    long[] table = slots;
    int at = find(table, group);
    if ((long) SLOT.getAcquire(table, at) == NO_GROUP) {
      return before;
    }
    long change = (long) SLOT.getOpaque(table, at + 1);
    return (change & 1) != 0 ? change >> 1 : before + (change >> 1);
  }

  /** Hands every group that has changed to {@code visitor}. */
  public void forEach(Visitor visitor) {
    long[] table = slots;
    for (int at = 0; at < table.length; at += 2) {
      long group = (long) SLOT.getAcquire(table, at);
      if (group != NO_GROUP) {
        long change = (long) SLOT.getOpaque(table, at + 1);
        visitor.change(group, (change & 1) != 0, change >> 1);
      }
    }
  }

  /** The number of groups that have an entry. For the changing thread. */
  public int size() {
    return size;
  }

  /** Whether no group has an entry. For the changing thread. */
  public boolean isEmpty() {
    return size == 0;
  }

  /** These changes as they are now, for good. For the changing thread. */
  public CountChanges immutableCopy() {
    if (immutable) {
      return this;
    }
    CountChanges copy = new CountChanges(slots.clone(), size, true);
    copy.addAbandoned(this);
    return copy;
  }

  /** Where {@code group} is, or the empty slot where it belongs. */
  private static int find(long[] table, long group) {
    int mask = table.length - 2;
    int at = (int) ((group * 0x9E3779B97F4A7C15L) >>> 32) & mask;
    while (true) {
      long there = (long) SLOT.getAcquire(table, at);
      if (there == group || there == NO_GROUP) {
        return at;
      }
      at = (at + 2) & mask;
    }
  }

  private int findOrInsert(long group) {
    if (immutable) {
      throw new UnsupportedOperationException("these count changes are immutable");
    }
    if (group < 0) {
      throw new IllegalArgumentException("group " + group + " is negative");
    }
    int at = find(slots, group);
    if (slots[at] == group) {
      return at;
    }
    if (4 * (size + 1) > slots.length) {
      grow();
      at = find(slots, group);
    }
    slots[at + 1] = 0;
    SLOT.setRelease(slots, at, group);
    size++;
    return at;
  }

  private void grow() {
    long[] old = slots;
    long[] grown = emptySlots(old.length / 2);
    for (int at = 0; at < old.length; at += 2) {
      if (old[at] != NO_GROUP) {
        int to = find(grown, old[at]);
        grown[to] = old[at];
        grown[to + 1] = old[at + 1];
      }
    }
    slots = grown;
  }

  private SortedMap<Long, String> sorted() {
    SortedMap<Long, String> groups = new TreeMap<>();
    forEach((group, forgotten, delta) -> groups.put(group, (forgotten ? "=" : "+") + delta));
    return groups;
  }

  /** Whether both hold the same changes of the same groups. */
  @Override
  public boolean equals(Object other) {
    return other instanceof CountChanges changes && sorted().equals(changes.sorted());
  }

  @Override
  public int hashCode() {
    return sorted().hashCode();
  }

  /** Group to change: {@code =n} after it was forgotten, else {@code +n}. */
  @Override
  public String toString() {
    return sorted().toString();
  }
}

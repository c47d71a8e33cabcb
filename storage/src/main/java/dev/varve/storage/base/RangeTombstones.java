package dev.varve.storage.base;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * A set of range tombstones, made for the question "what is the newest one over this key?". Safe
 * for use by many threads; lookups don't allocate.
 */
public interface RangeTombstones {
  /** The answer of lookups when there is no such tombstone. */
  long NONE = 0;

  /** Whether there is no tombstone at all. */
  boolean isEmpty();

  /** The greatest sequence number of all, or {@link #NONE}. */
  long newest();

  /**
   * The sequence number of the newest tombstone over {@code key} that is not newer than {@code
   * snapshotSequence}, or {@link #NONE}.
   */
  long newestOver(byte[] key, int offset, int length, long snapshotSequence);

  /** A walk over the pieces into which the tombstones' bounds cut the keys that they cover. */
  Pieces pieces();

  /** Ascending ranges of keys that don't overlap, each with all tombstones over it. */
  interface Pieces {
    /** Moves to the next piece; false if there is none. */
    boolean next();

    /** The first key of the piece; never written to. */
    byte[] begin();

    /** The first key after the piece; never written to. */
    byte[] end();

    /** How many tombstones lie over the piece, at least one. */
    int depth();

    /** The sequence number of one of them; the newest is number 0. */
    long sequence(int number);
  }

  /** All tombstones of several sets. */
  static RangeTombstones union(List<? extends RangeTombstones> sets) {
    List<RangeTombstones> filled = new ArrayList<>();
    for (RangeTombstones set : sets) {
      if (!set.isEmpty()) {
        filled.add(set);
      }
    }
    return switch (filled.size()) {
      case 0 -> RangeTombstoneIndex.EMPTY;
      case 1 -> filled.getFirst();
      default -> new RangeTombstoneUnion(filled);
    };
  }

  /**
   * The same deletions as seen by the views at {@code snapshots} and by any newer one, in as few
   * tombstones as that takes: cut so that no two overlap but with equal bounds; ascending by begin,
   * then from the newest to the oldest.
   */
  default Iterator<RangeTombstone> fragments(Snapshots snapshots) {
    return new RangeTombstoneFragments(pieces(), snapshots);
  }
}

package dev.varve.storage.base;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** See {@link RangeTombstones#fragments}. Pieces that touch and need the same become one. */
final class RangeTombstoneFragments implements Iterator<RangeTombstone> {
  private final RangeTombstones.Pieces pieces;
  private final Snapshots snapshots;
  private final Deque<RangeTombstone> ready = new ArrayDeque<>();

  /** What the range needs that may go on in the next piece; empty before the first one. */
  private long[] open = {};

  private byte[] openBegin;
  private byte[] openEnd;

  RangeTombstoneFragments(RangeTombstones.Pieces pieces, Snapshots snapshots) {
    this.pieces = pieces;
    this.snapshots = snapshots;
  }

  @Override
  public boolean hasNext() {
    while (ready.isEmpty()) {
      if (!pieces.next()) {
        endOpen();
        open = new long[0];
        return !ready.isEmpty();
      }
      long[] needed = needed();
      boolean goesOn = Arrays.equals(needed, open) && Arrays.equals(openEnd, pieces.begin());
      if (!goesOn) {
        endOpen();
        open = needed;
        openBegin = pieces.begin();
      }
      openEnd = pieces.end();
    }
    return true;
  }

  private void endOpen() {
    for (long sequence : open) {
      ready.add(new RangeTombstone(openBegin, openEnd, sequence));
    }
  }

  /** The newest tombstone that each view sees, and the newest of all; newest first. */
  private long[] needed() {
    long[] needed = new long[pieces.depth()];
    int count = 0;
    long limit = Snapshots.NEWEST;
    for (int i = 0; i < pieces.depth() && limit != Snapshots.NONE; i++) {
      long sequence = pieces.sequence(i);
      if (sequence <= limit) {
        needed[count++] = sequence;
        limit = snapshots.newestBelow(sequence);
      }
    }
    return Arrays.copyOf(needed, count);
  }

  @Override
  public RangeTombstone next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return ready.remove();
  }
}

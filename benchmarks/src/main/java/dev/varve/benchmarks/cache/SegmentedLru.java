package dev.varve.benchmarks.cache;

import java.util.LinkedHashSet;
import java.util.SequencedSet;

/**
 * Two LRU lists: a block that is used again comes from the first into the second, which holds four
 * fifths, and falls back from there. Evicts from the first.
 */
final class SegmentedLru implements Policy {
  private final int capacity;
  private final int protectedCapacity;
  private final SequencedSet<Integer> probation = new LinkedHashSet<>();
  private final SequencedSet<Integer> kept = new LinkedHashSet<>();

  SegmentedLru(int capacity) {
    this.capacity = capacity;
    protectedCapacity = capacity * 4 / 5;
  }

  @Override
  public boolean use(int block) {
    if (kept.contains(block)) {
      kept.addLast(block);
      return true;
    }
    if (probation.remove(block)) {
      kept.addLast(block);
      if (kept.size() > protectedCapacity) {
        probation.addLast(kept.removeFirst());
      }
      return true;
    }
    probation.addLast(block);
    if (probation.size() + kept.size() > capacity) {
      probation.removeFirst();
    }
    return false;
  }
}

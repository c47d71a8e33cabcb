package dev.varve.benchmarks.cache;

import java.util.HashMap;
import java.util.Map;

/** Evicts the first block that its hand comes to which wasn't used since it last came by. */
final class Clock implements Policy {
  private final int[] ring;
  private final boolean[] used;
  private final Map<Integer, Integer> places = new HashMap<>();
  private int hand;

  Clock(int capacity) {
    ring = new int[capacity];
    used = new boolean[capacity];
  }

  @Override
  public boolean use(int block) {
    Integer place = places.get(block);
    if (place != null) {
      used[place] = true;
      return true;
    }
    if (places.size() == ring.length) {
      while (used[hand]) {
        used[hand] = false;
        hand = (hand + 1) % ring.length;
      }
      places.remove(ring[hand]);
    }
    ring[hand] = block;
    places.put(block, hand);
    hand = (hand + 1) % ring.length;
    return false;
  }
}

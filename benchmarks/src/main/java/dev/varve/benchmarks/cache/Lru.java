package dev.varve.benchmarks.cache;

import java.util.LinkedHashMap;
import java.util.Map;

/** Evicts what was used least recently. */
final class Lru implements Policy {
  private final int capacity;
  private final Map<Integer, Boolean> blocks = new LinkedHashMap<>(16, 0.75f, true);

  Lru(int capacity) {
    this.capacity = capacity;
  }

  @Override
  public boolean use(int block) {
    if (blocks.put(block, true) != null) {
      return true;
    }
    if (blocks.size() > capacity) {
      blocks.remove(blocks.keySet().iterator().next());
    }
    return false;
  }
}

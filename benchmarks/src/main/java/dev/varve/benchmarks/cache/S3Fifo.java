package dev.varve.benchmarks.cache;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;

/**
 * S3-FIFO (Yang, Zhang, Qiu, Yue and Rashmi, SOSP 2023): new blocks go through a queue of a tenth;
 * those used again meanwhile go on to the main queue, where each use, up to three, earns another
 * round. Who comes back soon after the first queue let go of it goes to the main one at once.
 */
final class S3Fifo implements Policy {
  private static final int MOST_USES = 3;

  private final int capacity;
  private final int smallCapacity;
  private final ArrayDeque<Integer> small = new ArrayDeque<>();
  private final ArrayDeque<Integer> main = new ArrayDeque<>();
  private final SequencedSet<Integer> ghosts = new LinkedHashSet<>();
  private final Map<Integer, Integer> uses = new HashMap<>();

  S3Fifo(int capacity) {
    this.capacity = capacity;
    smallCapacity = Math.max(1, capacity / 10);
  }

  @Override
  public boolean use(int block) {
    Integer before = uses.get(block);
    if (before != null) {
      uses.put(block, Math.min(before + 1, MOST_USES));
      return true;
    }
    while (uses.size() >= capacity) {
      if (small.size() >= smallCapacity || main.isEmpty()) {
        evictFromSmall();
      } else {
        evictFromMain();
      }
    }
    uses.put(block, 0);
    (ghosts.remove(block) ? main : small).addLast(block);
    return false;
  }

  private void evictFromSmall() {
    int block = small.removeFirst();
    if (uses.get(block) > 0) {
      uses.put(block, 0);
      main.addLast(block);
      return;
    }
    uses.remove(block);
    ghosts.addLast(block);
    if (ghosts.size() > capacity - smallCapacity) {
      ghosts.removeFirst();
    }
  }

  private void evictFromMain() {
    int block = main.removeFirst();
    int left = uses.get(block);
    if (left > 0) {
      uses.put(block, left - 1);
      main.addLast(block);
    } else {
      uses.remove(block);
    }
  }
}

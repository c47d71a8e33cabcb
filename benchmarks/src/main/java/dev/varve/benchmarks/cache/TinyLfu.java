package dev.varve.benchmarks.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

/** Caffeine's W-TinyLFU, told of every use. */
final class TinyLfu implements Policy {
  private final Cache<Integer, Boolean> blocks;

  TinyLfu(int capacity) {
    blocks = Caffeine.newBuilder().maximumSize(capacity).executor(Runnable::run).build();
  }

  @Override
  public boolean use(int block) {
    if (blocks.getIfPresent(block) != null) {
      return true;
    }
    blocks.put(block, true);
    return false;
  }
}

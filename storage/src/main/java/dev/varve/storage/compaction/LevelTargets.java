package dev.varve.storage.compaction;

import dev.varve.storage.StorageOptions;
import dev.varve.storage.manifest.Levels;

/**
 * How large each level should be. The last level holds most of the data; each level above it should
 * be smaller by the size ratio. So sizes follow from the last level's upward, and levels are used
 * only as far up as that leaves more than a {@code levelBaseBytes / ratio}: a small database has
 * level 0 and the last one only, and whatever the size, about a tenth of it lies above the last
 * level.
 */
final class LevelTargets {
  private final double[] bytes = new double[Levels.COUNT];
  private final int baseLevel;

  LevelTargets(Levels levels, StorageOptions options) {
    long largest = options.levelBaseBytes();
    int firstFilled = Levels.LAST;
    for (int level = Levels.LAST; level >= 1; level--) {
      largest = Math.max(largest, levels.bytes(level));
      if (!levels.tables(level).isEmpty()) {
        firstFilled = level;
      }
    }
    double least = (double) options.levelBaseBytes() / options.levelSizeRatio();
    double target = largest;
    int base = Levels.LAST;
    for (int level = Levels.LAST; level >= 1; level--) {
      bytes[level] = target;
      if (target > least) {
        base = level;
      }
      target /= options.levelSizeRatio();
    }
    // Level 0's tables may not skip older ones, so levels that are no longer wanted empty first.
    baseLevel = Math.min(base, firstFilled);
  }

  /** The level to which level 0 is merged. */
  int baseLevel() {
    return baseLevel;
  }

  /** How large a level below 0 should be, in bytes. */
  double bytes(int level) {
    return bytes[level];
  }
}

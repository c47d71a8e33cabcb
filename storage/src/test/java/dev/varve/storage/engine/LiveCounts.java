package dev.varve.storage.engine;

import dev.varve.storage.KeyCount;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;

/** Counts of live keys, as readers see them. */
final class LiveCounts {
  private LiveCounts() {}

  /** What is published of a group. */
  static long of(StorageEngine engine, long group) {
    return of(engine, group, null, null).keys();
  }

  /** What is published of a group whose keys lie between two bounds. */
  static KeyCount of(StorageEngine engine, long group, byte[] lower, byte[] upper) {
    try (ReadView view = engine.view()) {
      return view.count(group, lower, upper);
    }
  }
}

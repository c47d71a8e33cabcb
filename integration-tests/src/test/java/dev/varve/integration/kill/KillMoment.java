package dev.varve.integration.kill;

import java.util.Locale;

/** When a server that serves is killed; others are killed while they start. */
enum KillMoment {
  /** While it answers requests, whatever it does besides. */
  LOAD,
  /** While a memtable is being written to a table, as INFO tells. */
  FLUSH,
  /** While tables are being merged, as INFO tells. */
  COMPACTION,
  /** While it makes a checkpoint, or as it has just made one. */
  CHECKPOINT,
  /** While it stops as it was told to. */
  STOP;

  /** The name under which such kills are counted. */
  String counter() {
    return "kills-under-" + name().toLowerCase(Locale.ROOT);
  }
}

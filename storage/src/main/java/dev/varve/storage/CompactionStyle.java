package dev.varve.storage;

/**
 * What a database's tables are merged by. A database may be opened with another style at any time.
 */
public enum CompactionStyle {
  /**
   * Level by level, each larger than the one above by a fixed ratio: little garbage, and few tables
   * to look into. For most uses.
   */
  LEVELED,

  /**
   * Size-tiered, RocksDB's <i>universal</i>: sorted runs of like sizes are merged with each other.
   * Writes less, keeps more garbage and has more places to look into; a merge may take in the whole
   * database, and as much free space.
   */
  UNIVERSAL
}

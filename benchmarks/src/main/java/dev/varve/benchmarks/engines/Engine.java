package dev.varve.benchmarks.engines;

import java.util.Locale;

/** The engines that are compared. */
enum Engine {
  /** Varve's own. */
  VARVE("Varve", "#1b6ca8"),
  /** RocksDB with settings equal to Varve's. */
  ROCKSDB_EQUAL("RocksDB, equal settings", "#d1495b"),
  /** RocksDB as it is when nothing is set. */
  ROCKSDB_DEFAULT("RocksDB, defaults", "#edae49"),
  /** LMDB. */
  LMDB("LMDB", "#66a182"),
  /** The store of the H2 database. */
  MVSTORE("H2 MVStore", "#8d96a3");

  private final String title;
  private final String color;

  Engine(String title, String color) {
    this.title = title;
    this.color = color;
  }

  /** The name for people. */
  String title() {
    return title;
  }

  /** The color in charts. */
  String color() {
    return color;
  }

  /** The name on the command line. */
  String option() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  Store open(StoreOptions options) {
    return switch (this) {
      case VARVE -> new VarveStore(options);
      case ROCKSDB_EQUAL -> new RocksStore(options, true);
      case ROCKSDB_DEFAULT -> new RocksStore(options, false);
      case LMDB -> new LmdbStore(options);
      case MVSTORE -> new MvStore(options);
    };
  }
}

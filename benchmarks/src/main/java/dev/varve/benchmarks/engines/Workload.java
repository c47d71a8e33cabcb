package dev.varve.benchmarks.engines;

import java.util.Locale;

/** What is measured, by LevelDB's names. */
enum Workload {
  /** Puts in the order of the keys, into a store that is new. */
  FILLSEQ(Stage.NEW, 1),
  /** Puts of random keys, into a store that is new. */
  FILLRANDOM(Stage.NEW, 1),
  /** Gets of random keys, all there. */
  READRANDOM(Stage.READING, 1),
  /** Gets of keys that lie between others and are not there. */
  READMISSING(Stage.READING, 1),
  /** Gets of random keys of the first hundredth. */
  READHOT(Stage.READING, 1),
  /** Gets of {@link #KEYS_TOGETHER} random keys at a time, counted by key. */
  MULTIREADRANDOM(Stage.READING, Workload.KEYS_TOGETHER),
  /** A new cursor each time, one seek, and a look at the entry. */
  SEEKRANDOM(Stage.READING, 1),
  /** Entries in order, key and value copied. */
  READSEQ(Stage.READING, 1),
  /** As readseq, from the end. */
  READREVERSE(Stage.READING, 1),
  /** Gets of random keys while another thread puts {@link #WRITES_PER_SECOND}. */
  READWHILEWRITING(Stage.WRITING, 1),
  /** Puts of random keys, all there. */
  OVERWRITE(Stage.WRITING, 1),
  /** Deletes of random keys. */
  DELETERANDOM(Stage.WRITING, 1),
  /** Puts of random keys into a store that is new, each durable before the next. */
  FILLSYNC(Stage.NEW, 1),
  /** Puts of random keys with values of {@link #LARGE_VALUE} bytes, into a store that is new. */
  FILL100K(Stage.NEW, 1);

  /** When a workload can run, and on which store. */
  enum Stage {
    /** Any time, on a store of its own. */
    NEW,
    /** On the loaded store, which it leaves as it is. */
    READING,
    /** On the loaded store, which it changes. */
    WRITING
  }

  static final int KEYS_TOGETHER = 32;
  static final int WRITES_PER_SECOND = 20_000;
  static final int VALUE = 100;
  static final int LARGE_VALUE = 100_000;

  private final Stage stage;
  private final int operationsPerStep;

  Workload(Stage stage, int operationsPerStep) {
    this.stage = stage;
    this.operationsPerStep = operationsPerStep;
  }

  Stage stage() {
    return stage;
  }

  /** How many operations are counted for one step. */
  int operationsPerStep() {
    return operationsPerStep;
  }

  int valueLength() {
    return this == FILL100K ? LARGE_VALUE : VALUE;
  }

  /** LevelDB's name. */
  String option() {
    return name().toLowerCase(Locale.ROOT);
  }
}

package dev.varve.benchmarks.cache;

/** A cache of blocks as a simulation sees it: it knows which ones it has. */
interface Policy extends AutoCloseable {
  /** Uses a block; whether it was there. It is there afterwards, if the policy lets it in. */
  boolean use(int block);

  @Override
  default void close() {}
}

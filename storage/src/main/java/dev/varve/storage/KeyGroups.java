package dev.varve.storage;

/**
 * Tells which keys are counted together: {@link StorageEngine#liveCount} is kept for each group. A
 * pure function of the key's bytes, safe for use by many threads.
 */
@FunctionalInterface
public interface KeyGroups {
  /** No key is counted. */
  KeyGroups NONE = (key, offset, length) -> -1;

  /** The group of a key, not negative; or -1 if the key is not counted. */
  long groupOf(byte[] key, int offset, int length);
}

package dev.varve.storage.manifest;

import java.util.Arrays;

/**
 * A range of keys that tables were looked through for.
 *
 * @param lower the least key of it
 * @param upper the least key after it
 * @param upTo it was looked for what is no newer than this sequence number
 * @param flushedUpTo the tables held everything up to this one
 */
record TableRange(byte[] lower, byte[] upper, long upTo, long flushedUpTo) {
  boolean isBetween(byte[] otherLower, byte[] otherUpper) {
    return Arrays.equals(lower, otherLower) && Arrays.equals(upper, otherUpper);
  }
}

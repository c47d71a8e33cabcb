package dev.varve.server.datatype.check;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Ids of collections: a bit each, as nearly all that were given out at one time live or went
 * together.
 */
final class IdSet {
  private static final int CHUNK_BITS = 16;

  private final Map<Long, BitSet> chunks = new HashMap<>();

  /** Adds an id; returns whether it wasn't there. */
  boolean add(long id) {
    BitSet chunk = chunks.computeIfAbsent(id >>> CHUNK_BITS, _ -> new BitSet());
    int bit = bit(id);
    boolean isNew = !chunk.get(bit);
    chunk.set(bit);
    return isNew;
  }

  boolean contains(long id) {
    BitSet chunk = chunks.get(id >>> CHUNK_BITS);
    return chunk != null && chunk.get(bit(id));
  }

  private static int bit(long id) {
    return (int) id & ((1 << CHUNK_BITS) - 1);
  }
}

package dev.varve.storage.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The blocks that came into a full cache last, first in, first out, and the hashes of those that
 * were missed lately. What is neither used while it waits here nor was missed shortly before leaves
 * the cache without the policy having heard of it. That spares most of a policy's work, and of the
 * garbage collector's for its nodes, where blocks come and go at random; the same is done by the
 * small queue of S3-FIFO (Yang et al., SOSP 2023) and by TinyLFU's doorkeeper (Einziger et al., ACM
 * Transactions on Storage 13, 2017).
 *
 * <p>Safe for use by many threads: a race may forget a hash, no block is ever lost.
 */
final class AdmissionWindow {
  /** A larger block isn't made to wait, as its like could take more than waiting blocks may. */
  static final int LONGEST = 32 << 10;

  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Block[].class);

  /** The share of all blocks that wait. */
  private static final int WAITING_SHARE = 32;

  private static final int LEAST_MISSED = 16;

  // Both as long as a power of two, so that a mask finds a place.
  private final Block[] waiting;
  private volatile int[] missed;
  private final AtomicInteger next = new AtomicInteger();

  /** The window of a cache that holds about so many blocks. */
  AdmissionWindow(long blocks) {
    int most = (int) Math.min(blocks, 1 << 26);
    waiting = new Block[Integer.highestOneBit(Math.max(most / WAITING_SHARE, 1))];
    fit(most);
  }

  /** The cache holds about so many blocks from now on. */
  final void fit(long blocks) {
    int most = (int) Math.min(blocks, 1 << 26);
    missed = new int[Integer.highestOneBit(2 * Math.max(most, LEAST_MISSED) - 1)];
  }

  /** Bytes that the blocks of a cache of so many bytes may take while they wait. */
  static long bytes(long capacity) {
    return capacity / WAITING_SHARE;
  }

  /** Notes that a block was missed, and returns whether it was so not long ago, too. */
  boolean missedAgain(int hash) {
    int[] hashes = missed;
    int place = hash & (hashes.length - 1);
    if (hashes[place] == hash) {
      return true;
    }
    hashes[place] = hash;
    return false;
  }

  /** Has a block wait, and returns the one whose time is over; null: none's is. */
  Block add(Block block) {
    return (Block) SLOT.getAndSet(waiting, next.getAndIncrement() & (waiting.length - 1), block);
  }

  /** Takes out one that waits; null: none does. */
  Block poll() {
    for (int i = 0; i < waiting.length; i++) {
      Block block = (Block) SLOT.getAndSet(waiting, i, null);
      if (block != null) {
        return block;
      }
    }
    return null;
  }
}

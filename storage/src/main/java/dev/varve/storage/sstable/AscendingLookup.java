package dev.varve.storage.sstable;

import dev.varve.storage.base.EntryReference;
import dev.varve.storage.cache.Block;
import java.util.Arrays;

/**
 * Looks keys up in a table, each greater than the one before: neighbours share the reading of a
 * block, which stays out of the cache. Keeps the table open, and pins one block and the index. Used
 * by one thread.
 */
public final class AscendingLookup implements AutoCloseable {
  private static final Runnable NO_PIN = () -> {};

  private final TableReader table;
  private final TableIndex index;
  private final ReadAhead readAhead;
  private final EntryReference entry = new EntryReference();

  private Block block;

  /** Not less than any key in the block. */
  private byte[] separator;

  /** The caller has retained the table, which is released by this. */
  AscendingLookup(TableReader table) {
    this.table = table;
    index = table.acquireIndex(true);
    readAhead = table.readAhead(index, false);
  }

  /**
   * Looks up the newest version of a key.
   *
   * @return its entry, valid until the next lookup; null if there is none
   */
  public EntryReference find(byte[] key, int length) {
    boolean behind =
        block == null || Arrays.compareUnsigned(separator, 0, separator.length, key, 0, length) < 0;
    if (behind && !moveTo(index.find(key, 0, length))) {
      return null;
    }
    int answer = DataBlock.get(block.memory(), key, 0, length, Long.MAX_VALUE, entry, NO_PIN);
    return answer == EntryReference.FOUND ? entry : null;
  }

  private boolean moveTo(int ordinal) {
    closeBlock();
    if (ordinal >= table.blockCount()) {
      return false;
    }
    block = table.cachedBlock(ordinal, false);
    if (block == null) {
      block = readAhead.read(ordinal);
    } else {
      readAhead.passed(ordinal);
    }
    separator = index.separator(ordinal);
    return true;
  }

  private void closeBlock() {
    if (block != null) {
      block.unpin();
      block = null;
    }
  }

  @Override
  public void close() {
    closeBlock();
    readAhead.close();
    index.release();
    table.release();
  }
}

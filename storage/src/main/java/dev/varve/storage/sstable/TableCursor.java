package dev.varve.storage.sstable;

import dev.varve.storage.base.EntryKind;
import dev.varve.storage.cache.Block;
import dev.varve.storage.iterator.EntryCursor;
import java.lang.foreign.MemorySegment;

/**
 * A walk over the entries of a table, which it keeps open. One data block is pinned at a time, and
 * the index if that is in the cache.
 */
final class TableCursor implements EntryCursor {
  private final TableReader table;
  private final boolean fillCache;
  private final int kindMask;
  private final DataBlockCursor entries = new DataBlockCursor();

  /** Acquired by the first move, as it may have to be read; null before. */
  private TableIndex index;

  private ReadAhead readAhead;

  private Block block;
  private int ordinal;
  private boolean valid;
  private boolean mayRead = true;
  private boolean needsRead;
  private boolean closed;

  /** The caller has retained the table for the cursor. */
  TableCursor(TableReader table, boolean fillCache, boolean settled) {
    this.table = table;
    kindMask = settled ? ~EntryKind.BLIND_BIT : ~0;
    this.fillCache = fillCache;
  }

  @Override
  public boolean isValid() {
    return valid;
  }

  @Override
  public void mayRead(boolean allowed) {
    mayRead = allowed;
  }

  @Override
  public boolean needsRead() {
    return needsRead;
  }

  @Override
  public void seekToFirst() {
    valid = open(0) && entries.first();
  }

  @Override
  public void seekToLast() {
    valid = open(table.blockCount() - 1) && entries.last();
  }

  @Override
  public void seek(byte[] key, int offset, int length, long sequence) {
    valid = false;
    valid = begin() && open(index.find(key, offset, length));
    if (valid && !entries.seek(key, offset, length, sequence)) {
      valid = skipToAtLeast(key, offset, length, sequence);
    }
  }

  /** For keys between a block's last one and its separator, and versions that go on after it. */
  private boolean skipToAtLeast(byte[] key, int offset, int length, long sequence) {
    while (open(ordinal + 1)) {
      if (entries.seek(key, offset, length, sequence)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void seekBefore(byte[] key, int offset, int length) {
    seek(key, offset, length, Long.MAX_VALUE);
    if (valid) {
      previous();
    } else if (!needsRead) {
      seekToLast();
    }
  }

  @Override
  public void next() {
    if (!entries.next()) {
      valid = open(ordinal + 1) && entries.first();
    }
  }

  @Override
  public void previous() {
    if (!entries.previous()) {
      valid = open(ordinal - 1) && entries.last();
    }
  }

  /** Makes sure that the index is there; false if that needs a read. */
  private boolean begin() {
    needsRead = false;
    if (index == null) {
      index = table.acquireIndex(mayRead);
      if (index == null) {
        needsRead = true;
        return false;
      }
      readAhead = table.readAhead(index, fillCache);
    }
    return true;
  }

  private boolean open(int target) {
    // Not valid while a read may fail, so that a cursor whose move threw shows nothing stale.
    valid = false;
    if (!begin()) {
      return false;
    }
    if (block != null && ordinal == target) {
      entries.open(block.memory());
      return true;
    }
    closeBlock();
    if (target < 0 || target >= table.blockCount()) {
      return false;
    }
    block = table.cachedBlock(target, fillCache);
    if (block == null) {
      if (!mayRead) {
        needsRead = true;
        return false;
      }
      block = readAhead.read(target);
      if (fillCache) {
        table.publish(target, block);
      }
    } else {
      readAhead.passed(target);
    }
    ordinal = target;
    entries.open(block.memory());
    return true;
  }

  private void closeBlock() {
    if (block != null) {
      block.unpin();
      block = null;
    }
  }

  @Override
  public boolean isOnNewKey() {
    return entries.isOnNewKey();
  }

  @Override
  public byte[] key() {
    return entries.key();
  }

  @Override
  public int keyLength() {
    return entries.keyLength();
  }

  @Override
  public long sequence() {
    return entries.sequence();
  }

  @Override
  public byte kind() {
    return (byte) (entries.kind() & kindMask);
  }

  @Override
  public MemorySegment valueSegment() {
    return entries.block();
  }

  @Override
  public long valueOffset() {
    return entries.valueOffset();
  }

  @Override
  public int valueLength() {
    return entries.valueLength();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    valid = false;
    closeBlock();
    if (index != null) {
      readAhead.close();
      index.release();
    }
    table.release();
  }
}

package dev.varve.storage.sstable;

import dev.varve.storage.cache.BufferPool;
import dev.varve.storage.cache.PooledBuffer;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** A growing list of hashes in pooled memory. Used by one thread. */
final class KeyHashes implements AutoCloseable {
  private static final int PIECE_BYTES = 64 << 10;
  private static final int PIECE_SHIFT = 13;
  private static final int PIECE_MASK = (1 << PIECE_SHIFT) - 1;

  private final List<PooledBuffer> pieces = new ArrayList<>();
  private int size;

  void add(long hash) {
    if (size >>> PIECE_SHIFT == pieces.size()) {
      pieces.add(BufferPool.borrow(PIECE_BYTES));
    }
    pieces
        .get(size >>> PIECE_SHIFT)
        .memory()
        .setAtIndex(ValueLayout.JAVA_LONG, size & PIECE_MASK, hash);
    size++;
  }

  long get(int index) {
    return pieces
        .get(index >>> PIECE_SHIFT)
        .memory()
        .getAtIndex(ValueLayout.JAVA_LONG, index & PIECE_MASK);
  }

  int size() {
    return size;
  }

  @Override
  public void close() {
    pieces.forEach(PooledBuffer::close);
    pieces.clear();
    size = 0;
  }
}

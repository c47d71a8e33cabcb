package dev.varve.storage.manifest;

import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.sstable.TableReader;
import java.lang.foreign.MemorySegment;

/**
 * The entries of tables that stand by key and don't overlap, one table after another. A table's own
 * cursor is made when the walk comes to it. The tables must stay retained as long as this is open.
 */
final class LevelCursor implements EntryCursor {
  private final TableReader[] tables;
  private final byte[][] ends;
  private final boolean[] settled;
  private final boolean fillCache;

  /** The table that {@link #entries} walks; the number of tables or -1 when it ran out of them. */
  private int at = -1;

  private EntryCursor entries;
  private boolean mayRead = true;

  /**
   * Makes a cursor over tables in the order of their keys; entries of tables that are settled
   * aren't shown as blind.
   */
  LevelCursor(TableReader[] tables, byte[][] ends, boolean[] settled, boolean fillCache) {
    this.tables = tables;
    this.ends = ends;
    this.settled = settled;
    this.fillCache = fillCache;
  }

  @Override
  public boolean isValid() {
    return entries != null && entries.isValid();
  }

  @Override
  public void mayRead(boolean allowed) {
    mayRead = allowed;
    if (entries != null) {
      entries.mayRead(allowed);
    }
  }

  @Override
  public boolean needsRead() {
    return entries != null && entries.needsRead();
  }

  @Override
  public EntryCursor leaf() {
    return entries;
  }

  @Override
  public void seekToFirst() {
    if (open(0)) {
      entries.seekToFirst();
      skipForward();
    }
  }

  @Override
  public void seekToLast() {
    if (open(tables.length - 1)) {
      entries.seekToLast();
      skipBackward();
    }
  }

  @Override
  public void seek(byte[] key, int offset, int length, long sequence) {
    if (open(Levels.firstEndingBehind(ends, key, offset, length))) {
      entries.seek(key, offset, length, sequence);
      skipForward();
    }
  }

  @Override
  public void seekBefore(byte[] key, int offset, int length) {
    int first = Levels.firstEndingBehind(ends, key, offset, length);
    if (open(Math.min(first, tables.length - 1))) {
      entries.seekBefore(key, offset, length);
      skipBackward();
    }
  }

  @Override
  public void next() {
    entries.next();
    skipForward();
  }

  @Override
  public void previous() {
    entries.previous();
    skipBackward();
  }

  private void skipForward() {
    while (!entries.isValid() && !entries.needsRead() && open(at + 1)) {
      entries.seekToFirst();
    }
  }

  private void skipBackward() {
    while (!entries.isValid() && !entries.needsRead() && open(at - 1)) {
      entries.seekToLast();
    }
  }

  /** Comes to a table; false, with nothing open, if there is none of that index. */
  private boolean open(int table) {
    if (entries != null && table == at) {
      return true;
    }
    close();
    at = table;
    if (table < 0 || table >= tables.length) {
      return false;
    }
    entries = tables[table].cursor(fillCache, settled[table]);
    entries.mayRead(mayRead);
    return true;
  }

  @Override
  public int part() {
    return at;
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
    return entries.kind();
  }

  @Override
  public MemorySegment valueSegment() {
    return entries.valueSegment();
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
    if (entries != null) {
      entries.close();
      entries = null;
    }
  }
}

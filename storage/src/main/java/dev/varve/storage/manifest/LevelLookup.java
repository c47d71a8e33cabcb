package dev.varve.storage.manifest;

import dev.varve.storage.base.EntryReference;
import dev.varve.storage.sstable.AscendingLookup;
import dev.varve.storage.sstable.TableReader;
import java.util.Arrays;
import java.util.List;

/**
 * Looks keys up in tables of one level that don't overlap, each key greater than the one before.
 * The tables must stay retained as long as this is open. Used by one thread.
 */
public final class LevelLookup implements AutoCloseable {
  private final TableReader[] readers;
  private final List<TableMeta> tables;
  private final boolean filtered;

  /** The table that the last key was looked for in, or the next one. */
  private int at;

  private AscendingLookup current;

  /**
   * @param tables by key
   * @param filtered whether filters are asked first, which pays where most keys are absent
   */
  LevelLookup(TableReader[] readers, List<TableMeta> tables, boolean filtered) {
    this.readers = readers;
    this.tables = tables;
    this.filtered = filtered;
  }

  /**
   * Looks up the newest version of a key. Range tombstones are not looked at.
   *
   * @return its entry, valid until the next lookup; null if there is none
   */
  public EntryReference find(byte[] key, int length) {
    while (at < readers.length && isBehind(tables.get(at), key, length)) {
      close();
      at++;
    }
    if (at == readers.length || !tables.get(at).spans(key, 0, length)) {
      return null;
    }
    if (filtered && !readers[at].mayContain(key, 0, length)) {
      return null;
    }
    if (current == null) {
      current = readers[at].ascendingLookup();
    }
    return current.find(key, length);
  }

  private static boolean isBehind(TableMeta table, byte[] key, int length) {
    byte[] end = table.end();
    return Arrays.compareUnsigned(end, 0, end.length, key, 0, length) <= 0;
  }

  @Override
  public void close() {
    if (current != null) {
      current.close();
      current = null;
    }
  }
}

package dev.varve.storage.sstable;

import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.block.BlockFile;
import dev.varve.storage.block.BlockHandle;
import dev.varve.storage.cache.TableMemory;
import java.lang.foreign.Arena;

/**
 * The filter of an open table. Its memory may be given back, and the filter read again, while
 * lookups go on: without it every key may be there. Safe for use by many threads.
 */
final class FilterMemory {
  private final BlockFile file;
  private final BlockHandle handle;
  private final TableMemory account;

  /** {@link TableFilter#ANY} while there is no memory. */
  private volatile TableFilter filter = TableFilter.ANY;

  /** Null while there is none; guarded by this. */
  private Arena memory;

  /** Makes the memory of a section that hasn't been read yet. */
  FilterMemory(BlockFile file, BlockHandle handle, TableMemory account) {
    this.file = file;
    this.handle = handle;
    this.account = account;
  }

  /** Reads the filter into memory of its own. */
  static TableFilter read(BlockFile file, BlockHandle handle, Arena memory) {
    TableFilter filter =
        TableFilter.of(
            file.readSection(handle, memory.allocate(handle.length(), TableFilter.LINE_BYTES)));
    if (filter == null) {
      throw new Corruption(file.name(), handle.offset(), "a well-formed filter");
    }
    return filter;
  }

  /** Whether a key of that hash may be in the table; false is certain. */
  boolean mayContain(long hash) {
    return filter.mayContain(hash);
  }

  /** Reads the filter, unless it is there. */
  synchronized void load() {
    if (memory != null) {
      return;
    }
    Arena loading = Arena.ofShared();
    try {
      filter = read(file, handle, loading);
    } catch (RuntimeException e) {
      loading.close();
      throw e;
    }
    memory = loading;
    account.addFilter(handle.length());
  }

  /** Gives the memory back. */
  synchronized void drop() {
    if (memory != null) {
      filter = TableFilter.ANY;
      memory.close();
      memory = null;
      account.addFilter(-handle.length());
    }
  }

  /** Bytes that the filter takes when it is there. */
  long fullBytes() {
    return handle.length();
  }

  /** Bytes that it takes. */
  long bytes() {
    return filter == TableFilter.ANY ? 0 : handle.length();
  }
}

package dev.varve.storage.sstable;

import dev.varve.storage.KeyBatch;
import dev.varve.storage.Lookups;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.KeyHash;
import dev.varve.storage.cache.Block;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Lookups of many keys in tables. Each step (filter, index, block, search) is taken for all keys
 * before the next one, so that the processor waits for the memory of many at once: a lookup does
 * little else than wait.
 *
 * <p>The caller goes from newer tables to older ones: it {@linkplain #choose chooses} for pending
 * keys the table that may have them, and lets all be looked up. A key is pending until it is
 * answered. Used by one thread at a time, and reused.
 */
public final class TableLookups {
  private KeyBatch keys;
  private long snapshot;
  private boolean mayRead;
  private boolean keeps;
  private Lookups out;

  /** By a key's index. */
  private long[] hashes = {};

  private long[] deletedBefore = {};
  private boolean[] answered = {};

  private int[] pending = {};
  private int pendingCount;

  // The chosen keys, side by side.
  private int[] chosen = {};
  private TableReader[] tables = {};
  private int[] ordinals = {};
  private Block[] blocks = {};
  private int chosenCount;

  /** What was read ahead, kept so that the reads can't be optimized away. */
  @SuppressWarnings("UnusedVariable")
  private long sink;

  private TableLookups() {}

  /**
   * The one that goes with {@code out}, for the keys that will be {@linkplain #add added}.
   *
   * @param snapshot nothing newer than this sequence number is seen
   * @param mayRead whether the disk may be read
   * @param keeps whether the cache is offered the blocks that are read
   * @param out takes the answers
   */
  public static TableLookups begin(
      KeyBatch keys, long snapshot, boolean mayRead, boolean keeps, Lookups out) {
    TableLookups lookups = out.workspace(TableLookups.class, TableLookups::new);
    lookups.keys = keys;
    lookups.snapshot = snapshot;
    lookups.mayRead = mayRead;
    lookups.keeps = keeps;
    lookups.out = out;
    lookups.pendingCount = 0;
    lookups.chosenCount = 0;
    lookups.ensure(keys.size());
    return lookups;
  }

  private void ensure(int size) {
    if (size > pending.length) {
      hashes = new long[size];
      deletedBefore = new long[size];
      answered = new boolean[size];
      pending = new int[size];
      chosen = new int[size];
      tables = new TableReader[size];
      ordinals = new int[size];
      blocks = new Block[size];
    }
  }

  /**
   * A key is to be looked up; each is added once.
   *
   * @param index in the batch
   * @param newestTombstone sequence number of the newest range tombstone over the key: what is
   *     older is absent
   */
  public void add(int index, long newestTombstone) {
    hashes[index] = KeyHash.hash(keys.bytes(), keys.offset(index), keys.length(index));
    deletedBefore[index] = newestTombstone;
    answered[index] = false;
    pending[pendingCount++] = index;
  }

  /** How many keys are pending. */
  public int pending() {
    return pendingCount;
  }

  /** The index in the batch of a pending key. */
  public int key(int number) {
    return pending[number];
  }

  /** What was said of a key when it was added. */
  public long newestTombstone(int index) {
    return deletedBefore[index];
  }

  /** Lets a pending key be looked up in a table by the next {@link #run}. */
  public void choose(int index, TableReader table) {
    chosen[chosenCount] = index;
    tables[chosenCount++] = table;
  }

  /** Looks up what was chosen. */
  public void run() {
    int candidates = 0;
    for (int i = 0; i < chosenCount; i++) {
      if (tables[i].passes(hashes[chosen[i]])) {
        chosen[candidates] = chosen[i];
        tables[candidates++] = tables[i];
      }
    }
    chosenCount = candidates;
    long read = 0;
    for (int i = 0; i < chosenCount; i++) {
      int key = chosen[i];
      ordinals[i] = tables[i].findBlock(keys.bytes(), keys.offset(key), keys.length(key), mayRead);
    }
    for (int i = 0; i < chosenCount; i++) {
      read += tables[i].touch(ordinals[i]);
    }
    try {
      for (int i = 0; i < chosenCount; i++) {
        blocks[i] =
            isInBlockBefore(i) ? blocks[i - 1] : tables[i].block(ordinals[i], mayRead, keeps);
      }
      for (int i = 0; i < chosenCount; i++) {
        read += blocks[i] == null ? 0 : DataBlock.touch(blocks[i].memory());
      }
      for (int i = 0; i < chosenCount; i++) {
        search(i);
      }
    } finally {
      sink += read;
      forgetChosen();
    }
    removeAnswered();
  }

  /**
   * Whether a chosen key is in the block of the one before it, which is pinned once more then. A
   * block that isn't kept would be read for each.
   */
  private boolean isInBlockBefore(int number) {
    return number > 0
        && tables[number] == tables[number - 1]
        && ordinals[number] == ordinals[number - 1]
        && blocks[number - 1] != null
        && blocks[number - 1].tryPin();
  }

  private void search(int number) {
    int key = chosen[number];
    TableReader table = tables[number];
    Block block = blocks[number];
    EntryReference entry = out.entry(key);
    int answer;
    if (block == null) {
      answer =
          ordinals[number] == table.blockCount()
              ? EntryReference.ABSENT
              : EntryReference.NEEDS_READ;
    } else {
      byte[] bytes = keys.bytes();
      int offset = keys.offset(key);
      int length = keys.length(key);
      MemorySegment memory = block.memory();
      answer = DataBlock.get(memory, bytes, offset, length, snapshot, entry, block);
      if (answer == EntryReference.FOUND) {
        blocks[number] = null; // The entry has its pin now.
      } else if (answer == EntryReference.ABSENT) {
        table.misled();
      } else if (answer == DataBlock.CONTINUES) {
        answer =
            table.getFrom(ordinals[number] + 1, bytes, offset, length, snapshot, mayRead, entry);
      }
    }
    settle(key, answer, entry);
  }

  private void settle(int key, int answer, EntryReference entry) {
    if (answer == EntryReference.FOUND
        && !(EntryKind.isPut(entry.kind()) && entry.sequence() >= deletedBefore[key])) {
      entry.release();
      answered[key] = true;
      return;
    }
    if (answer != EntryReference.ABSENT) {
      out.answer(key, answer);
      answered[key] = true;
    }
  }

  private void forgetChosen() {
    for (int i = 0; i < chosenCount; i++) {
      if (blocks[i] != null) {
        blocks[i].unpin();
        blocks[i] = null;
      }
    }
    Arrays.fill(tables, 0, chosenCount, null);
    chosenCount = 0;
  }

  private void removeAnswered() {
    int left = 0;
    for (int i = 0; i < pendingCount; i++) {
      if (!answered[pending[i]]) {
        pending[left++] = pending[i];
      }
    }
    pendingCount = left;
  }
}

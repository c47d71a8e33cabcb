package dev.varve.storage.sstable;

import dev.varve.storage.KeyBatch;
import dev.varve.storage.base.BlobReference;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.KeyHash;
import dev.varve.storage.base.Warming;
import dev.varve.storage.iterator.ApartValues;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/**
 * Keys that lookups found in tables, with their values, or, of those that lie apart, with the
 * references that lead to them: finding one here takes two reads of memory, and a table, its blocks
 * in memory, takes a dozen that depend on one another. Off the heap, bounded in bytes.
 *
 * <p>Rows are written one after another into a ring of slabs; the oldest give way, but for those
 * used when their turn comes, which are written anew. While the ring isn't full every row found is
 * taken in, from then on one that was asked for twice. The index is a hash table of buckets of a
 * cache line each.
 *
 * <pre>
 * row  := sequence number &lt;&lt; 8 | kind:u64 | tables:u64 | key length:u32 | value length:u32
 *         | key | value | padding to 8
 * slot := the hash's upper 12 bits | position in the ring, in units of 8 bytes:u52       0: free
 * </pre>
 *
 * <p>A position is never used twice: those before {@link #tail} are gone. A reader copies the row
 * and looks at the tail after that, so that rows need no pins. (2^55 bytes are ten years of 100 MB
 * a second.)
 *
 * <p>Invariant: a row is the newest that the tables have of its key, of those who read them as they
 * were when it was taken in, or later: {@code tables} says up to which operation they held all.
 * (Its sequence number doesn't: a merge may have set it to 0.) What a flush brings is {@link
 * #forget forgotten} before it can be read from a table, and no row is taken in meanwhile: {@link
 * #offer} is for who reads the very tables that {@link #flushing} has named last. A range tombstone
 * that is flushed clears all, as merges drop it once it hides nothing that they see. A merge may
 * move a value that lies apart: its row leads to where it was, as long as that file is there, and
 * who finds the row has to see whether it is.
 *
 * <p>Safe for use by many threads.
 */
public final class RowCache implements AutoCloseable {
  /** The longest row that is kept, header included. */
  static final int LONGEST_ROW = 1024;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

  private static final int TABLES_AT = Long.BYTES;
  private static final int KEY_LENGTH_AT = TABLES_AT + Long.BYTES;
  private static final int VALUE_LENGTH_AT = KEY_LENGTH_AT + Integer.BYTES;
  private static final int ROW_HEADER = VALUE_LENGTH_AT + Integer.BYTES;
  private static final int ALIGNMENT = 8;
  private static final int KIND_BITS = 8;

  private static final int TAG_SHIFT = 52;
  private static final long POSITION_MASK = (1L << TAG_SHIFT) - 1;
  private static final int WAYS = 8;
  private static final int BUCKET_BYTES = WAYS * Long.BYTES;
  private static final int PAGE_BUCKETS = 1024;

  /** Memory of the ring for each slot of the index: what a row takes at least, about. */
  private static final int BYTES_A_SLOT = 96;

  /** No position, as all are greater. */
  private static final long NOWHERE = -1;

  private static final int LEAST_SLABS = 16;
  private static final int MIN_SLAB_BYTES = 4 << 10;
  private static final int MAX_SLAB_BYTES = 1 << 20;

  /** A row that is used in the oldest part of the ring, one in so many, is written anew. */
  private static final int OLDEST_SHARE = 4;

  private final Arena arena = Arena.ofShared();

  /** A power of two. */
  private final long slabBytes;

  private final int slabShift;
  private final MemorySegment[] slabs;

  /** The buckets, so many on each page, or all on one; null: nothing was put there yet. */
  private final MemorySegment[] pages;

  private final long bucketMask;

  /** The lower half of the hash of what was asked for last, by another part of it. */
  private final int[] asked;

  private final AtomicBoolean lock = new AtomicBoolean();
  private final LongAdder hits = new LongAdder();

  // Guarded by the lock.
  private long head;
  private long tables;
  private long slabsMade;
  private long pagesMade;

  /** Rows before it are gone. Moved before their memory is overwritten. */
  private volatile long tail;

  private volatile long ringBytes;
  private volatile long indexBytes;

  private RowCache(long slabBytes, int slabCount, long buckets) {
    this.slabBytes = slabBytes;
    slabShift = Long.numberOfTrailingZeros(slabBytes);
    slabs = new MemorySegment[slabCount];
    pages = new MemorySegment[(int) Math.max(1, buckets / PAGE_BUCKETS)];
    bucketMask = buckets - 1;
    asked = new int[(int) Math.min(buckets * 2, 1 << 20)];
    head = slabBytes;
    tail = slabBytes;
  }

  /**
   * Makes an empty one.
   *
   * @param capacity the most bytes that it takes, its index included; null if that is too little to
   *     be of use
   */
  public static RowCache of(long capacity) {
    long slab = Math.clamp(Long.highestOneBit(capacity / LEAST_SLABS), 0, MAX_SLAB_BYTES);
    if (slab < MIN_SLAB_BYTES) {
      return null;
    }
    long buckets = Long.highestOneBit(capacity / (BYTES_A_SLOT * WAYS));
    long ring = capacity - buckets * BUCKET_BYTES;
    return new RowCache(slab, (int) Math.min(ring / slab, 1 << 20), buckets);
  }

  /** The hash of a key, for the other methods. */
  public static long hash(byte[] key, int offset, int length) {
    return KeyHash.hash(key, offset, length);
  }

  // Reading

  /**
   * Looks up the newest entry that tables have of a key.
   *
   * @param newestTombstone nothing older than this sequence number is wanted
   * @param flushedUpTo up to which operation the caller's tables hold all
   * @param out set to a copy if the answer is true
   * @return whether it is here
   */
  public boolean find(
      long hash,
      byte[] key,
      int offset,
      int length,
      long newestTombstone,
      long flushedUpTo,
      EntryReference out) {
    MemorySegment page = page(hash);
    if (page == null) {
      return false;
    }
    long bucket = bucketAt(hash);
    for (int way = 0; way < WAYS; way++) {
      long slot = page.get(LONG, bucket + (long) way * Long.BYTES);
      if (slot >>> TAG_SHIFT == hash >>> TAG_SHIFT) {
        long position = (slot & POSITION_MASK) * ALIGNMENT;
        if (position >= tail && read(position, key, offset, length, flushedUpTo, out)) {
          if (out.sequence() < newestTombstone) {
            out.release();
            return false;
          }
          hits.increment();
          if (position - tail < ringCapacity() / OLDEST_SHARE && isFull()) {
            insert(hash, key, offset, length, out, flushedUpTo);
          }
          return true;
        }
      }
    }
    return false;
  }

  /** Copies the row at a position, if it is still there, the key's, and not of later tables. */
  private boolean read(
      long position, byte[] key, int offset, int length, long flushedUpTo, EntryReference out) {
    MemorySegment slab = slabAt(position);
    long at = inSlab(position);
    int valueLength = slab.get(INT, at + VALUE_LENGTH_AT);
    if (slab.get(INT, at + KEY_LENGTH_AT) != length
        || slab.get(LONG, at + TABLES_AT) > flushedUpTo
        || valueLength < 0
        || valueLength > LONGEST_ROW
        || at + ROW_HEADER + length + valueLength > slabBytes
        || KeyBytes.commonPrefix(key, offset, slab, at + ROW_HEADER, length) != length) {
      return false;
    }
    long header = slab.get(LONG, at);
    out.copy((byte) header, header >>> KIND_BITS, slab, at + ROW_HEADER + length, valueLength);
    // What was read is a row only if nothing has been written over it since.
    VarHandle.loadLoadFence();
    if (position >= tail) {
      return true;
    }
    out.release();
    return false;
  }

  /**
   * Reads what {@link #find} will read of pending keys, all keys' side by side, and then values
   * that lie apart.
   */
  public void warm(KeyBatch keys, Warming warming, ApartValues values) {
    int[] pending = warming.pending();
    long[] hashes = warming.scratch();
    int count = warming.count();
    long read = 0;
    for (int i = 0; i < count; i++) {
      int key = pending[i];
      hashes[i] = KeyHash.hash(keys.bytes(), keys.offset(key), keys.length(key));
      MemorySegment page = page(hashes[i]);
      read += page == null ? 0 : page.get(LONG, bucketAt(hashes[i]));
    }
    int apart = 0;
    for (int i = 0; i < count; i++) {
      long position = position(hashes[i]);
      long header = position == NOWHERE ? 0 : slabAt(position).get(LONG, inSlab(position));
      read += header;
      if (EntryKind.isApart((byte) header)) {
        pending[apart] = pending[i];
        hashes[apart++] = position;
      }
    }
    warming.read(read + touch(keys, pending, hashes, apart, values));
  }

  private long touch(KeyBatch keys, int[] pending, long[] rows, int count, ApartValues values) {
    long read = 0;
    for (int i = 0; i < count; i++) {
      long at = referenceAt(rows[i], keys.length(pending[i]));
      read += at < 0 ? 0 : values.touch(slabAt(rows[i]), at);
    }
    for (int i = 0; i < count; i++) {
      long at = referenceAt(rows[i], keys.length(pending[i]));
      int place = Math.max(keys.place(pending[i]), 0);
      read += at < 0 ? 0 : values.touch(slabAt(rows[i]), at, place);
    }
    return read;
  }

  /** Where in its slab a row's reference is, if it is a row of such a key; negative if not. */
  private long referenceAt(long position, int keyLength) {
    long at = inSlab(position) + ROW_HEADER + keyLength;
    return at + BlobReference.BYTES <= slabBytes ? at : NOWHERE;
  }

  /** The position of what is most likely a key's row; {@link #NOWHERE}: there is none. */
  private long position(long hash) {
    MemorySegment page = page(hash);
    if (page == null) {
      return NOWHERE;
    }
    long bucket = bucketAt(hash);
    for (int way = 0; way < WAYS; way++) {
      long slot = page.get(LONG, bucket + (long) way * Long.BYTES);
      long position = (slot & POSITION_MASK) * ALIGNMENT;
      if (slot >>> TAG_SHIFT == hash >>> TAG_SHIFT && position >= tail) {
        return position;
      }
    }
    return NOWHERE;
  }

  // Taking in

  /**
   * Takes in what a lookup has found in the tables, unless it is too large or there is no need.
   *
   * @param found the newest entry that they have of the key
   * @param flushedUpTo up to which operation these tables hold all
   */
  public void offer(
      long hash, byte[] key, int offset, int length, EntryReference found, long flushedUpTo) {
    if (ROW_HEADER + (long) length + found.valueLength() <= LONGEST_ROW
        && (!isFull() || wasAsked(hash))) {
      insert(hash, key, offset, length, found, flushedUpTo);
    }
  }

  private boolean wasAsked(long hash) {
    int at = (int) (hash >>> Integer.SIZE) & (asked.length - 1);
    boolean before = asked[at] == (int) hash;
    asked[at] = (int) hash;
    return before;
  }

  private boolean isFull() {
    return ringBytes == ringCapacity();
  }

  private long ringCapacity() {
    return slabs.length * slabBytes;
  }

  /** Writes a row, unless somebody else is at it: then it isn't worth the wait. */
  private void insert(
      long hash, byte[] key, int offset, int length, EntryReference entry, long flushedUpTo) {
    if (!lock.compareAndSet(false, true)) {
      return;
    }
    try {
      if (flushedUpTo == tables) {
        long position = write(key, offset, length, entry);
        // Who finds the position finds the row.
        VarHandle.storeStoreFence();
        point(hash, position);
      }
    } finally {
      lock.set(false);
    }
  }

  private long write(byte[] key, int offset, int length, EntryReference entry) {
    int valueLength = entry.valueLength();
    long bytes = (ROW_HEADER + (long) length + valueLength + ALIGNMENT - 1) & -ALIGNMENT;
    long position = head;
    if (inSlab(position) + bytes > slabBytes) {
      position += slabBytes - inSlab(position);
    }
    long oldest = (slabNumber(position) - slabs.length + 1) * slabBytes;
    if (oldest > tail) {
      tail = oldest;
      // The tail has moved before anything is written over.
      VarHandle.fullFence();
    }
    MemorySegment slab = makeSlab(position);
    long at = inSlab(position);
    slab.set(LONG, at, (entry.sequence() << KIND_BITS) | (entry.kind() & 0xFF));
    slab.set(LONG, at + TABLES_AT, tables);
    slab.set(INT, at + KEY_LENGTH_AT, length);
    slab.set(INT, at + VALUE_LENGTH_AT, valueLength);
    MemorySegment.copy(key, offset, slab, ValueLayout.JAVA_BYTE, at + ROW_HEADER, length);
    MemorySegment.copy(
        entry.valueSegment(), entry.valueOffset(), slab, at + ROW_HEADER + length, valueLength);
    head = position + bytes;
    return position;
  }

  private void point(long hash, long position) {
    MemorySegment page = makePage(hash);
    long bucket = bucketAt(hash);
    long chosen = bucket;
    long least = Long.MAX_VALUE;
    for (int way = 0; way < WAYS; way++) {
      long at = bucket + (long) way * Long.BYTES;
      long slot = page.get(LONG, at);
      if (slot != 0 && slot >>> TAG_SHIFT == hash >>> TAG_SHIFT) {
        chosen = at;
        break;
      }
      if ((slot & POSITION_MASK) < least) {
        least = slot & POSITION_MASK;
        chosen = at;
      }
    }
    page.set(LONG, chosen, ((hash >>> TAG_SHIFT) << TAG_SHIFT) | (position / ALIGNMENT));
  }

  // What tables hold changes

  /**
   * Tables are about to hold all up to an operation: from now on no row is taken in but by who
   * reads these, who come when every key that is new in them has been {@linkplain #forget
   * forgotten}.
   */
  public void flushing(long upTo) {
    acquire();
    tables = upTo;
    lock.set(false);
  }

  /** The tables' newest entry of a key of this hash is about to be another. */
  public void forget(long hash) {
    MemorySegment page = page(hash);
    if (page == null) {
      return;
    }
    long bucket = bucketAt(hash);
    for (int way = 0; way < WAYS; way++) {
      long at = bucket + (long) way * Long.BYTES;
      if (page.get(LONG, at) >>> TAG_SHIFT == hash >>> TAG_SHIFT) {
        page.set(LONG, at, 0);
      }
    }
  }

  /** Forgets all rows; otherwise as {@link #flushing}. */
  public void clear(long upTo) {
    acquire();
    tables = upTo;
    tail = head;
    lock.set(false);
  }

  private void acquire() {
    while (!lock.compareAndSet(false, true)) {
      Thread.onSpinWait();
    }
  }

  // Figures

  /** Whether there is no row. */
  public boolean isEmpty() {
    return ringBytes == 0;
  }

  /** Bytes of memory taken. */
  public long usedBytes() {
    return ringBytes + indexBytes;
  }

  /** Lookups that found their key here. */
  public long hits() {
    return hits.sum();
  }

  /** Gives all memory back; nobody may use it any more. */
  @Override
  public void close() {
    arena.close();
  }

  // Memory

  private long slabNumber(long position) {
    return position >>> slabShift;
  }

  private long inSlab(long position) {
    return position & (slabBytes - 1);
  }

  private MemorySegment slabAt(long position) {
    return slabs[(int) (slabNumber(position) % slabs.length)];
  }

  private MemorySegment makeSlab(long position) {
    MemorySegment slab = slabAt(position);
    if (slab == null) {
      slab = arena.allocate(slabBytes, BUCKET_BYTES);
      slabs[(int) (slabNumber(position) % slabs.length)] = slab;
      ringBytes = ++slabsMade * slabBytes;
    }
    return slab;
  }

  private int pageOf(long hash) {
    return (int) ((hash & bucketMask) / PAGE_BUCKETS);
  }

  private MemorySegment page(long hash) {
    return pages[pageOf(hash)];
  }

  /** Where a hash's bucket is in its page. */
  private long bucketAt(long hash) {
    return (hash & bucketMask) % PAGE_BUCKETS * BUCKET_BYTES;
  }

  private MemorySegment makePage(long hash) {
    MemorySegment page = page(hash);
    if (page == null) {
      page = arena.allocate(Math.min(bucketMask + 1, PAGE_BUCKETS) * BUCKET_BYTES, BUCKET_BYTES);
      pages[pageOf(hash)] = page;
      indexBytes = ++pagesMade * page.byteSize();
    }
    return page;
  }
}

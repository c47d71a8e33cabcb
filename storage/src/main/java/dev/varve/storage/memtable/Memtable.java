package dev.varve.storage.memtable;

import dev.varve.storage.KeyBatch;
import dev.varve.storage.base.AbandonedRanges;
import dev.varve.storage.base.CountChanges;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.KeySpread;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.base.RangeTombstones;
import dev.varve.storage.base.Warming;
import dev.varve.storage.iterator.EntryCursor;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ObjIntConsumer;

/**
 * The writes since the last flush, in memory: every version of every key, and the range tombstones.
 *
 * <p>One thread writes; any number read at the same time without locks. A reader sees all that was
 * added before the sequence number of its snapshot was handed to it (by whatever publishes sequence
 * numbers: a release by the writer, an acquire by the reader).
 *
 * <p>The memory is off the heap and is given back at the last {@link #release}. Every method but
 * {@link #tryRetain} is called by a thread that holds a pin, and the bytes that {@link #get} and
 * cursors show are valid as long as it does: they lie in a segment over the whole address space,
 * which nothing guards. The creator holds the first pin.
 */
public final class Memtable {
  private final RecordArena arena;
  private final Records records;
  private final HashIndex index;
  private final KeySpaces keys;
  private final KeyBounds bounds = new KeyBounds();
  private final CountChanges counts = new CountChanges();

  /** Those of {@link #counts} that readers see. */
  private final CountChanges published = new CountChanges();

  private final AtomicInteger pins = new AtomicInteger(1);
  private final RangeDeletes ranges;
  private final long hashSeed;

  private volatile SettledDebts settled = SettledDebts.NONE;

  /** As {@link #settled}, but what isn't published yet has made nothing of it void. */
  private volatile SettledDebts publishedSettled = SettledDebts.NONE;

  // The writer's; others may read them once the memtable is frozen and they were told so.
  private Abandons abandons;
  private int entries;
  private int blindEntries;
  private int tombstones;
  private int forgets;
  private int abandoned;
  private int publishedForgets;
  private long firstSequence;
  private long lastSequence;
  private boolean frozen;

  /**
   * An empty memtable.
   *
   * @param pool where its memory comes from
   * @param hashSeed makes the hashes of keys unpredictable, so that nobody can choose keys that
   *     collide; sizes depend on it, so a test that is to be repeatable passes its own
   */
  public Memtable(SlabPool pool, long hashSeed) {
    this.hashSeed = hashSeed;
    arena = new RecordArena(pool);
    records = new Records(arena);
    index = new HashIndex(arena, records, hashSeed);
    keys = new KeySpaces(arena, records);
    ranges = new RangeDeletes(arena);
  }

  /**
   * Writer: adds a version of a key.
   *
   * @param kind a point kind of {@link EntryKind}
   * @param sequence greater than that of everything added before
   * @throws IllegalArgumentException if it is not
   * @throws IllegalStateException if the memtable is frozen, or holds some gigabytes already
   */
  public void add(
      byte kind,
      long sequence,
      byte[] bytes,
      int keyOffset,
      int keyLength,
      int valueOffset,
      int valueLength) {
    beginEntry(sequence);
    int hash = index.hash(bytes, keyOffset, keyLength);
    int key = index.find(hash, bytes, keyOffset, keyLength);
    if (key == 0) {
      key = records.addKey(kind, sequence, bytes, keyOffset, keyLength, valueOffset, valueLength);
      bounds.add(bytes, keyOffset, keyLength);
      index.insert(hash, key);
      keys.add(KeySpaces.of(bytes, keyOffset, keyLength), key);
    } else {
      records.addVersion(key, kind, sequence, bytes, valueOffset, valueLength);
    }
    if (EntryKind.isBlind(kind)) {
      blindEntries++;
    }
    if (!EntryKind.isPut(kind)) {
      tombstones++;
    }
  }

  /** Shows {@code action} each key and its length, in no order, in one array that is reused. */
  public void forEachKey(ObjIntConsumer<byte[]> action) {
    byte[] key = new byte[256];
    for (int space = keys.atOrBehind(0);
        space < KeySpaces.END;
        space = keys.atOrBehind(space + 1)) {
      for (int each : keys.records(space)) {
        int length = records.keyLength(each);
        if (length > key.length) {
          key = new byte[Math.max(length, 2 * key.length)];
        }
        Memory.copyOut(records.keyAddress(each), length, key);
        action.accept(key, length);
      }
    }
  }

  HashIndex index() {
    return index;
  }

  Records records() {
    return records;
  }

  /** Writer: adds a range tombstone, of a greater sequence number than all before. */
  public void addRange(RangeTombstone tombstone) {
    beginEntry(tombstone.sequence());
    ranges.add(tombstone);
  }

  /**
   * Writer: nothing can reach the keys of a range any more. Of a greater sequence number than all
   * before.
   */
  public void abandon(byte[] begin, byte[] end, long sequence) {
    beginEntry(sequence);
    if (Arrays.compareUnsigned(begin, end) < 0) {
      if (abandons == null) {
        abandons = new Abandons(arena, records, hashSeed);
      }
      abandons.add(begin, end, sequence);
      abandoned++;
    }
  }

  /** The ranges that were abandoned. For the writer, and for others once the memtable is frozen. */
  public AbandonedRanges abandoned() {
    return abandons == null ? AbandonedRanges.EMPTY : abandons.ranges();
  }

  /** How often a range was abandoned. */
  public int abandonedCount() {
    return abandoned;
  }

  private void beginEntry(long sequence) {
    if (frozen) {
      throw new IllegalStateException("the memtable is frozen");
    }
    if (sequence <= lastSequence) {
      throw new IllegalArgumentException("sequence " + sequence + " comes behind " + lastSequence);
    }
    if (entries++ == 0) {
      firstSequence = sequence;
    }
    lastSequence = sequence;
  }

  /** Writer: nothing is added from here on. */
  public void freeze() {
    frozen = true;
  }

  /**
   * What the writes changed in the live counts of key groups, short by what blind entries owe. Only
   * the writer changes it.
   */
  public CountChanges counts() {
    return counts;
  }

  /** Writer: a group is emptied at once, its debts void. */
  public synchronized void forget(long group) {
    settled = settled.without(group);
    counts.forget(group);
    forgets++;
  }

  /**
   * Writer: the next changes of its counts are seen by readers. Who reads meanwhile may see a part
   * of them.
   *
   * @param changes all those of some batches
   * @param forgetsThen {@link #forgets} when the last of them had been made
   */
  public void publish(CountChanges changes, int forgetsThen) {
    if (forgetsThen != publishedForgets) {
      publishForgotten(changes, forgetsThen);
    }
    published.addAll(changes);
  }

  private synchronized void publishForgotten(CountChanges changes, int forgetsThen) {
    changes.forEach(
        (group, forgotten, delta) -> {
          if (forgotten) {
            publishedSettled = publishedSettled.without(group);
          }
        });
    publishedForgets = forgetsThen;
  }

  /** How often a group was forgotten, see {@link #settle}. */
  public synchronized int forgets() {
    return forgets;
  }

  /**
   * Pays debts of its blind entries. Any thread, one at a time.
   *
   * @param paid what is paid from now on, all that had been paid before included
   * @param forgetsBefore {@link #forgets} before it was found out
   * @param rangesBefore how many range tombstones there were then
   * @return false, and nothing has changed, if a group was forgotten since, or that is not
   *     published yet
   */
  public synchronized boolean settle(SettledDebts paid, int forgetsBefore, int rangesBefore) {
    if (forgets != forgetsBefore || forgets != publishedForgets || ranges.count() != rangesBefore) {
      return false;
    }
    settled = paid;
    publishedSettled = paid;
    return true;
  }

  /** Which of its blind entries' debts are paid. */
  public SettledDebts settled() {
    return settled;
  }

  /**
   * As {@link #settled()}, as far as what has made debts void is {@linkplain #publish published}.
   */
  public SettledDebts publishedSettled() {
    return publishedSettled;
  }

  /**
   * The live count of a group after its writes; short by debts that aren't paid.
   *
   * @param before the count beneath
   * @param paid {@link #settled()}
   */
  public long countAfter(long group, long before, SettledDebts paid) {
    return paid.counts().apply(group, counts.apply(group, before));
  }

  /**
   * The live count of a group after those writes that are {@linkplain #publish published}.
   *
   * @param before the count beneath
   * @param paid {@link #publishedSettled()}
   */
  public long publishedCountAfter(long group, long before, SettledDebts paid) {
    return paid.counts().apply(group, published.apply(group, before));
  }

  /** Bytes of memory taken: records, index, order and range tombstones. */
  public long memoryBytes() {
    long ofAbandons = abandons == null ? 0 : abandons.heapBytes();
    return arena.usedBytes()
        + index.heapBytes()
        + keys.heapBytes()
        + ranges.heapBytes()
        + ofAbandons;
  }

  /**
   * Writer, before the first entry: many are about to be added. In a process just started that
   * spares more than the growing itself: code that is compiled while nothing grows is thrown away
   * each time that something does.
   *
   * @param entries how many, about
   */
  public void expect(int entries) {
    index.expect(entries);
  }

  /** Entries added, range tombstones among them. */
  public int entries() {
    return entries;
  }

  /** Blind entries (see {@link EntryKind}) whose debt is open. */
  public int openEntries() {
    return openEntries(settled);
  }

  /** Blind entries whose debt is open, where {@code paid} is. */
  public int openEntries(SettledDebts paid) {
    return Math.max(0, blindEntries - paid.entries());
  }

  /** Entries added that say that their key has no value. */
  public int tombstones() {
    return tombstones;
  }

  /** Entries added that are blind, be their debt paid or not. */
  public int blindEntries() {
    return blindEntries;
  }

  /** The sequence number of the first entry; 0 if there is none. */
  public long firstSequence() {
    return firstSequence;
  }

  /** The sequence number of the last entry; 0 if there is none. */
  public long lastSequence() {
    return lastSequence;
  }

  /**
   * Looks for the newest version of a key that is no newer than {@code snapshot}. Range tombstones
   * are not looked at.
   *
   * @param out set if the answer is {@link EntryReference#FOUND}; it pins nothing by itself
   * @return {@link EntryReference#FOUND} or {@link EntryReference#ABSENT}
   */
  public int get(byte[] key, int offset, int length, long snapshot, EntryReference out) {
    return get(hash(key, offset, length), key, offset, length, snapshot, out);
  }

  /** The hash of a key, which is that of every memtable with this one's seed. */
  public int hash(byte[] key, int offset, int length) {
    return index.hash(key, offset, length);
  }

  /**
   * As {@link #get(byte[], int, int, long, EntryReference)}, for who looks into several.
   *
   * @param hash the key's {@link #hash(byte[], int, int)}
   */
  public int get(int hash, byte[] key, int offset, int length, long snapshot, EntryReference out) {
    int record = index.find(hash, key, offset, length);
    int version = record == 0 ? 0 : records.versionAt(record, snapshot);
    if (version == 0) {
      return EntryReference.ABSENT;
    }
    out.set(
        records.kind(version),
        records.sequence(version),
        Memory.ALL,
        records.valueAddress(version),
        records.valueLength(version));
    return EntryReference.FOUND;
  }

  /** Sets the hashes of all keys, which are those of every memtable with this one's seed. */
  public void hash(KeyBatch keys, Warming warming) {
    int[] hashes = warming.hashes();
    for (int i = 0; i < keys.size(); i++) {
      hashes[i] = index.hash(keys.bytes(), keys.offset(i), keys.length(i));
    }
  }

  /**
   * Reads what {@link #get} of the pending keys will read, step by step for all of them, so that
   * the processor waits for many at once. Those found are not pending any more.
   */
  public void warm(KeyBatch keys, Warming warming) {
    int[] pending = warming.pending();
    int[] hashes = warming.hashes();
    long[] scratch = warming.scratch();
    int count = warming.count();
    long read = 0;
    for (int i = 0; i < count; i++) {
      read += index.home(hashes[pending[i]]);
    }
    int found = 0;
    int left = 0;
    for (int i = 0; i < count; i++) {
      int record = index.candidate(hashes[pending[i]]);
      if (record != 0) {
        scratch[found++] =
            (long) keys.place(pending[i]) << Integer.SIZE | Integer.toUnsignedLong(record);
      } else {
        pending[left++] = pending[i];
      }
    }
    warming.left(left);
    for (int i = 0; i < found; i++) {
      long place = scratch[i] >>> Integer.SIZE << Integer.SIZE;
      scratch[i] = place | Integer.toUnsignedLong(records.newest((int) scratch[i]));
    }
    for (int i = 0; i < found; i++) {
      int place = (int) (scratch[i] >>> Integer.SIZE);
      int version = (int) scratch[i];
      read += place < 0 ? records.touch(version) : records.touch(version, place);
    }
    warming.read(read);
  }

  /**
   * Whether a key may lie between {@code lower} and, not included, {@code upper}, as far as a
   * glance tells; null is no bound. A cursor sorts keys, which this spares where it says no.
   */
  public boolean mayHoldBetween(byte[] lower, byte[] upper) {
    return bounds.overlap(lower, upper)
        && keys.atOrBehind(KeySpaces.firstOf(lower)) <= KeySpaces.lastOf(upper);
  }

  /**
   * An ordered walk that shows of every key the newest version that is no newer than {@code
   * snapshot}: what a reader at that snapshot wants. Where it comes to, the keys are sorted that
   * came since a cursor was there; those of other first bytes are left alone.
   */
  public EntryCursor cursor(long snapshot) {
    return cursor(snapshot, null, null);
  }

  /**
   * As {@link #cursor(long)}, for one who doesn't look at keys before {@code lower}, and so needn't
   * wait until they are sorted; it may come to some all the same. To keys from {@code upper} on it
   * doesn't come. Null is no bound.
   */
  public EntryCursor cursor(long snapshot, byte[] lower, byte[] upper) {
    return cursor(new KeyWalk(records, keys, lower, upper), snapshot, false, 0);
  }

  /**
   * The keys between two bounds that begin with the same byte, by numbers.
   *
   * @param mayWait whether any number of keys may be sorted for that
   * @return null if there are too many to be sorted; those are none where there are no keys
   */
  public KeySlots slots(byte[] lower, byte[] upper, boolean mayWait) {
    return keys.slots(lower, upper, mayWait);
  }

  /**
   * Names keys between two bounds that begin with the same byte, among which the memtable's keys
   * there lie about evenly. May sort any number of keys.
   *
   * @param most how many keys are named at most
   */
  public void spread(byte[] lower, byte[] upper, int most, KeySpread to) {
    KeySlots slots = slots(lower, upper, true);
    int count = slots.count();
    int parts = Math.min(most, count);
    for (int i = 0; i < parts; i++) {
      byte[] key = slots.key((int) ((2L * i + 1) * count / (2L * parts)));
      if (key != null) {
        to.add(key, (double) count / parts);
      }
    }
  }

  /** An ordered walk over every version of every key: what a flush wants. */
  public EntryCursor versions() {
    return versions(SettledDebts.NONE);
  }

  /** As {@link #versions()}; entries whose debt is paid are not shown as blind. */
  public EntryCursor versions(SettledDebts paid) {
    KeyWalk walk = new KeyWalk(records, keys, null, null);
    return cursor(walk, Long.MAX_VALUE, true, paid.upTo());
  }

  private EntryCursor cursor(KeyWalk walk, long snapshot, boolean allVersions, long settledUpTo) {
    if (!tryRetain()) {
      throw new IllegalStateException("the memtable is gone");
    }
    return new MemtableCursor(this, records, walk, snapshot, allVersions, settledUpTo);
  }

  /** Keys that a walk over everything has to sort. */
  public int unsortedKeys() {
    return unsortedKeys(null, null);
  }

  /** Keys that a walk over those between two bounds has to sort; null is no bound. */
  public int unsortedKeys(byte[] lower, byte[] upper) {
    return keys.unsorted(KeySpaces.firstOf(lower), KeySpaces.lastOf(upper));
  }

  /**
   * Sorts the keys that came since the last cursor, so that the next one needn't. To be called in
   * the background now and then where cursors are used; what it does is not lost on a flush.
   */
  public void sortKeys() {
    keys.sort();
  }

  /**
   * The range tombstones. Their {@link RangeTombstones#pieces} are for the writer, and for others
   * once the memtable is frozen.
   */
  public RangeTombstones rangeTombstones() {
    return ranges;
  }

  /** How many range tombstones were added. */
  public int rangeCount() {
    return ranges.count();
  }

  /** Pins the memory; false if it has been given back already. */
  public boolean tryRetain() {
    int held = pins.get();
    while (held > 0) {
      int witness = pins.compareAndExchange(held, held + 1);
      if (witness == held) {
        return true;
      }
      held = witness;
    }
    return false;
  }

  /** Lets go of one pin; with the last one the memory is given back. */
  public void release() {
    int left = pins.decrementAndGet();
    if (left == 0) {
      arena.free();
    } else if (left < 0) {
      throw new IllegalStateException("released more often than retained");
    }
  }
}

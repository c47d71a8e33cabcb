package dev.varve.server.testing;

import dev.varve.server.datatype.KeyLayout;
import dev.varve.storage.Cursor;
import dev.varve.storage.KeyCount;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageStatistics;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.Verification;
import dev.varve.storage.VerificationListener;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;

/**
 * An engine in memory that behaves as badly as the contract allows: what counts as flushed may need
 * a read at any lookup, and blind entries are settled when it pleases, all by a seed. Used by one
 * thread.
 */
public final class FakeEngine implements StorageEngine {
  private record Entry(byte[] value, long sequence) {}

  private record Debt(long group, long delta) {}

  private final Random random;
  private final double needsRead;
  private NavigableMap<byte[], Entry> latest = new TreeMap<>(Arrays::compareUnsigned);
  private NavigableMap<byte[], Entry> published = new TreeMap<>(Arrays::compareUnsigned);
  private final Map<Long, Long> counts = new HashMap<>();
  private final List<Debt> debts = new ArrayList<>();
  private long sequence;
  private long flushed;
  private long time;

  /**
   * Makes an empty engine.
   *
   * @param needsRead how likely a lookup of what is flushed needs a read
   */
  public FakeEngine(long seed, double needsRead) {
    this.random = new Random(seed);
    this.needsRead = needsRead;
  }

  @Override
  public boolean isWritable(WriteBatch batch) {
    return true;
  }

  @Override
  public void whenWritable(Runnable callback) {
    callback.run();
  }

  @Override
  public void append(WriteBatch batch) {
    batch.stamp(sequence + 1, tick());
    latest = new TreeMap<>(latest);
    batch.forEach(
        new WriteBatch.Visitor() {
          @Override
          public void point(
              byte kind,
              long at,
              byte[] bytes,
              int keyOffset,
              int keyLength,
              int from,
              int length) {
            applyPoint(
                kind,
                at,
                Arrays.copyOfRange(bytes, keyOffset, keyOffset + keyLength),
                Arrays.copyOfRange(bytes, from, from + length));
          }

          @Override
          public void range(long at, byte[] begin, byte[] end) {
            sequence = at;
            latest.subMap(begin, true, end, false).clear();
          }

          @Override
          public void count(long group, long delta) {
            counts.merge(group, delta, Long::sum);
          }

          @Override
          public void forget(long group) {
            counts.put(group, 0L);
          }

          @Override
          public void abandon(long at, byte[] begin, byte[] end) {
            sequence = at;
            // Some are gone at once, others stay: nobody must look.
            latest.subMap(begin, true, end, false).keySet().removeIf(_ -> random.nextBoolean());
          }
        });
    if (needsRead > 0 && random.nextInt(4) == 0) {
      settle();
    }
  }

  private void applyPoint(byte kind, long at, byte[] key, byte[] value) {
    sequence = at;
    boolean existed = latest.containsKey(key);
    if (EntryKind.isBlind(kind)) {
      long group = KeyLayout.GROUPS.groupOf(key, 0, key.length);
      debts.add(new Debt(group, existed ? 0 : 1));
      if (existed && isMarked(latest.get(key).value())) {
        debts.add(new Debt(KeyLayout.GROUPS.markedGroupOf(group), -1));
      }
    }
    if (EntryKind.isPut(kind)) {
      latest.put(key, new Entry(value, at));
    } else {
      latest.remove(key);
    }
  }

  private static boolean isMarked(byte[] value) {
    return KeyLayout.GROUPS.isMarked(MemorySegment.ofArray(value), 0, value.length);
  }

  /** As merges do: what blind entries owe is paid. */
  private void settle() {
    for (Debt debt : debts) {
      counts.merge(debt.group(), debt.delta(), Long::sum);
    }
    debts.clear();
  }

  @Override
  public void write() {}

  @Override
  public ReadView latest() {
    return new View(latest, sequence, flushed);
  }

  @Override
  public long appendedSequence() {
    return sequence;
  }

  @Override
  public void publish(long visible) {
    published = latest;
    if (needsRead > 0 && random.nextInt(3) == 0) {
      flushed = sequence;
    }
  }

  @Override
  public void commit(WriteBatch batch, SyncPolicy policy) {
    append(batch);
    publish(sequence);
  }

  @Override
  public void freeze() {}

  @Override
  public void everySecond() {}

  @Override
  public long tick() {
    time = Math.max(time, System.currentTimeMillis());
    return time;
  }

  @Override
  public long timeMillis() {
    return time;
  }

  @Override
  public void sync() {}

  @Override
  public String poisoned() {
    return null;
  }

  @Override
  public long writtenSequence() {
    return sequence;
  }

  @Override
  public long durableSequence() {
    return sequence;
  }

  @Override
  public long visibleSequence() {
    return sequence;
  }

  @Override
  public ReadView view() {
    return new View(published, sequence, flushed);
  }

  /** All of it, which is more than lies in tables. */
  @Override
  public ReadView flushedView() {
    return view();
  }

  @Override
  public int get(byte[] key, int offset, int length, boolean mayRead, EntryReference out) {
    return view().get(key, offset, length, mayRead, out);
  }

  @Override
  public boolean countIsExact() {
    return debts.isEmpty();
  }

  @Override
  public void flush() {}

  /** From now on, what there is counts as flushed. */
  public void flushAll() {
    flushed = sequence;
  }

  @Override
  public void compact() {}

  @Override
  public Verification verify(VerificationListener listener) {
    throw new UnsupportedOperationException("there is nothing on a disk");
  }

  @Override
  public boolean ingest(List<Path> files) {
    throw new UnsupportedOperationException("there is nothing on a disk");
  }

  @Override
  public void checkpoint(Path target) {
    throw new UnsupportedOperationException("there is nothing on a disk");
  }

  @Override
  public long diskBytes() {
    return 0;
  }

  @Override
  public StorageStatistics statistics() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void resizeBlockCache(long bytes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void resetLatencies() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}

  private final class View implements ReadView {
    private final NavigableMap<byte[], Entry> entries;
    private final long seen;
    private final long inTables;

    View(NavigableMap<byte[], Entry> entries, long seen, long inTables) {
      this.entries = entries;
      this.seen = seen;
      this.inTables = inTables;
    }

    @Override
    public long sequence() {
      return seen;
    }

    @Override
    public long flushedSequence() {
      return inTables;
    }

    @Override
    public int get(byte[] key, int offset, int length, boolean mayRead, EntryReference out) {
      Entry entry = entries.get(Arrays.copyOfRange(key, offset, offset + length));
      boolean inMemory = entry != null && entry.sequence() > inTables;
      if (!mayRead && !inMemory && inTables > 0 && random.nextDouble() < needsRead) {
        return EntryReference.NEEDS_READ;
      }
      if (entry == null) {
        return EntryReference.ABSENT;
      }
      out.set(
          EntryKind.PUT,
          entry.sequence(),
          MemorySegment.ofArray(entry.value()),
          0,
          entry.value().length);
      return EntryReference.FOUND;
    }

    @Override
    public KeyCount count(long group, byte[] lower, byte[] upper) {
      return new KeyCount(counts.getOrDefault(group, 0L), debts.size(), sequence);
    }

    @Override
    public byte[] get(byte[] key) {
      Entry entry = entries.get(key);
      return entry == null ? null : entry.value().clone();
    }

    @Override
    public Cursor cursor(byte[] lower, byte[] upper) {
      var range = lower == null ? entries : entries.tailMap(lower, true);
      return new MapCursor(upper == null ? range : range.headMap(upper, false));
    }

    @Override
    public void close() {}
  }

  private static final class MapCursor implements Cursor {
    private final NavigableMap<byte[], Entry> entries;
    private Map.Entry<byte[], Entry> at;

    MapCursor(NavigableMap<byte[], Entry> entries) {
      this.entries = entries;
    }

    @Override
    public boolean isValid() {
      return at != null;
    }

    @Override
    public void seekToFirst() {
      at = entries.firstEntry();
    }

    @Override
    public void seekToLast() {
      at = entries.lastEntry();
    }

    @Override
    public void seek(byte[] key, int offset, int length) {
      at = entries.ceilingEntry(Arrays.copyOfRange(key, offset, offset + length));
    }

    @Override
    public void seekBefore(byte[] key, int offset, int length) {
      at = entries.lowerEntry(Arrays.copyOfRange(key, offset, offset + length));
    }

    @Override
    public void next() {
      at = entries.higherEntry(at.getKey());
    }

    @Override
    public void previous() {
      at = entries.lowerEntry(at.getKey());
    }

    @Override
    public byte[] key() {
      return at.getKey();
    }

    @Override
    public int keyLength() {
      return at.getKey().length;
    }

    @Override
    public MemorySegment valueSegment() {
      return MemorySegment.ofArray(at.getValue().value());
    }

    @Override
    public long valueOffset() {
      return 0;
    }

    @Override
    public int valueLength() {
      return at.getValue().value().length;
    }

    @Override
    public void close() {}
  }
}

package dev.varve.storage.engine;

import dev.varve.storage.Cursor;
import dev.varve.storage.KeyBatch;
import dev.varve.storage.KeyBounds;
import dev.varve.storage.KeyCount;
import dev.varve.storage.Lookups;
import dev.varve.storage.PartVisitor;
import dev.varve.storage.ReadView;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.KeySpread;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.iterator.MergingCursor;
import dev.varve.storage.iterator.VisibleCursor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;

/** A read state, pinned, and the sequence number at which it is read. */
final class EngineView implements ReadView {
  private final ReadState state;
  private final long sequence;
  private final PublishedCounts counts;
  private final AtomicBoolean open = new AtomicBoolean(true);
  private volatile boolean outrun;

  /** Takes over the caller's pin. */
  EngineView(ReadState state, long sequence, PublishedCounts counts) {
    this.state = state;
    this.sequence = sequence;
    this.counts = counts;
  }

  @Override
  public long sequence() {
    return sequence;
  }

  @Override
  public long flushedSequence() {
    return state.version.flushedUpTo();
  }

  @Override
  public int get(byte[] key, int offset, int length, boolean mayRead, EntryReference out) {
    return state.get(key, offset, length, sequence, mayRead, out);
  }

  @Override
  public int readPart(
      byte[] key, int offset, int length, boolean mayRead, int from, int count, PartVisitor to) {
    return state.readPart(key, offset, length, sequence, mayRead, from, count, to);
  }

  @Override
  public int head(byte[] key, int offset, int length, boolean mayRead, EntryReference out) {
    return state.head(key, offset, length, sequence, mayRead, out);
  }

  @Override
  public void get(KeyBatch keys, boolean mayRead, Lookups out) {
    state.get(keys, sequence, mayRead, false, out);
  }

  @Override
  public void heads(KeyBatch keys, boolean mayRead, Lookups out) {
    state.get(keys, sequence, mayRead, true, out);
  }

  @Override
  public void warm(KeyBatch keys) {
    state.warm(keys);
  }

  @Override
  public byte[] get(byte[] key) {
    return copyOf(this, key);
  }

  @Override
  public Cursor cursor(byte[] lower, byte[] upper) {
    return cursor(state, sequence, lower, upper);
  }

  @Override
  public byte[] draw(
      byte[] lower, byte[] upper, RandomGenerator random, boolean mayRead, EntryReference out) {
    return state.draw(lower, upper, sequence, random, mayRead, out);
  }

  @Override
  public KeyBounds bounds(byte[] lower, byte[] upper) {
    return bounds(state, sequence, lower, upper);
  }

  @Override
  public KeySpread spread(byte[] lower, byte[] upper, int most) {
    return state.spread(lower, upper, most);
  }

  @Override
  public KeyCount count(long group, byte[] lower, byte[] upper) {
    KeyCount count = counts.count(group, lower, upper);
    if (count.sequence() > sequence) {
      outrun = true;
    }
    return count;
  }

  @Override
  public boolean isOutrun() {
    return outrun;
  }

  @Override
  public long countByWalk(byte[] lower, byte[] upper, long most) {
    return state.unsortedKeys(lower, upper) > most
        ? TOO_MANY
        : ReadView.super.countByWalk(lower, upper, most);
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      state.release();
    }
  }

  static VisibleCursor cursor(ReadState state, long sequence, byte[] lower, byte[] upper) {
    return new VisibleCursor(
        state.cursors(sequence, lower, upper),
        state.version,
        state.rangeTombstones(),
        sequence,
        lower,
        upper,
        state.latencies,
        state.passed);
  }

  /** The outermost entries' keys, whatever these entries are. */
  static KeyBounds bounds(ReadState state, long sequence, byte[] lower, byte[] upper) {
    try (EntryCursor entries = new MergingCursor(state.cursors(sequence, lower, upper))) {
      entries.seek(lower, 0, lower.length, sequence);
      if (!entries.isValid()
          || Arrays.compareUnsigned(entries.key(), 0, entries.keyLength(), upper, 0, upper.length)
              >= 0) {
        return null;
      }
      byte[] least = Arrays.copyOf(entries.key(), entries.keyLength());
      entries.seekBefore(upper, 0, upper.length);
      return new KeyBounds(least, Arrays.copyOf(entries.key(), entries.keyLength()));
    }
  }

  static byte[] copyOf(ReadView view, byte[] key) {
    EntryReference reference = new EntryReference();
    if (view.get(key, 0, key.length, true, reference) != EntryReference.FOUND) {
      return null;
    }
    try {
      byte[] value = new byte[reference.valueLength()];
      MemorySegment.copy(
          reference.valueSegment(),
          ValueLayout.JAVA_BYTE,
          reference.valueOffset(),
          value,
          0,
          value.length);
      return value;
    } finally {
      reference.release();
    }
  }
}

package dev.varve.server.datatype;

import dev.varve.storage.Cursor;
import dev.varve.storage.KeyCount;
import dev.varve.storage.ReadView;
import dev.varve.storage.base.EntryReference;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;

/**
 * A view as a walk within a transaction sees it: with what the transaction's batch has done so far.
 * It is made for a walk, and of no use once the batch goes on. Lookups of single keys go by the
 * {@link Overlay} itself.
 */
final class OverlayView implements ReadView {
  private final ReadView view;
  private final Overlay overlay;
  private final byte[] batch;

  /** The batch's points that show, by key. */
  private final NavigableMap<byte[], Integer> points;

  OverlayView(ReadView view, Overlay overlay, byte[] batch) {
    this.view = view;
    this.overlay = overlay;
    this.batch = batch;
    this.points = overlay.sorted(batch);
  }

  @Override
  public long sequence() {
    return view.sequence();
  }

  @Override
  public long flushedSequence() {
    return view.flushedSequence();
  }

  @Override
  public int get(byte[] key, int offset, int length, boolean mayRead, EntryReference out) {
    throw new UnsupportedOperationException("keys are looked up in the overlay first");
  }

  @Override
  public byte[] get(byte[] key) {
    throw new UnsupportedOperationException("keys are looked up in the overlay first");
  }

  /** As it is kept: what the batch counts is added by {@link Transaction#keyCount}. */
  @Override
  public KeyCount count(long group, byte[] lower, byte[] upper) {
    return view.count(group, lower, upper);
  }

  @Override
  public Cursor cursor(byte[] lower, byte[] upper) {
    NavigableMap<byte[], Integer> own = lower == null ? points : points.tailMap(lower, true);
    return new Walk(view.cursor(lower, upper), upper == null ? own : own.headMap(upper, false));
  }

  @Override
  public void close() {
    // The view beneath is its owner's.
  }

  /** Stands on the nearer of the keys that the view and the batch have next. */
  private final class Walk implements Cursor {
    private final Cursor base;
    private final NavigableMap<byte[], Integer> own;
    private Map.Entry<byte[], Integer> ownNext;
    private boolean forward = true;

    Walk(Cursor base, NavigableMap<byte[], Integer> own) {
      this.base = base;
      this.own = own;
    }

    @Override
    public boolean isValid() {
      return !base.needsRead() && (base.isValid() || ownNext != null);
    }

    @Override
    public void mayRead(boolean allowed) {
      base.mayRead(allowed);
    }

    @Override
    public boolean needsRead() {
      return base.needsRead();
    }

    @Override
    public void resume() {
      base.resume();
      settle(forward);
    }

    @Override
    public void seekToFirst() {
      base.seekToFirst();
      ownNext = own.firstEntry();
      settle(true);
    }

    @Override
    public void seekToLast() {
      base.seekToLast();
      ownNext = own.lastEntry();
      settle(false);
    }

    @Override
    public void seek(byte[] key, int offset, int length) {
      base.seek(key, offset, length);
      ownNext = own.ceilingEntry(Arrays.copyOfRange(key, offset, offset + length));
      settle(true);
    }

    @Override
    public void seekBefore(byte[] key, int offset, int length) {
      base.seekBefore(key, offset, length);
      ownNext = own.lowerEntry(Arrays.copyOfRange(key, offset, offset + length));
      settle(false);
    }

    @Override
    public void next() {
      if (!forward) {
        // The least key after the current one; its array may go on with what isn't its.
        byte[] from = new byte[keyLength() + 1];
        System.arraycopy(key(), 0, from, 0, from.length - 1);
        seek(from, 0, from.length);
        return;
      }
      if (isOwn()) {
        ownNext = own.higherEntry(ownNext.getKey());
      } else {
        base.next();
      }
      settle(true);
    }

    @Override
    public void previous() {
      if (forward) {
        byte[] from = Arrays.copyOf(key(), keyLength());
        seekBefore(from, 0, from.length);
        return;
      }
      if (isOwn()) {
        ownNext = own.lowerEntry(ownNext.getKey());
      } else {
        base.previous();
      }
      settle(false);
    }

    /** Passes what doesn't show, in a direction. */
    private void settle(boolean onward) {
      forward = onward;
      while (base.isValid() && overlay.touches(base.key(), base.keyLength(), points)) {
        if (onward) {
          base.next();
        } else {
          base.previous();
        }
      }
      while (ownNext != null && overlay.isDelete(ownNext.getValue())) {
        byte[] passed = ownNext.getKey();
        ownNext = onward ? own.higherEntry(passed) : own.lowerEntry(passed);
      }
    }

    /** Whether it stands on a key of the batch. No key is one of both. */
    private boolean isOwn() {
      if (ownNext == null || !base.isValid()) {
        return ownNext != null;
      }
      byte[] key = ownNext.getKey();
      int order = Arrays.compareUnsigned(key, 0, key.length, base.key(), 0, base.keyLength());
      return forward ? order < 0 : order > 0;
    }

    @Override
    public byte[] key() {
      return isOwn() ? ownNext.getKey() : base.key();
    }

    @Override
    public int keyLength() {
      return isOwn() ? ownNext.getKey().length : base.keyLength();
    }

    @Override
    public boolean loadValue() {
      return isOwn() || base.loadValue();
    }

    @Override
    public boolean loadHead() {
      return isOwn() || base.loadHead();
    }

    @Override
    public MemorySegment headSegment() {
      return isOwn() ? valueSegment() : base.headSegment();
    }

    @Override
    public long headOffset() {
      return isOwn() ? valueOffset() : base.headOffset();
    }

    @Override
    public int headLength() {
      return isOwn() ? valueLength() : base.headLength();
    }

    @Override
    public MemorySegment valueSegment() {
      return isOwn() ? MemorySegment.ofArray(batch) : base.valueSegment();
    }

    @Override
    public long valueOffset() {
      return isOwn() ? overlay.valueOffset(ownNext.getValue()) : base.valueOffset();
    }

    @Override
    public int valueLength() {
      return isOwn() ? overlay.valueLength(ownNext.getValue()) : base.valueLength();
    }

    @Override
    public void close() {
      base.close();
    }
  }
}

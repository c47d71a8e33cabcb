package dev.varve.storage.engine;

import dev.varve.storage.Cursor;
import dev.varve.storage.KeyBatch;
import dev.varve.storage.KeyCount;
import dev.varve.storage.PartVisitor;
import dev.varve.storage.ReadView;
import dev.varve.storage.base.Cleanup;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.base.KeySpread;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * The writer's own view: always of what has been appended last. It pins a read state only for the
 * time of a lookup, until the value found is released, or until a cursor is closed: the writer may
 * keep the view for good.
 */
final class LatestView implements ReadView {
  private final Tree tree;
  private final LongSupplier appended;

  LatestView(Tree tree, LongSupplier appended) {
    this.tree = tree;
    this.appended = appended;
  }

  @Override
  public long sequence() {
    return appended.getAsLong();
  }

  @Override
  public long flushedSequence() {
    ReadState state = tree.acquire();
    try {
      return state.version.flushedUpTo();
    } finally {
      state.release();
    }
  }

  @Override
  public int get(byte[] key, int offset, int length, boolean mayRead, EntryReference out) {
    return tree.acquire().getAndRelease(key, offset, length, Long.MAX_VALUE, mayRead, false, out);
  }

  @Override
  public int readPart(
      byte[] key, int offset, int length, boolean mayRead, int from, int count, PartVisitor to) {
    ReadState state = tree.acquire();
    try {
      return state.readPart(key, offset, length, Long.MAX_VALUE, mayRead, from, count, to);
    } finally {
      state.release();
    }
  }

  @Override
  public int head(byte[] key, int offset, int length, boolean mayRead, EntryReference out) {
    return tree.acquire().getAndRelease(key, offset, length, Long.MAX_VALUE, mayRead, true, out);
  }

  @Override
  public int probe(byte[] key, int offset, int length, EntryReference out) {
    ReadState state = tree.acquire();
    int answer = EntryReference.ABSENT;
    try {
      answer = state.probe(key, offset, length, out);
    } finally {
      state.letGo(answer, out);
    }
    return answer;
  }

  @Override
  public void warm(KeyBatch keys) {
    ReadState state = tree.acquire();
    try {
      state.warm(keys);
    } finally {
      state.release();
    }
  }

  @Override
  public byte[] get(byte[] key) {
    return EngineView.copyOf(this, key);
  }

  /** Sees what has been appended up to now, and nothing of what will be. */
  @Override
  public Cursor cursor(byte[] lower, byte[] upper) {
    ReadState state = tree.acquire();
    try {
      return EngineView.cursor(state, sequence(), lower, upper).releasing(state);
    } catch (RuntimeException | Error e) {
      Cleanup.after(e, state::release);
      throw e;
    }
  }

  @Override
  public byte[] draw(
      byte[] lower, byte[] upper, RandomGenerator random, boolean mayRead, EntryReference out) {
    ReadState state = tree.acquire();
    byte[] drawn = null;
    try {
      drawn = state.draw(lower, upper, Long.MAX_VALUE, random, mayRead, out);
    } finally {
      state.letGo(drawn == null ? EntryReference.ABSENT : EntryReference.FOUND, out);
    }
    return drawn;
  }

  @Override
  public KeySpread spread(byte[] lower, byte[] upper, int most) {
    ReadState state = tree.acquire();
    try {
      return state.spread(lower, upper, most);
    } finally {
      state.release();
    }
  }

  @Override
  public KeyCount count(long group, byte[] lower, byte[] upper) {
    ReadState state = tree.acquire();
    try {
      return state.count(group, lower, upper, appended.getAsLong());
    } finally {
      state.release();
    }
  }

  @Override
  public void close() {}
}

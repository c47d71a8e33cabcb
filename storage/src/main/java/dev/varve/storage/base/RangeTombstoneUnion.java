package dev.varve.storage.base;

import java.util.Arrays;
import java.util.List;

/** See {@link RangeTombstones#union}. */
final class RangeTombstoneUnion implements RangeTombstones {
  private final List<RangeTombstones> sets;

  /** None of them empty. */
  RangeTombstoneUnion(List<RangeTombstones> sets) {
    this.sets = sets;
  }

  @Override
  public boolean isEmpty() {
    return false;
  }

  @Override
  public long newest() {
    return sets.stream().mapToLong(RangeTombstones::newest).max().orElse(NONE);
  }

  @Override
  public long newestOver(byte[] key, int offset, int length, long snapshotSequence) {
    long newest = NONE;
    for (int i = 0; i < sets.size(); i++) {
      newest = Math.max(newest, sets.get(i).newestOver(key, offset, length, snapshotSequence));
    }
    return newest;
  }

  @Override
  public Pieces pieces() {
    return new Sweep(sets.stream().map(RangeTombstones::pieces).toArray(Pieces[]::new));
  }

  /** Goes over the pieces of all sets side by side. */
  private static final class Sweep implements Pieces {
    private final Pieces[] sources;
    private final boolean[] valid;
    private byte[] begin;
    private byte[] end;
    private long[] sequences = new long[4];
    private int depth;

    Sweep(Pieces[] sources) {
      this.sources = sources;
      valid = new boolean[sources.length];
      for (int i = 0; i < sources.length; i++) {
        valid[i] = sources[i].next();
      }
    }

    @Override
    public boolean next() {
      byte[] reached = end;
      begin = null;
      for (int i = 0; i < sources.length; i++) {
        while (valid[i] && reached != null && isUpTo(sources[i].end(), reached)) {
          valid[i] = sources[i].next();
        }
        if (valid[i]) {
          byte[] first =
              reached != null && isUpTo(sources[i].begin(), reached) ? reached : sources[i].begin();
          begin = begin == null || isUpTo(first, begin) ? first : begin;
        }
      }
      if (begin == null) {
        return false;
      }
      collect();
      return true;
    }

    private void collect() {
      end = null;
      depth = 0;
      for (int i = 0; i < sources.length; i++) {
        if (valid[i]) {
          boolean over = isUpTo(sources[i].begin(), begin);
          byte[] border = over ? sources[i].end() : sources[i].begin();
          end = end == null || isUpTo(border, end) ? border : end;
          if (over) {
            add(sources[i]);
          }
        }
      }
      sortDescending();
    }

    private void add(Pieces source) {
      int count = source.depth();
      if (sequences.length < depth + count) {
        sequences = Arrays.copyOf(sequences, Math.max(depth + count, 2 * sequences.length));
      }
      for (int i = 0; i < count; i++) {
        sequences[depth++] = source.sequence(i);
      }
    }

    private void sortDescending() {
      Arrays.sort(sequences, 0, depth);
      for (int low = 0, high = depth - 1; low < high; low++, high--) {
        long swapped = sequences[low];
        sequences[low] = sequences[high];
        sequences[high] = swapped;
      }
    }

    private static boolean isUpTo(byte[] key, byte[] limit) {
      return Arrays.compareUnsigned(key, limit) <= 0;
    }

    @Override
    public byte[] begin() {
      return begin;
    }

    @Override
    public byte[] end() {
      return end;
    }

    @Override
    public int depth() {
      return depth;
    }

    @Override
    public long sequence(int number) {
      return sequences[number];
    }
  }
}

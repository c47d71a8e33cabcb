package dev.varve.storage.base;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Tells quickly of most keys that no range of a set covers them. All keys of a range begin with the
 * same bytes, its <i>prefix</i>; a Bloom filter holds the prefixes of all ranges. Prefixes of a few
 * lengths are told apart, others are cut to one of these.
 *
 * <p>One thread adds. Others may ask at any time; what was added before they were told of it by a
 * release and acquire is never missed.
 */
public final class PrefixFilter {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int LONGEST = 32;
  private static final int MOST_LENGTHS = 4;
  private static final int FIRST_WORDS = 16;

  /** How many ranges share a word of the filter: 16 bits for each. */
  private static final int RANGES_PER_WORD = 4;

  private static final long FACTOR = 0x9E3779B97F4A7C15L;
  private static final int OBJECT_BYTES = 64;

  // Replaced, not changed, but for bits that are set.
  private volatile State state = new State(new long[FIRST_WORDS], new int[0], false);

  /** The prefixes added, to fill a larger filter with; the adding thread's. */
  private long[] hashes = new long[2 * FIRST_WORDS];

  private int size;

  /** {@code covers} everything: a range has no prefix. */
  private record State(long[] words, int[] lengths, boolean everything) {}

  /**
   * How many bytes all keys of [{@code begin}, {@code end}) begin with, which {@code begin} has.
   */
  static int prefixLength(byte[] begin, byte[] end) {
    int common = Arrays.mismatch(begin, end);
    boolean justNext =
        common >= 0
            && common < begin.length
            && common == end.length - 1
            && (begin[common] & 0xFF) + 1 == (end[common] & 0xFF);
    return Math.min(LONGEST, justNext ? common + 1 : common);
  }

  /** Adds a range, which isn't empty. */
  public void add(byte[] begin, byte[] end) {
    int length = usedLength(prefixLength(begin, end));
    if (length == 0) {
      state = new State(state.words, state.lengths, true);
      return;
    }
    long hash = hash(begin, 0, length);
    if (size == hashes.length) {
      hashes = Arrays.copyOf(hashes, 2 * size);
    }
    hashes[size++] = hash;
    if (size > RANGES_PER_WORD * state.words.length) {
      long[] larger = new long[2 * state.words.length];
      for (int i = 0; i < size; i++) {
        set(larger, hashes[i]);
      }
      state = new State(larger, state.lengths, state.everything);
    } else {
      set(state.words, hash);
    }
  }

  /** The greatest length in use that is not greater; a new one if there may be more. */
  private int usedLength(int length) {
    int best = 0;
    for (int used : state.lengths) {
      best = used <= length ? Math.max(best, used) : best;
    }
    if (best == length || state.lengths.length == MOST_LENGTHS) {
      return best;
    }
    int[] lengths = Arrays.copyOf(state.lengths, state.lengths.length + 1);
    lengths[lengths.length - 1] = length;
    state = new State(state.words, lengths, state.everything);
    return length;
  }

  private static void set(long[] words, long hash) {
    words[word(words, hash)] |= bits(hash);
  }

  private static int word(long[] words, long hash) {
    return (int) (hash >>> 32) & (words.length - 1);
  }

  /** Two of a word's bits. */
  private static long bits(long hash) {
    return 1L << hash | 1L << (hash >>> 6);
  }

  /** Whether a range may cover a key; no is certain. */
  public boolean mayCover(byte[] key, int offset, int length) {
    State now = state;
    if (now.everything) {
      return true;
    }
    long[] words = now.words;
    for (int prefix : now.lengths) {
      if (prefix <= length) {
        long hash = hash(key, offset, prefix);
        long bits = bits(hash);
        if ((words[word(words, hash)] & bits) == bits) {
          return true;
        }
      }
    }
    return false;
  }

  private static long hash(byte[] key, int offset, int length) {
    long hash;
    if (length >= Long.BYTES) {
      hash = (long) LONG.get(key, offset) * FACTOR;
      for (int at = Long.BYTES; at < length; at += Long.BYTES) {
        // The last step takes some bytes again, rather than fewer.
        int from = Math.min(at, length - Long.BYTES);
        hash = (hash ^ hash >>> 32 ^ (long) LONG.get(key, offset + from)) * FACTOR;
      }
    } else {
      long bytes = length;
      if (key.length - offset >= Long.BYTES) {
        bytes |= (long) LONG.get(key, offset) << (Long.SIZE - Byte.SIZE * length);
      } else {
        bytes |= shortBytes(key, offset, length) << (Long.SIZE - Byte.SIZE * length);
      }
      hash = bytes * FACTOR;
    }
    return hash ^ hash >>> 29;
  }

  private static long shortBytes(byte[] key, int offset, int length) {
    long bytes = 0;
    for (int i = 0; i < length; i++) {
      bytes |= (key[offset + i] & 0xFFL) << (Byte.SIZE * i);
    }
    return bytes;
  }

  /** Bytes of memory taken. */
  public long memoryBytes() {
    return OBJECT_BYTES + (long) Long.BYTES * (state.words.length + hashes.length);
  }

  /** No more ranges will be added. */
  void trim() {
    hashes = new long[0];
  }
}

package dev.varve.storage.sstable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A Bloom filter whose bits for one key lie in one cache line. The section is
 *
 * <pre>
 * filter := line * N | probes:u32          (a line is 64 bytes; N = 0: no filter, all may be there)
 * </pre>
 *
 * <p>Of a key's hash {@code h}, the upper 32 bits times N, shifted right by 32, choose the line.
 * Probe bits are taken nine at a time from the top of {@code m = h * 0x9E3779B97F4A7C15}; after
 * each seven probes {@code m} is multiplied by that number again. Bit {@code b} of a line is bit
 * {@code b % 8} of its byte {@code b / 8}.
 *
 * <p>The memory may be given back by its owner, an {@link java.lang.foreign.Arena}, while lookups
 * go on: from then on every key may be there.
 */
final class TableFilter {
  static final int LINE_BYTES = 64;

  /** One that doesn't know: all keys may be there. */
  static final TableFilter ANY = new TableFilter(MemorySegment.NULL, 0, 0);

  private static final int LINE_BITS = 8 * LINE_BYTES;
  private static final int PROBE_BITS = 9;
  private static final int PROBES_A_WORD = 7;
  private static final int MOST_PROBES = 24;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private final MemorySegment lines;
  private final long lineCount;
  private final int probes;

  private TableFilter(MemorySegment lines, long lineCount, int probes) {
    this.lines = lines;
    this.lineCount = lineCount;
    this.probes = probes;
  }

  /** Over a section in memory, which stays the caller's; null if it is malformed. */
  static TableFilter of(MemorySegment section) {
    long lineBytes = section.byteSize() - Integer.BYTES;
    if (lineBytes < 0 || lineBytes % LINE_BYTES != 0) {
      return null;
    }
    int probes = section.get(DataBlock.INT, lineBytes);
    if (lineBytes > 0 && (probes < 1 || probes > MOST_PROBES)) {
      return null;
    }
    return new TableFilter(section, lineBytes / LINE_BYTES, probes);
  }

  /** Bytes that the section for so many keys takes. */
  static int sectionBytes(long keys, int bitsPerKey) {
    long lineCount = (keys * bitsPerKey + LINE_BITS - 1) / LINE_BITS;
    return Math.toIntExact(lineCount * LINE_BYTES + Integer.BYTES);
  }

  /** Makes a section in {@code target} of exactly {@link #sectionBytes} bytes. */
  static void build(KeyHashes hashes, int bitsPerKey, MemorySegment target) {
    target.fill((byte) 0);
    long lineBytes = target.byteSize() - Integer.BYTES;
    int probes = probes(bitsPerKey);
    target.set(DataBlock.INT, lineBytes, probes);
    long lineCount = lineBytes / LINE_BYTES;
    for (int i = 0; i < hashes.size(); i++) {
      long hash = hashes.get(i);
      long line = line(hash, lineCount);
      long multiplied = hash;
      for (int left = probes; left > 0; left -= PROBES_A_WORD) {
        multiplied *= MULTIPLIER;
        setBits(target, line, multiplied, Math.min(left, PROBES_A_WORD));
      }
    }
  }

  /** Sets bits of a line that a word chooses, from its top on. */
  private static void setBits(MemorySegment target, long line, long chosenBy, int count) {
    long word = chosenBy;
    for (int probe = 0; probe < count; probe++) {
      int bit = (int) (word >>> (Long.SIZE - PROBE_BITS));
      long at = line + (long) (bit >>> 6) * Long.BYTES;
      target.set(DataBlock.LONG, at, target.get(DataBlock.LONG, at) | (1L << (bit & 63)));
      word <<= PROBE_BITS;
    }
  }

  /** The number of probes with the fewest false positives, as keys crowd unevenly in lines. */
  private static int probes(int bitsPerKey) {
    return Math.clamp(Math.round(bitsPerKey * 0.6), 1, MOST_PROBES);
  }

  private static long line(long hash, long lineCount) {
    return (((hash >>> 32) * lineCount) >>> 32) * LINE_BYTES;
  }

  private static long firstBits(long hash, int probe) {
    long word = hash * MULTIPLIER;
    for (int i = probe; i > 0; i -= PROBES_A_WORD) {
      word *= MULTIPLIER;
    }
    return word;
  }

  /** Whether a key of that hash may be in the table; false is certain. */
  boolean mayContain(long hash) {
    if (lineCount == 0) {
      return true;
    }
    try {
      return hasAllBits(hash);
    } catch (IllegalStateException e) {
      // The memory was given back just now.
      return true;
    }
  }

  private boolean hasAllBits(long hash) {
    long line = line(hash, lineCount);
    long word = hash * MULTIPLIER;
    for (int probe = 0; probe < probes; probe++) {
      if (probe != 0 && probe % PROBES_A_WORD == 0) {
        word = firstBits(hash, probe);
      }
      int bit = (int) (word >>> (Long.SIZE - PROBE_BITS));
      if ((lines.get(ValueLayout.JAVA_BYTE, line + (bit >>> 3)) & 1 << (bit & 7)) == 0) {
        return false;
      }
      word <<= PROBE_BITS;
    }
    return true;
  }
}

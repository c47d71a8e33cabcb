package dev.varve.storage.fs;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.random.RandomGenerator;

/**
 * The bytes of one file, as programs see them and as the disk holds them. Blocks are shared between
 * both, and with the files of crash clones, until they are written to.
 *
 * <p>Invariants: a block whose bit is not set in {@code owned} is never changed in place. A block
 * whose bit is set neither in {@code dirty} nor in {@code given} is the same in {@code live} and
 * {@code durable}; so is all past both arrays' ends, which is zeros. {@code given} marks blocks
 * whose sync failed: the system takes them for clean, so that no later sync writes them.
 */
final class SimulatedFile {
  static final int BLOCK = 4096;
  private static final int SECTOR = 512;

  private byte[][] live;
  private byte[][] durable;
  private boolean liveShared;
  private boolean durableShared;
  private final BitSet owned = new BitSet();
  private final BitSet dirty = new BitSet();
  private final BitSet given = new BitSet();
  private long size;
  private long durableSize;

  SimulatedFile() {
    this(new byte[0][], 0);
  }

  private SimulatedFile(byte[][] blocks, long size) {
    live = blocks;
    durable = blocks;
    liveShared = true;
    durableShared = true;
    this.size = size;
    this.durableSize = size;
  }

  long size() {
    return size;
  }

  void read(ByteBuffer target, long position) {
    long at = position;
    while (target.hasRemaining()) {
      int within = (int) (at % BLOCK);
      int length = Math.min(BLOCK - within, target.remaining());
      byte[] block = block(live, (int) (at / BLOCK));
      if (block == null) {
        for (int i = 0; i < length; i++) {
          target.put((byte) 0);
        }
      } else {
        target.put(block, within, length);
      }
      at += length;
    }
  }

  /**
   * Writes what {@code source} holds; nothing, wherever that would be, leaves the size as it is.
   */
  void write(ByteBuffer source, long position) {
    if (!source.hasRemaining()) {
      return;
    }
    long at = position;
    while (source.hasRemaining()) {
      int within = (int) (at % BLOCK);
      int length = Math.min(BLOCK - within, source.remaining());
      source.get(changeable((int) (at / BLOCK)), within, length);
      at += length;
    }
    size = Math.max(size, at);
  }

  void truncate(long newSize) {
    if (newSize < size) {
      int within = (int) (newSize % BLOCK);
      int kept = (int) ((newSize + BLOCK - 1) / BLOCK);
      if (within != 0 && block(live, kept - 1) != null) {
        Arrays.fill(changeable(kept - 1), within, BLOCK, (byte) 0);
      }
      for (int i = kept; i < live.length; i++) {
        if (live[i] != null) {
          ownLive(live.length);
          live[i] = null;
          owned.clear(i);
          dirty.set(i);
          given.clear(i);
        }
      }
    }
    size = newSize;
  }

  void sync() {
    if (!dirty.isEmpty()) {
      if (durableShared || durable.length < live.length) {
        durable = Arrays.copyOf(durable, Math.max(durable.length, live.length));
        durableShared = false;
      }
      for (int i = dirty.nextSetBit(0); i >= 0; i = dirty.nextSetBit(i + 1)) {
        durable[i] = live[i];
        owned.clear(i);
      }
      dirty.clear();
    }
    durableSize = size;
  }

  /** A sync failed: what it should have written is forgotten by syncs to come, until rewritten. */
  void syncFailed() {
    given.or(dirty);
    dirty.clear();
  }

  /** The file as a crash leaves it: each unsynced block there, lost, or torn between sectors. */
  SimulatedFile crashed(RandomGenerator random, double kept) {
    if (dirty.isEmpty() && given.isEmpty() && size == durableSize) {
      durableShared = true;
      return new SimulatedFile(durable, size);
    }
    byte[][] blocks = Arrays.copyOf(durable, Math.max(durable.length, live.length));
    BitSet unsynced = (BitSet) dirty.clone();
    unsynced.or(given);
    for (int i = unsynced.nextSetBit(0); i >= 0; i = unsynced.nextSetBit(i + 1)) {
      if (random.nextInt(8) == 0) {
        blocks[i] = torn(block(live, i), block(durable, i), random, kept);
      } else if (random.nextDouble() < kept) {
        blocks[i] = live[i];
        owned.clear(i);
      }
    }
    long crashedSize = crashedSize(random, kept);
    SimulatedFile result = new SimulatedFile(blocks, size);
    result.size = Math.max(size, durableSize);
    result.truncate(crashedSize);
    result.durable = result.live;
    result.liveShared = true;
    result.durableShared = true;
    result.durableSize = crashedSize;
    result.dirty.clear();
    result.owned.clear();
    return result;
  }

  private long crashedSize(RandomGenerator random, double kept) {
    if (random.nextDouble() < kept) {
      return size;
    }
    long less = Math.min(size, durableSize);
    long more = Math.max(size, durableSize);
    return random.nextBoolean() || less == more ? durableSize : random.nextLong(less, more);
  }

  private static byte[] torn(byte[] written, byte[] old, RandomGenerator random, double kept) {
    byte[] result = old == null ? new byte[BLOCK] : old.clone();
    for (int at = 0; at < BLOCK; at += SECTOR) {
      if (random.nextDouble() >= kept) {
        continue;
      }
      if (written == null) {
        Arrays.fill(result, at, at + SECTOR, (byte) 0);
      } else {
        System.arraycopy(written, at, result, at, SECTOR);
      }
    }
    return result;
  }

  private static byte[] block(byte[][] blocks, int index) {
    return index < blocks.length ? blocks[index] : null;
  }

  private byte[] changeable(int index) {
    ownLive(index + 1);
    if (!owned.get(index)) {
      live[index] = live[index] == null ? new byte[BLOCK] : live[index].clone();
      owned.set(index);
    }
    dirty.set(index);
    given.clear(index);
    return live[index];
  }

  private void ownLive(int length) {
    if (liveShared || live.length < length) {
      int grown = live.length < length ? Math.max(length, live.length * 3 / 2) : live.length;
      live = Arrays.copyOf(live, grown);
      liveShared = false;
    }
  }
}

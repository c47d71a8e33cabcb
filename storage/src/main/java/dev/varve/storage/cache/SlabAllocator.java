package dev.varve.storage.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Cuts a bounded number of equal slabs into slots of size classes, four to each doubling. A slab is
 * taken from the system when first needed; when it has emptied it may serve another class. Where
 * there are more slabs than may be, the emptiest serve no more, and once emptied their memory is
 * given back. Every allocation and release is in one short critical section: it goes with a block
 * read, which costs far more. Safe for use by many threads.
 */
final class SlabAllocator {
  private static final int MIN_SLOT_BYTES = 256;
  private static final int MIN_SLAB_BYTES = 4 << 10;
  private static final int MAX_SLAB_BYTES = 1 << 20;
  private static final int SLABS_AT_LEAST = 16;
  private static final int CLASSES = 64;
  private static final Block[] NONE = {};
  private static final byte POISON = (byte) 0xDB;

  private final int slabBytes;
  private final boolean poison;

  /** All that were ever made, those without memory included. */
  private final List<Slab> slabs = new ArrayList<>();

  private final ArrayDeque<Slab> empty = new ArrayDeque<>();

  /** Those whose memory is given back. */
  private final ArrayDeque<Slab> bare = new ArrayDeque<>();

  private final List<LinkedHashSet<Slab>> withRoom = new ArrayList<>(CLASSES);
  private int maxSlabs;
  private Slab draining;

  /** Written under the monitor. */
  private volatile long liveBytes;

  private Arena arena;
  private boolean closed;

  /**
   * @param capacity the most bytes that the slabs may take together
   * @param poison whether released slots are overwritten, to show up use after release
   */
  SlabAllocator(long capacity, boolean poison) {
    long share = Long.highestOneBit(capacity / SLABS_AT_LEAST);
    slabBytes = Math.clamp(share, MIN_SLAB_BYTES, MAX_SLAB_BYTES);
    maxSlabs = slabs(capacity);
    this.poison = poison;
    for (int i = 0; i < CLASSES; i++) {
      withRoom.add(new LinkedHashSet<>());
    }
  }

  private int slabs(long capacity) {
    return (int) Math.min(capacity / slabBytes, Integer.MAX_VALUE);
  }

  /**
   * Sets what the slabs may take together, in bytes. Slabs that are too many give their memory back
   * as soon as they are empty.
   *
   * @return the blocks (some null) that the caller is to evict for that
   */
  synchronized List<Block> resize(long capacity) {
    if (closed) {
      return List.of();
    }
    maxSlabs = slabs(capacity);
    while (taken() > maxSlabs && !empty.isEmpty()) {
      giveBack(empty.pollFirst());
    }
    List<Slab> served = new ArrayList<>(slabs);
    served.removeIf(Slab::isEmpty);
    served.sort(Comparator.comparingLong(Slab::liveBytes));
    int tooMany = Math.max(0, taken() - maxSlabs);
    List<Block> victims = new ArrayList<>();
    for (Slab slab : served.subList(0, tooMany)) {
      withRoom.get(slab.sizeClass()).remove(slab);
      slab.retire(true);
      victims.addAll(Arrays.asList(slab.residents()));
    }
    for (Slab slab : served.subList(tooMany, served.size())) {
      if (slab.isRetired()) {
        slab.retire(false);
        if (!slab.isFull()) {
          withRoom.get(slab.sizeClass()).add(slab);
        }
      }
    }
    return victims;
  }

  private int taken() {
    return slabs.size() - bare.size();
  }

  private void giveBack(Slab slab) {
    slab.giveBack();
    bare.addLast(slab);
  }

  /** The largest block that can be allocated; 0 if none can. */
  synchronized int largestBlock() {
    return maxSlabs == 0 ? 0 : slabBytes;
  }

  int slabBytes() {
    return slabBytes;
  }

  /** A block pinned once, or null if the class has no room and no slab is left. */
  synchronized Block allocate(int bytes) {
    if (closed) {
      return null;
    }
    int sizeClass = sizeClass(bytes);
    LinkedHashSet<Slab> candidates = withRoom.get(sizeClass);
    Slab slab = candidates.isEmpty() ? openSlab(sizeClass) : candidates.getFirst();
    if (slab == null) {
      return null;
    }
    Block block = slab.allocate(bytes);
    liveBytes += slab.bytesPerSlot();
    if (slab.isFull()) {
      candidates.remove(slab);
    }
    return block;
  }

  private Slab openSlab(int sizeClass) {
    Slab slab = empty.pollLast();
    if (slab == null) {
      if (taken() >= maxSlabs) {
        return null;
      }
      slab = bare.isEmpty() ? newSlab() : bare.pollLast();
    }
    slab.serve(sizeClass, slotBytes(sizeClass));
    withRoom.get(sizeClass).add(slab);
    return slab;
  }

  private Slab newSlab() {
    if (arena == null) {
      arena = Arena.ofShared();
    }
    Slab slab = new Slab(this, arena.allocate(slabBytes, MIN_SLOT_BYTES));
    slabs.add(slab);
    return slab;
  }

  synchronized void free(Slab slab, int slot) {
    if (closed) {
      return;
    }
    if (poison) {
      MemorySegment memory = slab.slotMemory(slot);
      memory.fill(POISON);
    }
    slab.remove(slot);
    liveBytes -= slab.bytesPerSlot();
    LinkedHashSet<Slab> siblings = withRoom.get(slab.sizeClass());
    if (slab.isEmpty()) {
      siblings.remove(slab);
      if (slab == draining) {
        draining = null;
      }
      if (taken() > maxSlabs) {
        giveBack(slab);
      } else {
        empty.addLast(slab);
      }
    } else if (slab != draining && !slab.isRetired()) {
      siblings.add(slab);
    }
  }

  /**
   * Chooses the emptiest slab that serves another class than blocks of {@code bytes} bytes and lets
   * it run empty; one at a time.
   *
   * @return the blocks (some null) that the caller is to evict; empty if there is no such slab
   */
  synchronized Block[] drainFor(int bytes) {
    if (draining == null) {
      draining = emptiestOfOtherClass(sizeClass(bytes));
      if (draining == null) {
        return NONE;
      }
      withRoom.get(draining.sizeClass()).remove(draining);
    }
    return draining.residents();
  }

  private Slab emptiestOfOtherClass(int sizeClass) {
    Slab emptiest = null;
    for (Slab slab : slabs) {
      if (!slab.isEmpty()
          && !slab.isRetired()
          && slab.sizeClass() != sizeClass
          && (emptiest == null || slab.liveBytes() < emptiest.liveBytes())) {
        emptiest = slab;
      }
    }
    return emptiest;
  }

  /** Bytes of the slots that blocks lie in; without the monitor. */
  long liveBytes() {
    return liveBytes;
  }

  /** Bytes of memory taken from the system. */
  synchronized long usedBytes() {
    return (long) taken() * slabBytes;
  }

  /** Gives all memory back to the system; nothing may be pinned any more. */
  synchronized void close() {
    closed = true;
    if (arena != null) {
      arena.close();
      arena = null;
    }
  }

  /**
   * The smallest class that holds {@code bytes}: sizes are 5, 6, 7 and 8 quarters of each power of
   * two.
   */
  private static int sizeClass(int bytes) {
    int last = Math.max(bytes, MIN_SLOT_BYTES) - 1;
    int power = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(last);
    return 4 * (power - 7) + (last >>> (power - 2)) - 4;
  }

  private static int slotBytes(int sizeClass) {
    int power = sizeClass / 4 + 7;
    return (sizeClass % 4 + 5) << (power - 2);
  }
}

package dev.varve.storage.cache;

import dev.varve.storage.base.Pages;
import java.lang.foreign.MemorySegment;

/**
 * A chunk of the cache's memory, cut into slots of one size while it serves a size class. All
 * fields are guarded by the allocator's monitor.
 */
final class Slab {
  private final SlabAllocator allocator;
  private final MemorySegment memory;

  private int sizeClass;
  private int slotBytes;
  private Block[] residents;
  private int[] freeSlots;
  private int freeCount;
  private int live;

  /** Whether no more blocks are put here, as there are more slabs than may be. */
  private boolean retired;

  Slab(SlabAllocator allocator, MemorySegment memory) {
    this.allocator = allocator;
    this.memory = memory;
  }

  /** Cuts the empty slab anew. */
  void serve(int newSizeClass, int newSlotBytes) {
    retired = false;
    sizeClass = newSizeClass;
    slotBytes = newSlotBytes;
    int slots = (int) (memory.byteSize() / newSlotBytes);
    residents = new Block[slots];
    freeSlots = new int[slots];
    freeCount = slots;
    for (int i = 0; i < slots; i++) {
      freeSlots[i] = slots - 1 - i;
    }
  }

  Block allocate(int bytes) {
    int slot = freeSlots[--freeCount];
    live++;
    Block block = Block.inSlab(memory.asSlice((long) slot * slotBytes, bytes), this, slot);
    residents[slot] = block;
    return block;
  }

  /** Called by a block whose last pin is gone. */
  void free(int slot) {
    allocator.free(this, slot);
  }

  void remove(int slot) {
    residents[slot] = null;
    freeSlots[freeCount++] = slot;
    live--;
  }

  /** Says whether no more blocks are put here; it holds until the slab is cut anew. */
  void retire(boolean now) {
    retired = now;
  }

  boolean isRetired() {
    return retired;
  }

  /** Lets the system have the memory of the slab, which is empty, until it is cut anew. */
  void giveBack() {
    Pages.giveBack(memory);
  }

  MemorySegment slotMemory(int slot) {
    return memory.asSlice((long) slot * slotBytes, slotBytes);
  }

  /** What is allocated in the slab, by slot; null where nothing is. */
  Block[] residents() {
    return residents.clone();
  }

  int sizeClass() {
    return sizeClass;
  }

  /** The slab's size divided by its slots: what is left over at its end is shared out. */
  int bytesPerSlot() {
    return (int) (memory.byteSize() / residents.length);
  }

  boolean isFull() {
    return freeCount == 0;
  }

  boolean isEmpty() {
    return live == 0;
  }

  long liveBytes() {
    return (long) live * slotBytes;
  }
}

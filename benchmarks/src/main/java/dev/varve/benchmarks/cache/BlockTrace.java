package dev.varve.benchmarks.cache;

import java.util.Arrays;

/** Blocks, by number, in the order in which the engine used them. */
final class BlockTrace {
  private final String name;
  private int[] blocks = new int[1 << 16];
  private int size;

  BlockTrace(String name) {
    this.name = name;
  }

  void add(int block) {
    if (size == blocks.length) {
      blocks = Arrays.copyOf(blocks, 2 * size);
    }
    blocks[size++] = block;
  }

  String name() {
    return name;
  }

  int size() {
    return size;
  }

  int get(int index) {
    return blocks[index];
  }
}

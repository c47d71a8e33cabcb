package dev.varve.server.datatype.check;

import java.util.Arrays;

/**
 * Checks the counts of a sorted set's ranks: walks down the tree, and side by side over the members
 * in order.
 */
final class RankCheck {
  private static final int ORDER = 2;
  private static final int NODES = 3;
  private static final int MOST_HEIGHT = 16;

  private final Subject subject;
  private final int offset;
  private Walk members;
  private boolean hasMember;

  /** The tree is what stands in the head's own from an offset on. */
  RankCheck(Subject subject, int offset) {
    this.subject = subject;
    this.offset = offset;
  }

  /** Returns whether each run, and each node, has as many members as is said. */
  boolean isRight() {
    byte[] own = subject.head.own;
    try (Walk walk = subject.part(ORDER)) {
      members = walk;
      hasMember = walk.next();
      Input input = new Input(Arrays.copyOfRange(own, offset, own.length));
      long height = input.number();
      long root = input.number();
      input.number();
      input.number();
      byte[] frontier = input.u8() == 0 ? null : input.rest();
      return height >= 1
          && height <= MOST_HEIGHT
          && total(root, (int) height, frontier) >= 0
          && (frontier != null || !hasMember);
    } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
      return false;
    }
  }

  /**
   * Passes the members of a node, and of those below.
   *
   * @param end the position after it; null: it has all that are left
   * @return how many there are; -1: not as many as is said
   */
  private long total(long number, int level, byte[] end) {
    byte[] counts = subject.get(nodeKey(number, 0));
    byte[] bounds = subject.get(nodeKey(number, 1));
    if (counts == null || bounds == null) {
      return -1;
    }
    Input input = new Input(counts);
    long size = input.number();
    if (size < 1 || size > counts.length) {
      return -1;
    }
    long[] count = new long[(int) size];
    for (int i = 0; i < count.length; i++) {
      count[i] = input.number();
    }
    Input from = new Input(bounds);
    long[] child = new long[count.length];
    for (int i = 0; level > 1 && i < count.length; i++) {
      child[i] = from.number();
    }
    long[] length = new long[count.length];
    for (int i = 1; i < count.length; i++) {
      length[i] = from.number();
    }
    long total = 0;
    for (int i = 0; i < count.length; i++) {
      byte[] behind = i + 1 < count.length ? from.bytes(length[i + 1]) : end;
      long there = level > 1 ? total(child[i], level - 1, behind) : pass(behind);
      if (there != count[i]) {
        return -1;
      }
      total += there;
    }
    return input.hasMore() || from.hasMore() ? -1 : total;
  }

  private byte[] nodeKey(long number, int kind) {
    return subject.key(NODES, new Output().u32((int) number).u8(kind).done());
  }

  private long pass(byte[] end) {
    long passed = 0;
    while (hasMember && (end == null || isBefore(members.key(), end))) {
      passed++;
      hasMember = members.next();
    }
    return passed;
  }

  private static boolean isBefore(byte[] key, byte[] end) {
    return Arrays.compareUnsigned(key, Subject.OWN, key.length, end, 0, end.length) < 0;
  }
}

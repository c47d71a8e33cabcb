package dev.varve.storage.iterator;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Many cursors as one: their entries in order. Should two children have an entry of the same key
 * and sequence number, that of the child given first comes first.
 *
 * <p>The children that have entries stand in a binary heap of the next ones (the least on top) or,
 * while walking backward, of the previous ones (the greatest on top). All children are on the same
 * side of the current entry; turning round moves them to the other.
 *
 * <p>If a child needs a read, the whole does: what it has come before can't be told without.
 */
public final class MergingCursor implements EntryCursor {
  private final EntryCursor[] children;

  /** Indexes into children of those that are valid, heap-ordered; the first is the current one. */
  private final int[] heap;

  // For each valid child, asked once a move, as most of them are compared many times.
  private final EntryCursor[] leaves;
  private final byte[][] keys;
  private final int[] keyLengths;

  private int size;

  /** Which of the two beneath the top of the heap comes before the other; 0: not known. */
  private int second;

  private boolean needsRead;
  private boolean forward = true;
  private boolean onNewKey;
  private byte[] turnKey = {};

  /**
   * Merges these cursors, which it owns from then on.
   *
   * @param children from the newest source to the oldest
   */
  public MergingCursor(List<? extends EntryCursor> children) {
    this.children = children.toArray(EntryCursor[]::new);
    int count = this.children.length;
    heap = new int[count];
    leaves = new EntryCursor[count];
    keys = new byte[count][];
    keyLengths = new int[count];
  }

  @Override
  public boolean isValid() {
    return size > 0;
  }

  @Override
  public void mayRead(boolean allowed) {
    for (EntryCursor child : children) {
      child.mayRead(allowed);
    }
  }

  @Override
  public boolean needsRead() {
    return needsRead;
  }

  @Override
  public void seekToFirst() {
    for (EntryCursor child : children) {
      child.seekToFirst();
    }
    rebuild(true);
  }

  @Override
  public void seekToLast() {
    for (EntryCursor child : children) {
      child.seekToLast();
    }
    rebuild(false);
  }

  @Override
  public void seek(byte[] key, int offset, int length, long sequence) {
    for (EntryCursor child : children) {
      child.seek(key, offset, length, sequence);
    }
    rebuild(true);
  }

  @Override
  public void seekBefore(byte[] key, int offset, int length) {
    for (EntryCursor child : children) {
      child.seekBefore(key, offset, length);
    }
    rebuild(false);
  }

  @Override
  public void next() {
    onNewKey = false;
    if (!forward && !turn(true)) {
      return;
    }
    int moved = heap[0];
    children[moved].next();
    settleTop();
    // Another child may stand on the key that this one has left.
    onNewKey = size > 0 && heap[0] == moved && leaves[moved].isOnNewKey();
  }

  @Override
  public void leaveOlder() {
    leaf().leaveOlder();
  }

  @Override
  public void previous() {
    onNewKey = false;
    if (forward && !turn(false)) {
      return;
    }
    children[heap[0]].previous();
    settleTop();
  }

  /**
   * Brings every child but the current one to its first entry on the current one's other side.
   *
   * @return false if one of them needs a read
   */
  private boolean turn(boolean toForward) {
    int current = heap[0];
    EntryCursor at = children[current];
    int length = at.keyLength();
    long sequence = at.sequence();
    if (turnKey.length < length) {
      turnKey = new byte[Math.max(length, 2 * turnKey.length)];
    }
    System.arraycopy(at.key(), 0, turnKey, 0, length);
    for (int i = 0; i < children.length; i++) {
      if (i == current) {
        continue;
      }
      EntryCursor child = children[i];
      child.seek(turnKey, 0, length, sequence);
      // A twin of the current entry comes before it if its child was given first.
      boolean twin = child.isValid() && i < current && compare(child, at) == 0;
      if (toForward && twin) {
        child.next();
      } else if (!toForward && !twin) {
        if (child.isValid()) {
          child.previous();
        } else if (!child.needsRead()) {
          child.seekToLast();
        }
      }
    }
    return rebuild(toForward);
  }

  /** Orders the children anew; false if one of them needs a read. */
  private boolean rebuild(boolean toForward) {
    forward = toForward;
    needsRead = false;
    onNewKey = false;
    size = 0;
    for (int i = 0; i < children.length; i++) {
      if (children[i].isValid()) {
        look(i);
        heap[size++] = i;
      } else if (children[i].needsRead()) {
        return stop();
      }
    }
    for (int i = size / 2 - 1; i >= 0; i--) {
      siftDown(i);
    }
    return true;
  }

  private boolean stop() {
    size = 0;
    needsRead = true;
    return false;
  }

  private void settleTop() {
    if (!children[heap[0]].isValid()) {
      if (children[heap[0]].needsRead()) {
        stop();
        return;
      }
      heap[0] = heap[--size];
      siftDown(0);
      return;
    }
    look(heap[0]);
    if (size > 1 && isBefore(heap[second()], heap[0])) {
      siftDown(0);
    }
  }

  /** Returns which of the heap's places 1 and 2 comes first; there are at least two children. */
  private int second() {
    if (second == 0) {
      second = size > 2 && isBefore(heap[2], heap[1]) ? 2 : 1;
    }
    return second;
  }

  /** Asks a child that is valid for its entry. */
  private void look(int child) {
    EntryCursor leaf = children[child].leaf();
    leaves[child] = leaf;
    keys[child] = leaf.key();
    keyLengths[child] = leaf.keyLength();
  }

  private void siftDown(int from) {
    second = 0;
    int at = from;
    int moving = heap[at];
    for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && isBefore(heap[child + 1], heap[child])) {
        child++;
      }
      if (!isBefore(heap[child], moving)) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = moving;
  }

  /** Whether child {@code a}'s entry is met before child {@code b}'s in the current direction. */
  private boolean isBefore(int a, int b) {
    int order = Arrays.compareUnsigned(keys[a], 0, keyLengths[a], keys[b], 0, keyLengths[b]);
    if (order == 0) {
      order = Long.compare(leaves[b].sequence(), leaves[a].sequence());
    }
    if (order == 0) {
      order = Integer.compare(a, b);
    }
    return forward ? order < 0 : order > 0;
  }

  private static int compare(EntryCursor a, EntryCursor b) {
    int order = Arrays.compareUnsigned(a.key(), 0, a.keyLength(), b.key(), 0, b.keyLength());
    return order != 0 ? order : Long.compare(b.sequence(), a.sequence());
  }

  /** Which of the children the entry is from. */
  public int child() {
    return heap[0];
  }

  @Override
  public boolean isOnNewKey() {
    return onNewKey;
  }

  @Override
  public int part() {
    return children[heap[0]].part();
  }

  @Override
  public EntryCursor leaf() {
    return leaves[heap[0]];
  }

  @Override
  public byte[] key() {
    return keys[heap[0]];
  }

  @Override
  public int keyLength() {
    return keyLengths[heap[0]];
  }

  @Override
  public long sequence() {
    return leaf().sequence();
  }

  @Override
  public byte kind() {
    return leaf().kind();
  }

  @Override
  public MemorySegment valueSegment() {
    return leaf().valueSegment();
  }

  @Override
  public long valueOffset() {
    return leaf().valueOffset();
  }

  @Override
  public int valueLength() {
    return leaf().valueLength();
  }

  @Override
  public boolean keepsValue() {
    return leaf().keepsValue();
  }

  @Override
  public void close() {
    size = 0;
    for (EntryCursor child : children) {
      child.close();
    }
  }
}

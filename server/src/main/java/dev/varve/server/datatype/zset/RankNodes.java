package dev.varve.server.datatype.zset;

import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.Keyspace;
import java.util.ArrayList;
import java.util.List;

/**
 * The nodes of a {@link RankTree}, as they are stored: those that have been read or made since it
 * was loaded are kept, and used again for another's. Not thread-safe.
 */
final class RankNodes {
  static final byte PART = 3;
  private static final byte COUNTS = 0;
  private static final byte BOUNDS = 1;

  private static final int RETAINED_NODES = 16;
  private static final long RETAINED_BYTES = 64 << 10;

  private final Keyspace keyspace;
  private final Elements elements;
  private final List<RankNode> nodes = new ArrayList<>();
  private int used;
  private long nextNumber;

  /** Nodes of which nothing is to be left. */
  private final List<RankNode> gone = new ArrayList<>();

  RankNodes(Keyspace keyspace) {
    this.keyspace = keyspace;
    this.elements = keyspace.elements();
  }

  /** Keeps none. */
  void clear() {
    while (nodes.size() > RETAINED_NODES) {
      nodes.removeLast();
    }
    used = 0;
    gone.clear();
  }

  /** The number that the next new one is given. */
  long nextNumber() {
    return nextNumber;
  }

  void nextNumber(long number) {
    nextNumber = number;
  }

  private RankNode take(long number, boolean inner) {
    if (used == nodes.size()) {
      nodes.add(new RankNode());
    } else if (nodes.get(used).heldBytes() > RETAINED_BYTES) {
      nodes.set(used, new RankNode());
    }
    RankNode node = nodes.get(used++);
    node.begin(number, inner);
    return node;
  }

  /** Makes a new one, without children. */
  RankNode fresh(boolean inner) {
    return take(nextNumber++, inner);
  }

  private void key(long number, byte part) {
    byte[] key = elements.key(1 + Integer.BYTES + 1);
    key[Elements.PREFIX_BYTES] = PART;
    ScoreOrder.INT.set(key, Elements.PREFIX_BYTES + 1, (int) number);
    key[Elements.PREFIX_BYTES + 1 + Integer.BYTES] = part;
  }

  /** Reads one. */
  RankNode read(long number, boolean inner) {
    RankNode node = take(number, inner);
    find(number, COUNTS);
    node.loadCounts(elements.valueSegment(), elements.valueOffset(), elements.valueLength());
    find(number, BOUNDS);
    node.loadBounds(elements.valueSegment(), elements.valueOffset(), elements.valueLength());
    if (used > RETAINED_NODES) {
      keyspace.holdsBeside(node.heldBytes());
    }
    return node;
  }

  private void find(long number, byte part) {
    key(number, part);
    if (!elements.find()) {
      throw new IllegalStateException("a node of a sorted set's ranks is missing: " + number);
    }
  }

  /**
   * A node's child.
   *
   * @param level the child's; 1: its children are runs
   */
  RankNode child(RankNode node, int slot, int level) {
    RankNode child = node.loaded(slot);
    if (child == null) {
      child = read(node.child(slot), level > 1);
      node.loaded(slot, child);
    }
    return child;
  }

  private void delete(RankNode node) {
    if (node.stored) {
      key(node.number, COUNTS);
      elements.delete();
      key(node.number, BOUNDS);
      elements.delete();
    }
  }

  /** Says that nothing is to be left of one. */
  void remove(RankNode node) {
    gone.add(node);
  }

  /** Puts what has changed of a tree, and deletes what was removed. */
  void store(RankNode root) {
    gone.forEach(this::delete);
    gone.clear();
    put(root);
  }

  private void put(RankNode node) {
    for (int slot = 0; node.isInner && slot < node.size(); slot++) {
      RankNode child = node.loaded(slot);
      if (child != null && child.isChanged()) {
        put(child);
      }
    }
    if (node.countsChanged) {
      key(node.number, COUNTS);
      int at = elements.put(node.countsBytes());
      node.writeCounts(keyspace.batchBytes(), at);
    }
    if (node.boundsChanged) {
      key(node.number, BOUNDS);
      int at = elements.put(node.boundsBytes());
      node.writeBounds(keyspace.batchBytes(), at);
    }
    node.countsChanged = false;
    node.boundsChanged = false;
    node.stored = true;
  }
}

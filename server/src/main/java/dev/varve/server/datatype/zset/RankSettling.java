package dev.varve.server.datatype.zset;

import dev.varve.server.datatype.ElementWalk;
import dev.varve.server.datatype.collection.CollectionLimits;

/**
 * Brings runs and nodes of a {@link RankTree} that has changed to a fair size: what is too large is
 * divided, what is small joins what is beside it. Nothing is put meanwhile, as walks over runs
 * would have to begin with all that the batch holds anew. Not thread-safe.
 */
final class RankSettling {
  private static final int MOST_BOUNDS_BYTES = 8192;
  private static final int FEW_CHILDREN = 16;

  /** A run is divided as far as so many members tell where, at a time. */
  private static final int MOST_DIVIDED = 2048;

  private final RankNodes nodes;
  private final ScoreOrder order;
  private final CollectionLimits limits;

  RankSettling(RankNodes nodes, ScoreOrder order, CollectionLimits limits) {
    this.nodes = nodes;
    this.order = order;
    this.limits = limits;
  }

  /** Settles all that has changed beneath a root of a height. */
  void settle(RankNode root, int height) {
    settle(root, height, null);
  }

  /** Makes another root above one that is too large; returns it. */
  RankNode grow(RankNode root) {
    RankNode above = nodes.fresh(true);
    above.addFirst(root.total(), root);
    divide(above, 0);
    return above;
  }

  private static boolean isWorthMerging(RankNode one, RankNode behind, int most) {
    return one.size() + behind.size() <= most * 3 / 4
        && one.boundsLength() + behind.boundsLength() <= MOST_BOUNDS_BYTES / 2;
  }

  /** Whether it is to be divided. */
  boolean isLarge(RankNode node) {
    return node.size() > limits.rankChildren()
        || (node.boundsLength() > MOST_BOUNDS_BYTES && node.size() >= FEW_CHILDREN);
  }

  /**
   * Divides what is too large beneath a node, and joins what is small.
   *
   * @param low the position at which it begins; null: there is nothing in front of it
   */
  private void settle(RankNode node, int level, byte[] low) {
    if (level == 1) {
      settleRuns(node, low);
      return;
    }
    for (int slot = node.size() - 1; slot >= 0; slot--) {
      RankNode child = node.loaded(slot);
      if (child != null && child.isChanged()) {
        settle(child, level - 1, slot == 0 ? low : node.bound(slot));
        if (child.total() == 0 && node.size() > 1) {
          nodes.remove(child);
          node.remove(slot);
        } else if (isLarge(child)) {
          divide(node, slot);
        } else if (child.size() < FEW_CHILDREN && node.size() > 1) {
          join(node, slot, level - 1);
        }
      }
    }
  }

  /** Divides a node's child. */
  private void divide(RankNode node, int slot) {
    RankNode child = node.loaded(slot);
    int most = limits.rankChildren();
    int bySize = (child.size() * 4 + most * 3 - 1) / (most * 3);
    int byBytes = child.boundsLength() * 4 / (MOST_BOUNDS_BYTES * 3) + 1;
    int parts = Math.min(child.size() / 2, Math.max(2, Math.max(bySize, byBytes)));
    for (int part = parts - 1; part > 0; part--) {
      RankNode behind = nodes.fresh(child.isInner);
      byte[] bound = child.moveFrom(child.size() * part / (part + 1), behind);
      node.add(slot, -behind.total());
      node.insert(slot + 1, bound, behind.total(), behind);
    }
  }

  /** Joins a node's child with the one after it, which has been settled, if they are small. */
  private void join(RankNode node, int slot, int level) {
    int first = slot + 1 < node.size() ? slot : slot - 1;
    RankNode one = nodes.child(node, first, level);
    RankNode behind = nodes.child(node, first + 1, level);
    if ((first == slot || !one.isChanged()) && isWorthMerging(one, behind, limits.rankChildren())) {
      byte[] bound = node.bound(first + 1);
      one.takeAll(bound, behind);
      node.add(first, behind.total());
      node.remove(first + 1);
      nodes.remove(behind);
    }
  }

  private void settleRuns(RankNode leaf, byte[] low) {
    if (leaf.hasShort) {
      for (int slot = leaf.size() - 1; slot > 0; slot--) {
        if (leaf.count(slot) == 0
            || leaf.count(slot) + leaf.count(slot - 1) <= limits.rankRun() / 2) {
          leaf.add(slot - 1, leaf.count(slot));
          leaf.remove(slot);
        }
      }
    }
    if (leaf.hasLong) {
      for (int slot = leaf.size() - 1; slot >= 0; slot--) {
        if (leaf.count(slot) > limits.rankRun()) {
          divideRun(leaf, slot, slot == 0 ? low : leaf.bound(slot));
        }
      }
    }
    leaf.hasShort = false;
    leaf.hasLong = false;
  }

  /** Divides a run, as far as its first members tell where. */
  private void divideRun(RankNode leaf, int slot, byte[] low) {
    int part = (int) Math.min(leaf.count(slot) / 2, limits.rankRun() * 3L / 4);
    int at = slot;
    long passed = 0;
    long inPart = 0;
    byte[] first = low == null ? new byte[0] : low;
    try (ElementWalk walk = order.walkSome(first)) {
      RankCut cut = new RankCut(first);
      for (; walk.isValid() && passed < MOST_DIVIDED; walk.next()) {
        if (inPart >= part && cut.at(walk) <= RankCut.MOST_BYTES) {
          long rest = leaf.count(at) - inPart;
          if (rest < part / 2) {
            return;
          }
          leaf.add(at, -rest);
          at++;
          leaf.insert(at, cut.bytes(walk), rest, null);
          inPart = 0;
        }
        inPart++;
        passed++;
        cut.behind(walk);
      }
    }
  }
}

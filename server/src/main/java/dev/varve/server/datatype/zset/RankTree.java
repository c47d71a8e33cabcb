package dev.varve.server.datatype.zset;

import dev.varve.server.datatype.ElementWalk;
import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.collection.CollectionLimits;
import dev.varve.storage.base.Varint;
import java.util.Arrays;

/**
 * Counts of a spread sorted set's members, run by run in the order of their scores, in a tree: of a
 * position it tells how many members are in front of the run that it is in, and of a rank in which
 * run its member is. Few sets have one: it is made when ranks are first asked for, piece by piece
 * ({@link #extend}) from the first member on, up to a <i>frontier</i> after which nothing is
 * counted yet; and it is dropped when it is of no use.
 *
 * <pre>
 * head's own    := height:varint | root:varint | next number:varint | stale:varint | [frontier]
 * counts of one := 0x20 | database id:u32 | collection id:u48 | 3 | number:u32 | 0 -> {@link RankNode}
 * bounds of one := 0x20 | database id:u32 | collection id:u48 | 3 | number:u32 | 1 -> {@link RankNode}
 * </pre>
 *
 * <p>It is loaded with the head of a set that was found; nodes that have been read are kept until
 * another is; those that have changed are {@linkplain #store stored} once, at the end, when runs
 * and nodes that have come to be too large are divided, too. Not thread-safe.
 */
final class RankTree {

  private static final int MOST_HEIGHT = 16;

  /** One in so many changes that add no member is noted, and counts as so many. */
  private static final int NOTED_TOGETHER = 64;

  private final Elements elements;
  private final ScoreOrder order;
  private final CollectionLimits limits;
  private final RankNodes nodes;
  private final RankSettling settling;

  private boolean present;
  private int height;
  private long rootNumber;

  /** How much has changed since somebody asked for ranks. */
  private long stale;

  /** The first position that isn't counted; null: all are. */
  private byte[] frontier;

  /** Whether what stands in the head has changed. */
  private boolean headChanged;

  private RankNode root;

  // The way to the run that was found last.
  private final RankNode[] path = new RankNode[MOST_HEIGHT];
  private final int[] slots = new int[MOST_HEIGHT];
  private long before;

  private byte[] position = new byte[64];
  private byte[] other = new byte[64];

  RankTree(Keyspace keyspace, ScoreOrder order, CollectionLimits limits) {
    this.elements = keyspace.elements();
    this.order = order;
    this.limits = limits;
    this.nodes = new RankNodes(keyspace);
    this.settling = new RankSettling(nodes, order, limits);
  }

  // Its head

  /** There is none. */
  void clear() {
    present = false;
    headChanged = false;
    root = null;
    nodes.clear();
  }

  /** Reads what a head has of it, from an offset on, if it has any. */
  void load(byte[] head, int offset, int end) {
    clear();
    if (offset >= end) {
      return;
    }
    present = true;
    int at = offset;
    height = (int) Varint.get(head, at);
    at += Varint.length(height);
    rootNumber = Varint.get(head, at);
    at += Varint.length(rootNumber);
    long next = Varint.get(head, at);
    at += Varint.length(next);
    nodes.nextNumber(next);
    stale = Varint.get(head, at);
    at += Varint.length(stale);
    boolean isComplete = head[at] == 0;
    frontier = isComplete ? null : Arrays.copyOfRange(head, at + 1, end);
    if (height < 1 || height > MOST_HEIGHT) {
      throw new IllegalStateException("what a sorted set knows of its ranks is damaged");
    }
  }

  /** Whether what a head has of it is to be written anew. */
  boolean isHeadChanged() {
    return headChanged;
  }

  /** How many bytes of a head it takes. */
  int headBytes() {
    if (!present) {
      return 0;
    }
    return Varint.length(height)
        + Varint.length(rootNumber)
        + Varint.length(nodes.nextNumber())
        + Varint.length(stale)
        + 1
        + (frontier == null ? 0 : frontier.length);
  }

  /** Writes what {@link #load} reads. */
  void writeHead(byte[] target, int offset) {
    if (!present) {
      return;
    }
    int at = Varint.put(target, offset, height);
    at = Varint.put(target, at, rootNumber);
    at = Varint.put(target, at, nodes.nextNumber());
    at = Varint.put(target, at, stale);
    target[at] = (byte) (frontier == null ? 0 : 1);
    if (frontier != null) {
      System.arraycopy(frontier, 0, target, at + 1, frontier.length);
    }
  }

  /** Whether there is one. */
  boolean isPresent() {
    return present;
  }

  /** Whether there is one, and it counts all members. */
  boolean isComplete() {
    return present && frontier == null;
  }

  /** The first position that isn't counted; null: all are. */
  byte[] frontier() {
    return frontier;
  }

  /** How much has changed since somebody asked for ranks. */
  long stale() {
    return stale;
  }

  /** Somebody has asked for ranks. */
  void used() {
    stale = 0;
    headChanged = true;
  }

  /** Begins one that counts nothing yet. */
  void begin() {
    clear();
    present = true;
    height = 1;
    nodes.nextNumber(0);
    stale = 0;
    frontier = new byte[0];
    root = nodes.fresh(false);
    root.addFirst(0, null);
    headChanged = true;
  }

  /** Counts no more. */
  void drop() {
    elements.abandon(new byte[] {RankNodes.PART}, new byte[] {RankNodes.PART + 1});
    clear();
    headChanged = true;
  }

  private RankNode root() {
    if (root == null) {
      root = nodes.read(rootNumber, height > 1);
    }
    return root;
  }

  // Finding

  /** Whether members at a position are counted. */
  boolean covers(byte[] its, int length) {
    return frontier == null
        || Arrays.compareUnsigned(its, 0, length, frontier, 0, frontier.length) < 0;
  }

  /** Goes to the run that a position belongs to. */
  void find(byte[] its, int length) {
    RankNode node = root();
    before = 0;
    for (int level = height; ; level--) {
      int slot = node.find(its, length);
      if (step(node, slot, level)) {
        return;
      }
      node = nodes.child(node, slot, level - 1);
    }
  }

  /** Goes to the run that has the member of a rank, which is counted. */
  void select(long rank) {
    RankNode node = root();
    before = 0;
    for (int level = height; ; level--) {
      int slot = 0;
      long left = rank - before;
      while (slot < node.size() - 1 && left >= node.count(slot)) {
        left -= node.count(slot);
        slot++;
      }
      if (step(node, slot, level)) {
        return;
      }
      node = nodes.child(node, slot, level - 1);
    }
  }

  /** Notes a step of the way; returns whether it is the last. */
  private boolean step(RankNode node, int slot, int level) {
    path[level - 1] = node;
    slots[level - 1] = slot;
    for (int i = 0; i < slot; i++) {
      before += node.count(i);
    }
    return level == 1;
  }

  /** How many members are in front of the run that was found. */
  long before() {
    return before;
  }

  /** How many members are in the run that was found. */
  long count() {
    return path[0].count(slots[0]);
  }

  /** How many members are counted. */
  long total() {
    return root().total();
  }

  /** The position at which the run that was found begins; null: there is none in front of it. */
  byte[] low() {
    for (int level = 1; level <= height; level++) {
      if (slots[level - 1] > 0) {
        return path[level - 1].bound(slots[level - 1]);
      }
    }
    return null;
  }

  /** The position after the run that was found; null: there is none after it. */
  byte[] high() {
    for (int level = 1; level <= height; level++) {
      if (slots[level - 1] + 1 < path[level - 1].size()) {
        return path[level - 1].bound(slots[level - 1] + 1);
      }
    }
    return null;
  }

  // Counting

  /** A member has come to a position. */
  void added(double score, byte[] member, int length) {
    if (!present) {
      return;
    }
    stale++;
    headChanged = true;
    position = ScoreOrder.position(position, score, member, length);
    change(position, ScoreOrder.SCORE_BYTES + length, 1);
  }

  /** A member has gone from a position. */
  void removed(double score, byte[] member, int length) {
    if (present) {
      position = ScoreOrder.position(position, score, member, length);
      change(position, ScoreOrder.SCORE_BYTES + length, -1);
    }
  }

  /** A member has gone from one position to another. */
  void moved(double from, double to, byte[] member, int length) {
    if (!present) {
      return;
    }
    position = ScoreOrder.position(position, from, member, length);
    other = ScoreOrder.position(other, to, member, length);
    int its = ScoreOrder.SCORE_BYTES + length;
    if (isNoted(from, to)) {
      stale += NOTED_TOGETHER;
      headChanged = true;
    }
    boolean was = covers(position, its);
    if (was && covers(other, its)) {
      find(position, its);
      if (isWithin(other, its)) {
        return;
      }
    }
    change(position, its, -1);
    change(other, its, 1);
  }

  /** Chooses one of {@link #NOTED_TOGETHER} by what is at hand, as chance mustn't have a part. */
  private static boolean isNoted(double from, double to) {
    long mixed = (31 * SortableScore.of(from) + SortableScore.of(to)) * 0x9E3779B97F4A7C15L;
    return mixed >>> 1 < Long.MAX_VALUE / NOTED_TOGETHER;
  }

  private boolean isWithin(byte[] its, int length) {
    byte[] low = low();
    byte[] high = high();
    return (low == null || Arrays.compareUnsigned(low, 0, low.length, its, 0, length) <= 0)
        && (high == null || Arrays.compareUnsigned(high, 0, high.length, its, 0, length) > 0);
  }

  private void change(byte[] its, int length, int more) {
    if (!covers(its, length)) {
      return;
    }
    find(its, length);
    for (int level = 1; level <= height; level++) {
      path[level - 1].add(slots[level - 1], more);
    }
    RankNode leaf = path[0];
    long now = leaf.count(slots[0]);
    if (now < 0) {
      throw new IllegalStateException("a sorted set's ranks count fewer members than it has");
    }
    int most = limits.rankRun();
    if (more > 0 && now > most && now % (most / 4) == 0) {
      leaf.hasLong = true;
    } else if (more < 0 && now <= most / 4) {
      leaf.hasShort = true;
    }
  }

  /**
   * Counts more members, from the frontier on.
   *
   * @param most about how many
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows them
   */
  void extend(int most) {
    find(frontier, frontier.length);
    RankNode leaf = path[0];
    int full = limits.rankRun() * 3 / 4;
    long counted = 0;
    byte[] end = null;
    try (ElementWalk walk = order.walkSome(frontier)) {
      RankCut cut = new RankCut(frontier);
      for (; walk.isValid(); walk.next()) {
        boolean isShort = cut.at(walk) <= RankCut.MOST_BYTES;
        if (counted >= most && (isShort || counted > 2L * most)) {
          end = cut.bytes(walk);
          break;
        }
        if (isShort && leaf.count(leaf.size() - 1) >= full) {
          leaf.insert(leaf.size(), cut.bytes(walk), 0, null);
        }
        leaf.add(leaf.size() - 1, 1);
        counted++;
        cut.behind(walk);
      }
      if (walk.isHalted()) {
        end = ScoreOrder.positionOf(walk);
      }
    }
    for (int level = 2; level <= height; level++) {
      path[level - 1].add(slots[level - 1], counted);
    }
    frontier = end;
    headChanged = true;
  }

  // Storing

  /** Puts what has changed, but for what stands in the head. */
  void store() {
    if (!present || root == null || !root.isChanged()) {
      return;
    }
    long next = nodes.nextNumber();
    settling.settle(root, height);
    while (settling.isLarge(root)) {
      root = settling.grow(root);
      height++;
    }
    while (height > 1 && root.size() == 1) {
      RankNode below = nodes.child(root, 0, height - 1);
      nodes.remove(root);
      root = below;
      height--;
    }
    headChanged |= root.number != rootNumber || nodes.nextNumber() != next;
    rootNumber = root.number;
    nodes.store(root);
  }
}

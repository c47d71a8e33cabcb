package dev.varve.server.datatype.list;

import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.Keyspace;
import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The runs between the two ends of a spread list, in a tree that counts elements: the run that has
 * the element of an index is found by as many lookups as the tree is high. Its root is part of the
 * list's head.
 *
 * <pre>
 * run  := (count &lt;&lt; 2 | kind):varint | at:zigzag varint
 * node := run*
 * </pre>
 *
 * <p>A run is {@linkplain #find found} by index, and {@linkplain #replace replaced}. Nodes that
 * have been read are kept until another list is loaded; those that have changed are {@linkplain
 * #store stored} once, at the end. Not thread-safe.
 */
final class RunTree {
  private static final int MOST_IN_ROOT = 16;
  private static final int FEW_IN_NODE = 8;
  private static final int MOST_IN_NODE = 128;
  private static final int KIND_BITS = 2;
  private static final int KIND_MASK = 3;

  /** Heap that a run takes at most. */
  private static final int RUN_BYTES = 48;

  private static final class Node {
    private final long number;
    private final List<Run> runs = new ArrayList<>();
    private boolean changed;
    private boolean stored;

    private Node(long number) {
      this.number = number;
    }

    private long count() {
      long count = 0;
      for (Run run : runs) {
        count += run.count();
      }
      return count;
    }
  }

  private record Step(Node node, int slot) {}

  private final Keyspace keyspace;
  private final Elements elements;
  private final Node root = new Node(-1);
  private final Map<Long, Node> loaded = new HashMap<>();
  private final List<Step> path = new ArrayList<>();
  private long nextNumber;
  private long count;

  // The run that was found.
  private Run found;
  private long foundFrom;

  RunTree(Keyspace keyspace) {
    this.keyspace = keyspace;
    this.elements = keyspace.elements();
  }

  /** Has no runs from now on. */
  void clear() {
    if (!loaded.isEmpty()) {
      loaded.clear();
    }
    root.runs.clear();
    nextNumber = 0;
    count = 0;
  }

  /** Has the runs from now on that a head has: from an offset to an end. */
  void load(byte[] head, int offset, int end) {
    clear();
    if (offset < end) {
      nextNumber = Varint.get(head, offset);
      parse(MemorySegment.ofArray(head), offset + Varint.length(nextNumber), end, root);
      count = root.count();
    }
  }

  private static void parse(MemorySegment segment, long from, long end, Node node) {
    long at = from;
    while (at < end) {
      long countAndKind = Varint.get(segment, at);
      at += Varint.length(countAndKind);
      long place = Varint.get(segment, at);
      at += Varint.length(place);
      int kind = (int) countAndKind & KIND_MASK;
      node.runs.add(new Run(kind, Varint.unzigzag(place), countAndKind >>> KIND_BITS));
    }
  }

  /** How many bytes it takes in a head. */
  int headBytes() {
    return isEmpty() && nextNumber == 0 ? 0 : Varint.length(nextNumber) + bytes(root);
  }

  /** Writes what {@link #load} reads. */
  void writeHead(byte[] target, int offset) {
    if (headBytes() > 0) {
      write(root, target, Varint.put(target, offset, nextNumber));
    }
  }

  private static int bytes(Node node) {
    int bytes = 0;
    for (Run run : node.runs) {
      bytes += Varint.length(run.count() << KIND_BITS | run.kind());
      bytes += Varint.length(Varint.zigzag(run.at()));
    }
    return bytes;
  }

  private static void write(Node node, byte[] target, int offset) {
    int at = offset;
    for (Run run : node.runs) {
      at = Varint.put(target, at, run.count() << KIND_BITS | run.kind());
      at = Varint.put(target, at, Varint.zigzag(run.at()));
    }
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** How many elements its runs have together. */
  long count() {
    return count;
  }

  /** Gives a chunk or node its number. */
  long newNumber() {
    return nextNumber++;
  }

  // Finding

  /** Finds the run that has the element of an index, counted from the tree's first. */
  Run find(long index) {
    path.clear();
    Node node = root;
    long left = index;
    while (true) {
      int slot = 0;
      while (left >= node.runs.get(slot).count()) {
        left -= node.runs.get(slot).count();
        slot++;
      }
      path.add(new Step(node, slot));
      found = node.runs.get(slot);
      if (found.kind() != Run.NODE) {
        foundFrom = index - left;
        return found;
      }
      node = node(found.at());
    }
  }

  /** The index of the first element of the run that was found. */
  long foundFrom() {
    return foundFrom;
  }

  /** The run after the one that was found, if it is in the same node; else null. */
  Run behindFound() {
    Step last = path.getLast();
    List<Run> runs = last.node().runs;
    return last.slot() + 1 < runs.size() ? runs.get(last.slot() + 1) : null;
  }

  private Node node(long number) {
    Node known = loaded.get(number);
    if (known != null) {
      return known;
    }
    ListKeys.numbered(elements, ListKeys.NODES, number);
    if (!elements.find()) {
      throw new IllegalStateException("a node of a list is missing: " + number);
    }
    Node node = new Node(number);
    node.stored = true;
    long from = elements.valueOffset();
    parse(elements.valueSegment(), from, from + elements.valueLength(), node);
    loaded.put(number, node);
    return node;
  }

  // Changing

  /** Puts runs in the place of the one that was found, and of those after it in its node. */
  void replace(int width, List<Run> with) {
    keyspace.holdsBeside((long) RUN_BYTES * with.size());
    List<Run> its = with;
    int replaced = width;
    for (int depth = path.size() - 1; depth >= 0; depth--) {
      Step step = path.get(depth);
      Node node = step.node();
      node.runs.subList(step.slot(), step.slot() + replaced).clear();
      node.runs.addAll(step.slot(), its);
      node.changed = true;
      replaced = 1;
      its = depth == 0 ? List.of() : runsOf(node);
    }
    levelRoot();
    count = root.count();
  }

  /** What stands for a node above it: it may have come to be empty, or too large. */
  private List<Run> runsOf(Node node) {
    int size = node.runs.size();
    if (size == 0) {
      forget(node);
      return List.of();
    }
    if (size <= MOST_IN_NODE) {
      return List.of(new Run(Run.NODE, node.number, node.count()));
    }
    List<Run> half = node.runs.subList(size / 2, size);
    Node behind = newNode(half);
    half.clear();
    return List.of(
        new Run(Run.NODE, node.number, node.count()),
        new Run(Run.NODE, behind.number, behind.count()));
  }

  private Node newNode(List<Run> runs) {
    Node node = new Node(newNumber());
    node.runs.addAll(runs);
    node.changed = true;
    loaded.put(node.number, node);
    return node;
  }

  private void forget(Node node) {
    loaded.remove(node.number);
    if (node.stored) {
      ListKeys.numbered(elements, ListKeys.NODES, node.number);
      elements.delete();
    }
  }

  private void levelRoot() {
    List<Run> runs = root.runs;
    if (runs.size() > MOST_IN_ROOT) {
      Node below = newNode(runs);
      runs.clear();
      runs.add(new Run(Run.NODE, below.number, below.count()));
    }
    while (runs.size() == 1 && runs.getFirst().kind() == Run.NODE) {
      Node below = node(runs.getFirst().at());
      if (below.runs.size() > FEW_IN_NODE) {
        return;
      }
      forget(below);
      runs.clear();
      runs.addAll(below.runs);
    }
  }

  /** Adds runs before all others. */
  void addFirst(List<Run> its) {
    add(its, true);
  }

  /** Adds runs after all others. */
  void addLast(List<Run> its) {
    add(its, false);
  }

  private void add(List<Run> its, boolean first) {
    if (its.isEmpty()) {
      return;
    }
    if (isEmpty()) {
      root.runs.addAll(its);
      levelRoot();
      count = root.count();
    } else {
      List<Run> all = new ArrayList<>(its);
      all.add(first ? all.size() : 0, find(first ? 0 : count - 1));
      replace(1, all);
    }
  }

  /** Removes the run that was found. */
  void removeFound() {
    replace(1, List.of());
  }

  /** Puts what has changed, but for the root. */
  void store() {
    for (Node node : loaded.values()) {
      if (node.changed) {
        int length = bytes(node);
        ListKeys.numbered(elements, ListKeys.NODES, node.number);
        int at = elements.put(length);
        write(node, keyspace.batchBytes(), at);
        node.changed = false;
        node.stored = true;
      }
    }
  }
}

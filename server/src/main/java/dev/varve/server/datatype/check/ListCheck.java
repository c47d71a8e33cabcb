package dev.varve.server.datatype.check;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Checks the elements of a spread list, from left to right. Where something is missing, the list is
 * what is left, in its order: all of it is in the tree then.
 */
final class ListCheck {
  private static final int SINGLES = 1;
  private static final int CHUNKS = 2;
  private static final int NODES = 3;

  private static final int EXTENT = 0;
  private static final int CHUNK = 1;
  private static final int NODE = 2;

  private static final int MOST_DEPTH = 16;
  private static final int MOST_IN_ROOT = 16;
  private static final int IN_NODE = 64;

  private final Subject subject;
  private final Head head;

  /** What is there. */
  private final List<Run> runs = new ArrayList<>();

  /** How many elements these have. */
  private long total;

  private long nextNumber;

  private record Run(int kind, long at, long count) {}

  ListCheck(Subject subject) {
    this.subject = subject;
    this.head = subject.head;
  }

  void run() {
    Input input = new Input(head.own);
    try {
      long first = input.u64() ^ Long.MIN_VALUE;
      long behind = input.u64() ^ Long.MIN_VALUE;
      long inLeft = input.number();
      long inRight = input.number();
      long leftBehind = input.number();
      long rightBehind = input.number();
      long owed = input.number();
      nextNumber = input.hasMore() ? input.number() : 0;
      extent(first, inLeft);
      visit(input, 0);
      extent(behind - inRight, inRight);
      long count = total;
      subject.counted(count);
      if (subject.isFaulty()) {
        Output own = new Output().u64(first ^ Long.MIN_VALUE).u64(behind ^ Long.MIN_VALUE);
        own.number(0).number(0).number(leftBehind).number(rightBehind).number(owed);
        List<Run> root = count == 0 ? runs : root();
        own.number(nextNumber).bytes(bytes(root));
        subject.settle(count, own.done());
      }
    } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
      subject.fault(Fault.UNREADABLE, "the head");
    }
  }

  /** Elements at positions that follow each other. */
  private void extent(long from, long count) {
    if (count == 0) {
      return;
    }
    long missing = count;
    byte[] first = single(from);
    byte[] last = single(from + count - 1);
    try (Walk walk = subject.walk(first, Arrays.copyOf(last, last.length + 1))) {
      while (walk.next()) {
        add(ByteBuffer.wrap(walk.key()).getLong(Subject.OWN) ^ Long.MIN_VALUE);
        missing--;
      }
    }
    if (missing != 0) {
      subject.fault(Fault.MISSING, missing + " of the " + count + " elements from " + from + " on");
    }
  }

  private byte[] single(long position) {
    return subject.key(SINGLES, new Output().u64(position ^ Long.MIN_VALUE).done());
  }

  private void add(long position) {
    total++;
    Run last = runs.isEmpty() ? null : runs.getLast();
    if (last != null && last.kind == EXTENT && last.at + last.count == position) {
      runs.set(runs.size() - 1, new Run(EXTENT, last.at, last.count + 1));
    } else {
      runs.add(new Run(EXTENT, position, 1));
    }
  }

  private void visit(Input input, int depth) {
    if (depth > MOST_DEPTH) {
      throw new IllegalArgumentException("nodes within each other");
    }
    while (input.hasMore()) {
      long countAndKind = input.number();
      Run run = new Run((int) countAndKind & 3, input.zigzag(), countAndKind >>> 2);
      switch (run.kind) {
        case EXTENT -> extent(run.at, run.count);
        case CHUNK -> chunk(run);
        case NODE -> node(run, depth);
        default -> throw new IllegalArgumentException("a run of an unknown kind");
      }
    }
  }

  private void node(Run run, int depth) {
    byte[] value = subject.get(subject.key(NODES, (int) run.at));
    if (value == null) {
      subject.fault(Fault.MISSING, "node " + run.at + ", of " + run.count + " elements");
      return;
    }
    long before = total;
    visit(new Input(value), depth + 1);
    long there = total - before;
    if (there != run.count) {
      subject.fault(Fault.COUNT, "node " + run.at + " has " + there + ", not " + run.count);
    }
  }

  private void chunk(Run run) {
    byte[] value = subject.get(subject.key(CHUNKS, (int) run.at));
    if (value == null) {
      subject.fault(Fault.MISSING, "chunk " + run.at + ", of " + run.count + " elements");
      return;
    }
    long count = 0;
    try {
      for (Input input = new Input(value); input.hasMore(); count++) {
        input.bytes(input.number());
      }
    } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
      subject.fault(Fault.UNREADABLE, "chunk " + run.at + ", of " + run.count + " elements");
      return;
    }
    if (count != run.count) {
      subject.fault(Fault.COUNT, "chunk " + run.at + " has " + count + ", not " + run.count);
    }
    if (count > 0) {
      runs.add(new Run(CHUNK, run.at, count));
      total += count;
    }
  }

  /** Stores a tree over all runs; returns those of its root. */
  private List<Run> root() {
    List<Run> level = runs;
    while (level.size() > MOST_IN_ROOT) {
      List<Run> above = new ArrayList<>();
      for (int from = 0; from < level.size(); from += IN_NODE) {
        List<Run> its = level.subList(from, Math.min(level.size(), from + IN_NODE));
        long number = nextNumber++;
        subject.put(subject.key(NODES, (int) number), bytes(its));
        above.add(new Run(NODE, number, its.stream().mapToLong(Run::count).sum()));
      }
      level = above;
    }
    return level;
  }

  private static byte[] bytes(List<Run> its) {
    Output out = new Output();
    its.forEach(run -> out.number(run.count << 2 | run.kind).zigzag(run.at));
    return out.done();
  }
}

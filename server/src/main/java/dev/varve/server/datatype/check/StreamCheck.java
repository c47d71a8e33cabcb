package dev.varve.server.datatype.check;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/** Checks the entries, nodes and groups of a stream. */
final class StreamCheck {
  private static final int ENTRIES = 1;
  private static final int NODES = 2;
  private static final int GROUPS = 5;

  private static final int IN_RUN_ID = Subject.OWN + Integer.BYTES;
  private static final int ID_BYTES = 2 * Long.BYTES;

  private final Subject subject;
  private final StreamHead head = new StreamHead();

  StreamCheck(Subject subject) {
    this.subject = subject;
  }

  void run() {
    try {
      head.load(new Input(subject.head.own));
    } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
      subject.fault(Fault.UNREADABLE, "the head");
      return;
    }
    long entries = entries();
    nodes(entries);
    groups();
    if (subject.isFaulty()) {
      subject.put(subject.head.key, subject.head.with(entries, head.bytes(), subject.head.first));
    }
  }

  private byte[] inRun(int part, Id id) {
    return subject.key(part, new Output().u32(head.run).id(id).done());
  }

  /** A walk over what has an id from one on, up to another one. */
  private Walk walk(int part, Id from, Id to) {
    byte[] last = inRun(part, to);
    return subject.walk(inRun(part, from), new Output().bytes(last).u8(0).done());
  }

  private static Id id(byte[] key) {
    if (key.length != IN_RUN_ID + ID_BYTES) {
      throw new IllegalArgumentException("no id");
    }
    ByteBuffer bytes = ByteBuffer.wrap(key);
    return new Id(bytes.getLong(IN_RUN_ID), bytes.getLong(IN_RUN_ID + Long.BYTES));
  }

  private long entries() {
    long count = 0;
    Id first = Id.ZERO;
    Id last = Id.ZERO;
    if (!head.last.equals(Id.ZERO)) {
      try (Walk walk = walk(ENTRIES, head.first, head.last)) {
        while (walk.next()) {
          if (!isEntry(walk.value())) {
            subject.fault(Fault.UNREADABLE, "entry " + id(walk.key()));
            subject.delete(walk.key());
            continue;
          }
          last = id(walk.key());
          first = count == 0 ? last : first;
          count++;
        }
      }
    }
    subject.counted(count);
    if (!first.equals(head.first) || !last.equals(head.last)) {
      subject.fault(
          Fault.ENDS,
          "entries are from " + first + " to " + last + ", not " + head.first + " to " + head.last);
      head.first = first;
      head.last = last;
      head.beforeLast = Id.ZERO;
    }
    return count;
  }

  private static boolean isEntry(byte[] value) {
    try {
      Input input = new Input(value);
      for (long parts = 2 * input.number(); parts > 0; parts--) {
        input.bytes(input.number());
      }
      return !input.hasMore();
    } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
      return false;
    }
  }

  /** Where nodes aren't right, all entries are in one. */
  private void nodes(long entries) {
    long live = head.nodeLive;
    long nodes = 0;
    boolean isRead = true;
    try (Walk walk = walk(NODES, head.firstNode, new Id(-1, -1))) {
      while (walk.next()) {
        try {
          live += new Input(walk.value()).number();
        } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
          isRead = false;
        }
        nodes++;
      }
    }
    if (isRead && live == entries && nodes == head.nodes) {
      return;
    }
    subject.fault(
        Fault.COUNT,
        String.format(
            "%d entries in %d nodes, where there are %d, and %d nodes",
            live, nodes, entries, head.nodes));
    try (Walk walk = walk(NODES, head.firstNode, new Id(-1, -1))) {
      while (walk.next()) {
        subject.delete(walk.key());
      }
    }
    head.nodes = 0;
    head.nodeLive = entries;
    head.nodeDead = 0;
    head.nodeFirst = head.first;
    head.nodeLast = head.last;
    head.firstNode = head.first;
  }

  private void groups() {
    long groups = 0;
    Set<Integer> numbers = new HashSet<>();
    try (Walk walk = subject.part(GROUPS)) {
      while (walk.next()) {
        int number = new GroupCheck(subject, walk.key()).run(walk.value());
        if (number == GroupCheck.UNREADABLE || !numbers.add(number)) {
          subject.stray(walk.key(), "a group that can't be read, or has another one's number");
          continue;
        }
        groups++;
        if (number >= head.nextGroup) {
          subject.fault(Fault.COUNT, "group " + number + " is yet to come");
          head.nextGroup = number + 1L;
        }
      }
    }
    if (groups != head.groups) {
      subject.fault(Fault.COUNT, head.groups + " groups are counted, " + groups + " are there");
      head.groups = groups;
    }
  }
}

package dev.varve.server.datatype.check;

import dev.varve.server.datatype.Deadline;
import dev.varve.server.datatype.KeyLayout;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Checks the fields of a spread hash, and the index of their deadlines. */
final class HashCheck {
  private static final int INDEX = 4;
  private static final int INDEXED_FIELD = Subject.OWN + 1 + Long.BYTES;
  private static final int KNOWN_FLAGS = 0xC0;

  /** Says that a value isn't one of a field. */
  private static final long UNREADABLE = Long.MIN_VALUE;

  private final Subject subject;
  private final Head head;
  private final long[] least = {Head.NONE, Head.NONE};

  HashCheck(Subject subject) {
    this.subject = subject;
    this.head = subject.head;
  }

  void run() {
    long count = 0;
    try (Walk walk = subject.part(1)) {
      while (walk.next()) {
        count += field(walk) ? 1 : 0;
      }
    }
    index();
    subject.counted(count);
    long[] first = head.first.clone();
    for (int clock = 0; clock < first.length; clock++) {
      if (least[clock] < first[clock]) {
        subject.fault(Fault.DEADLINE, "a field is due at " + least[clock] + ", before the first");
        first[clock] = least[clock];
      }
    }
    subject.settle(count, head.own, first);
  }

  /** Checks a field; returns whether it is to be counted. */
  private boolean field(Walk walk) {
    byte[] key = walk.key();
    if (!subject.isPlaced(key)) {
      subject.stray(key, "a field that isn't where its hash says");
      return false;
    }
    if (!head.hasFirst) {
      return true;
    }
    long deadline = deadline(walk.value());
    if (deadline == UNREADABLE) {
      subject.fault(Fault.UNREADABLE, "a field's value");
      subject.delete(key);
      return false;
    }
    if (deadline != KeyLayout.NO_DEADLINE) {
      int clock = Deadline.isWall(deadline) ? 1 : 0;
      least[clock] = Math.min(least[clock], Deadline.millis(deadline));
      byte[] entry = entry(deadline, Subject.from(key, Subject.MEMBER));
      if (subject.get(entry) == null) {
        subject.fault(Fault.MISSING, "a field's deadline isn't in the index");
        subject.put(entry, new byte[0]);
      }
    }
    return true;
  }

  private static long deadline(byte[] value) {
    int flags = value.length == 0 ? ~KNOWN_FLAGS : value[0];
    boolean isRead =
        (flags & ~KNOWN_FLAGS & 0xFF) == 0 && (flags == 0 || value.length > Long.BYTES);
    return isRead ? KeyLayout.deadline(MemorySegment.ofArray(value), 0) : UNREADABLE;
  }

  private byte[] entry(long deadline, byte[] field) {
    Output own =
        new Output()
            .u8(Deadline.isWall(deadline) ? 1 : 0)
            .u64(Deadline.millis(deadline))
            .bytes(field);
    return subject.key(INDEX, own.done());
  }

  private void index() {
    try (Walk walk = subject.part(INDEX)) {
      while (walk.next()) {
        byte[] key = walk.key();
        if (!isOfField(key)) {
          subject.stray(key, "an entry of a deadline that no field has");
        }
      }
    }
  }

  private boolean isOfField(byte[] key) {
    if (!head.hasFirst || key.length < INDEXED_FIELD) {
      return false;
    }
    byte[] field = Subject.from(key, INDEXED_FIELD);
    byte[] value = subject.get(subject.memberKey(field));
    long deadline = value == null ? UNREADABLE : deadline(value);
    return deadline != UNREADABLE
        && deadline != KeyLayout.NO_DEADLINE
        && Arrays.equals(entry(deadline, field), key);
  }
}

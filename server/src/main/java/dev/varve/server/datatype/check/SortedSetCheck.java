package dev.varve.server.datatype.check;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Checks the members of a spread sorted set, their order, and their ranks if they are counted. */
final class SortedSetCheck {
  private static final int ORDER = 2;
  private static final int ORDERED_MEMBER = Subject.OWN + Long.BYTES;
  private static final int RANKS = 3;

  private final Subject subject;
  private final Head head;

  /** The first and the last position that there is. */
  private byte[] first;

  private byte[] last;

  SortedSetCheck(Subject subject) {
    this.subject = subject;
    this.head = subject.head;
  }

  void run() {
    long count = members();
    order();
    subject.counted(count);
    byte[] own = head.own;
    if (!checkEnds()) {
      subject.fault(Fault.ENDS, "there are members outside of where there can be any");
      own = new byte[0];
    }
    boolean hasRanks = head.own.length > endsLength();
    if (hasRanks && (subject.isFaulty() || !new RankCheck(subject, endsLength()).isRight())) {
      if (!subject.isFaulty()) {
        subject.fault(Fault.RANKS, "they are given up, and counted anew when they are asked for");
      }
      subject.abandonPart(RANKS);
      own = Arrays.copyOf(own, Math.min(own.length, endsLength()));
    }
    subject.settle(count, own);
  }

  private long members() {
    long count = 0;
    try (Walk walk = subject.part(1)) {
      while (walk.next()) {
        byte[] key = walk.key();
        byte[] value = walk.value();
        if (!subject.isPlaced(key) || !isScore(value)) {
          subject.stray(key, "a member that isn't where its hash says, or has no score");
          continue;
        }
        count++;
        byte[] ordered = ordered(value, Subject.from(key, Subject.MEMBER));
        byte[] there = subject.get(ordered);
        byte[] wanted = isNegativeZero(value) ? new byte[] {1} : new byte[0];
        if (!Arrays.equals(there, wanted)) {
          subject.fault(Fault.MISSING, "a member isn't among those in order");
          subject.put(ordered, wanted);
          passed(Subject.from(ordered, Subject.OWN));
        }
      }
    }
    return count;
  }

  private static boolean isScore(byte[] value) {
    return value.length == Double.BYTES && !Double.isNaN(ByteBuffer.wrap(value).getDouble());
  }

  private static boolean isNegativeZero(byte[] value) {
    return ByteBuffer.wrap(value).getLong() == Long.MIN_VALUE;
  }

  /** The key of a member's element among those in order. */
  private byte[] ordered(byte[] score, byte[] member) {
    long bits = isNegativeZero(score) ? 0 : ByteBuffer.wrap(score).getLong();
    long sortable = bits ^ (bits >> 63 | Long.MIN_VALUE);
    return subject.key(ORDER, new Output().u64(sortable).bytes(member).done());
  }

  private void order() {
    try (Walk walk = subject.part(ORDER)) {
      while (walk.next()) {
        byte[] key = walk.key();
        byte[] member = key.length < ORDERED_MEMBER ? null : Subject.from(key, ORDERED_MEMBER);
        byte[] score = member == null ? null : subject.get(subject.memberKey(member));
        if (score == null || !isScore(score) || !Arrays.equals(ordered(score, member), key)) {
          subject.stray(key, "in order is what no member has as its score");
        } else {
          passed(Subject.from(key, Subject.OWN));
        }
      }
    }
  }

  private void passed(byte[] position) {
    if (first == null || Arrays.compareUnsigned(position, first) < 0) {
      first = position;
    }
    if (last == null || Arrays.compareUnsigned(position, last) > 0) {
      last = position;
    }
  }

  private boolean checkEnds() {
    if (head.own.length == 0) {
      return true;
    }
    try {
      Input input = new Input(head.own);
      byte[] low = input.bytes(input.u8());
      byte[] high = input.bytes(input.u8());
      return first == null
          || (Arrays.compareUnsigned(low, first) <= 0
              && (high.length == 0 || Arrays.compareUnsigned(last, high) < 0));
    } catch (IndexOutOfBoundsException _) {
      return false;
    }
  }

  /** How many of a head's own bytes say between which positions there are members. */
  private int endsLength() {
    if (head.own.length == 0) {
      return 0;
    }
    int low = head.own[0] & 0xFF;
    return low + 1 < head.own.length ? 2 + low + (head.own[1 + low] & 0xFF) : head.own.length;
  }
}

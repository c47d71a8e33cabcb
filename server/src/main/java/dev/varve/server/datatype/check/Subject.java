package dev.varve.server.datatype.check;

import dev.varve.server.datatype.Deadline;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.MemberHash;
import dev.varve.server.datatype.TimeIndex;
import dev.varve.storage.ReadView;
import dev.varve.storage.base.AbandonedRanges;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A spread collection while it is checked, and mended where somebody takes the changes. */
final class Subject {
  /** Where in an element's key its part stands. */
  static final int PART = KeyLayout.ELEMENT_PREFIX_BYTES;

  /** Where in an element's key what is its own begins. */
  static final int OWN = PART + 1;

  /** Where in the key of a member's element the member begins. */
  static final int MEMBER = OWN + Integer.BYTES;

  final Head head;
  private final ReadView view;
  private final MemberHash hash;
  private final FaultListener listener;
  private final Changes changes;
  private boolean isFaulty;

  Subject(Head head, ReadView view, MemberHash hash, FaultListener listener, Changes changes) {
    this.head = head;
    this.view = view;
    this.hash = hash;
    this.listener = listener;
    this.changes = changes;
  }

  void fault(Fault fault, String detail) {
    isFaulty = true;
    listener.found(fault, head.databaseId(), head.userKey(), detail);
  }

  /** Whether something was found. */
  boolean isFaulty() {
    return isFaulty;
  }

  /** The key of an element. */
  byte[] key(int part, byte[] own) {
    return new Output().bytes(head.prefix).u8(part).bytes(own).done();
  }

  byte[] key(int part, int number) {
    return new Output().bytes(head.prefix).u8(part).u32(number).done();
  }

  /** The key of a member's element. */
  byte[] memberKey(byte[] member) {
    return new Output()
        .bytes(head.prefix)
        .u8(1)
        .u32(hash.of(member, 0, member.length))
        .bytes(member)
        .done();
  }

  /** Whether an element is where its member's hash says. */
  boolean isPlaced(byte[] key) {
    return key.length >= MEMBER
        && hash != null
        && hash.of(key, MEMBER, key.length - MEMBER) == ByteBuffer.wrap(key).getInt(OWN);
  }

  /** The value of an element; null: there is none. */
  byte[] get(byte[] key) {
    return view.get(key);
  }

  /** A walk over a part. */
  Walk part(int part) {
    byte[] from = key(part, new byte[0]);
    return walk(from, AbandonedRanges.successor(from));
  }

  Walk walk(byte[] from, byte[] before) {
    return new Walk(view, from, before);
  }

  void put(byte[] key, byte[] value) {
    changes.put(key, value);
  }

  void delete(byte[] key) {
    changes.delete(key);
  }

  /** Deletes an element that oughtn't to be there. */
  void stray(byte[] key, String detail) {
    fault(Fault.STRAY, detail);
    changes.delete(key);
  }

  /** Says that a part is of no use any more. */
  void abandonPart(int part) {
    byte[] from = key(part, new byte[0]);
    changes.abandon(from, AbandonedRanges.successor(from));
  }

  /** Tells if it isn't the number of elements that the head says. */
  void counted(long count) {
    if (count != head.count) {
      fault(Fault.COUNT, head.count + " are counted, " + count + " are there");
    }
  }

  /** Stores the head, if something was found: with this count, and this after it. */
  void settle(long count, byte[] own) {
    settle(count, own, head.first);
  }

  /** As {@link #settle(long, byte[])}, with these first deadlines of fields. */
  void settle(long count, byte[] own, long[] first) {
    if (!isFaulty) {
      return;
    }
    if (count == 0) {
      remove();
      return;
    }
    changes.put(head.key, head.with(count, own, first));
    for (TimeIndex index : new TimeIndex[] {TimeIndex.FIELDS, TimeIndex.FIELDS_BY_DATE}) {
      int clock = index.isByDate() ? 1 : 0;
      if (head.hasFirst && first[clock] != head.first[clock]) {
        unlist(index, head.first[clock]);
        if (first[clock] != Head.NONE) {
          changes.put(index.entry(head.key, first[clock]), new byte[0]);
        }
      }
    }
  }

  private void unlist(TimeIndex index, long millis) {
    if (millis != Head.NONE) {
      changes.delete(index.entry(head.key, millis));
    }
  }

  /** Removes the key, and gives up whatever it led to. */
  void remove() {
    changes.delete(head.key);
    changes.count(KeyLayout.groupOfKeys(head.databaseId()), -1);
    if (head.deadline != KeyLayout.NO_DEADLINE) {
      changes.count(KeyLayout.groupOfExpiring(head.databaseId()), -1);
      unlist(TimeIndex.ofKey(head.deadline), Deadline.millis(head.deadline));
    }
    unlist(TimeIndex.FIELDS, head.first[0]);
    unlist(TimeIndex.FIELDS_BY_DATE, head.first[1]);
    changes.abandon(head.prefix, AbandonedRanges.successor(head.prefix));
  }

  /** What of a key follows a place. */
  static byte[] from(byte[] key, int place) {
    return Arrays.copyOfRange(key, place, key.length);
  }
}

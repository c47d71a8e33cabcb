package dev.varve.server.datatype.check;

import dev.varve.server.datatype.Builds;
import dev.varve.server.datatype.Deadline;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.MemberHash;
import dev.varve.server.datatype.TimeIndex;
import dev.varve.server.datatype.ValueType;
import dev.varve.storage.ReadView;
import dev.varve.storage.base.AbandonedRanges;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Checks all that a database's keys lead to, and that somebody leads to all elements. It reads
 * everything, from the disk where it must, in memory for some elements and a bit for each
 * collection. Used once, by one thread.
 */
public final class CollectionCheck {
  /** The type of a string that is whole, in a header. */
  private static final int STRING = 0;

  private final ReadView view;
  private final AbandonedRanges abandoned;
  private final boolean owesNothing;
  private final FaultListener listener;
  private final Changes changes;
  private final MemberHash hash;
  private final IdSet ids = new IdSet();
  private long keys;
  private long packed;
  private long spread;
  private long faults;
  private long unreachable;

  /**
   * Begins one.
   *
   * @param abandoned what of the elements nothing can reach any more, as is known
   * @param owesNothing whether that is all: if not, elements that no key leads to may be of a head
   *     that was hidden blindly, and are no fault
   * @param listener is told of what is wrong
   * @param changes takes what would mend it
   */
  public CollectionCheck(
      ReadView view,
      AbandonedRanges abandoned,
      boolean owesNothing,
      FaultListener listener,
      Changes changes) {
    this.view = view;
    this.abandoned = abandoned;
    this.owesNothing = owesNothing;
    this.changes = changes;
    this.listener =
        (fault, databaseId, key, detail) -> {
          faults++;
          listener.found(fault, databaseId, key, detail);
        };
    hash = MemberHash.stored(view);
  }

  /**
   * What was looked at.
   *
   * @param keys of all types
   * @param packed collections that are one value
   * @param spread collections whose elements are apart
   * @param unreachable collections that have gone, and elements of which are still there
   * @param faults how much was found
   */
  public record Result(long keys, long packed, long spread, long unreachable, long faults) {}

  /**
   * Checks everything.
   *
   * @throws dev.varve.storage.StorageException if a read fails
   */
  public Result run() {
    try (Walk walk = new Walk(view, new byte[] {KeyLayout.KEYS}, new byte[] {KeyLayout.KEYS + 1})) {
      while (walk.next()) {
        keys++;
        key(walk);
      }
    }
    orphans();
    return new Result(keys, packed, spread, unreachable, faults);
  }

  private void key(Walk walk) {
    byte form = walk.firstOfValue();
    byte[] key = walk.key();
    if ((form & 0x0F) == STRING) {
      if ((form & 0x80) != 0) {
        byte[] front = walk.front(1 + Long.BYTES);
        listed(key, KeyLayout.deadline(MemorySegment.ofArray(front), 0));
      }
      return;
    }
    Head head;
    try {
      head = new Head(key, walk.value());
    } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException e) {
      told(Fault.UNREADABLE, key, "a value of " + walk.valueLength() + " bytes: " + e.getMessage());
      return;
    }
    if (head.type == ValueType.STRING && !head.isSpread) {
      told(Fault.UNREADABLE, key, "a string in chunks that isn't spread");
      return;
    }
    listed(key, head.deadline);
    listedFields(head);
    if (head.isSpread) {
      spread(head);
    } else {
      packed(head);
    }
  }

  private void told(Fault fault, byte[] key, String detail) {
    int databaseId = ByteBuffer.wrap(key).getInt(1);
    byte[] userKey = Arrays.copyOfRange(key, KeyLayout.USER_KEY_OFFSET, key.length);
    listener.found(fault, databaseId, userKey, detail);
  }

  private void listed(byte[] key, long deadline) {
    if (deadline != KeyLayout.NO_DEADLINE) {
      listed(key, TimeIndex.ofKey(deadline), Deadline.millis(deadline));
    }
  }

  private void listedFields(Head head) {
    for (TimeIndex index : new TimeIndex[] {TimeIndex.FIELDS, TimeIndex.FIELDS_BY_DATE}) {
      long first = head.first[index.isByDate() ? 1 : 0];
      if (first != Head.NONE) {
        listed(head.key, index, first);
      }
    }
  }

  private void listed(byte[] key, TimeIndex index, long millis) {
    byte[] entry = index.entry(key, millis);
    if (view.get(entry) == null) {
      told(Fault.DEADLINE, key, "at " + millis + ", in the index of " + index);
      changes.put(entry, new byte[0]);
    }
  }

  private void packed(Head head) {
    packed++;
    long count = PackedCheck.count(head);
    if (count < 0) {
      told(Fault.UNREADABLE, head.key, "its elements");
    } else if (count != head.count) {
      told(Fault.COUNT, head.key, head.count + " are counted, " + count + " are there");
      changes.put(head.key, head.with(count, head.own, head.first));
    }
  }

  private void spread(Head head) {
    spread++;
    boolean isOwn =
        Arrays.equals(head.prefix, 1, 1 + Integer.BYTES, head.key, 1, 1 + Integer.BYTES);
    if (!ids.add(head.id()) || !isOwn) {
      told(Fault.SHARED, head.key, "collection " + head.id());
      return;
    }
    Subject subject = new Subject(head, view, hash, listener, changes);
    switch (head.type) {
      case SET -> new SetCheck(subject).run();
      case HASH -> new HashCheck(subject).run();
      case SORTED_SET -> new SortedSetCheck(subject).run();
      case LIST -> new ListCheck(subject).run();
      case STREAM -> new StreamCheck(subject).run();
      case STRING -> new StringCheck(subject).run();
    }
  }

  private void orphans() {
    // What was being built is given up when the database is opened.
    Set<ByteBuffer> built = new HashSet<>();
    Builds.left(view).forEach(note -> built.add(ByteBuffer.wrap(Builds.elementsOf(note))));
    AbandonedRanges.Cover cover = abandoned.cover(null);
    byte[] from = {KeyLayout.ELEMENTS};
    try (Walk walk = new Walk(view, from, new byte[] {KeyLayout.ELEMENTS + 1})) {
      while (walk.seek(from)) {
        byte[] prefix = Arrays.copyOf(walk.key(), KeyLayout.ELEMENT_PREFIX_BYTES);
        from = AbandonedRanges.successor(prefix);
        if (ids.contains(Head.idOf(prefix))) {
          continue;
        }
        if (cover.newestOver(prefix, prefix.length) != AbandonedRanges.NONE
            || !owesNothing
            || built.contains(ByteBuffer.wrap(prefix))) {
          unreachable++;
          continue;
        }
        int databaseId = ByteBuffer.wrap(prefix).getInt(1);
        listener.found(Fault.ORPHAN, databaseId, null, "collection " + Head.idOf(prefix));
        changes.abandon(prefix, from);
      }
    }
  }
}

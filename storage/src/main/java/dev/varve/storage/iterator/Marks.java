package dev.varve.storage.iterator;

import dev.varve.storage.KeyGroups;
import dev.varve.storage.base.BlobReference;
import dev.varve.storage.base.CountChanges;
import dev.varve.storage.base.EntryKind;
import java.lang.foreign.MemorySegment;

/** What blind entries come to once it is known what lies directly beneath them. */
public final class Marks {
  private Marks() {}

  /** Whether an entry that gives its key a value, which is counted, gives it a marked one. */
  public static boolean isMarked(
      KeyGroups groups, byte kind, MemorySegment segment, long offset, int length) {
    return EntryKind.isApart(kind)
        ? BlobReference.isMarked(segment, offset)
        : groups.isMarked(segment, offset, length);
  }

  /** What a counted key's value leads to; null if to nothing. */
  public static byte[] leadsTo(
      KeyGroups groups, byte kind, MemorySegment segment, long offset, int length) {
    return EntryKind.isApart(kind) ? null : groups.leadsTo(segment, offset, length);
  }

  /** Counts a put of a key that wasn't there: it is one live key more. */
  public static void payForNew(long group, CountChanges counts) {
    counts.add(group, 1);
  }

  /**
   * Counts a put in the place of a value: if that was marked, it isn't there any more. What it led
   * to can't be reached any more.
   *
   * @param ledTo may be null
   * @param sequence of the put
   */
  public static void payForReplaced(
      KeyGroups groups,
      long group,
      boolean marked,
      byte[] ledTo,
      long sequence,
      CountChanges counts) {
    if (ledTo != null) {
      counts.abandon(ledTo, sequence);
    }
    long markedGroup = marked ? groups.markedGroupOf(group) : KeyGroups.NOT_COUNTED;
    if (markedGroup != KeyGroups.NOT_COUNTED) {
      counts.add(markedGroup, -1);
    }
  }
}

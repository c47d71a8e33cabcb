package dev.varve.server.simulation;

import java.util.HashMap;
import java.util.Map;

/** What clients know of a stream. */
final class KnownStream {
  /** A moment that hasn't come. */
  static final long NEVER = Long.MAX_VALUE;

  /** An entry's number within its stream. */
  record EntryId(long millis, long number) implements Comparable<EntryId> {
    static final EntryId NONE = new EntryId(0, 0);

    static EntryId of(Object text) {
      String[] parts = ((String) text).split("-", 2);
      return new EntryId(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
    }

    @Override
    public int compareTo(EntryId other) {
      return millis == other.millis
          ? Long.compare(number, other.number)
          : Long.compare(millis, other.millis);
    }

    @Override
    public String toString() {
      return millis + "-" + number;
    }
  }

  /** What is known of an entry. Moments count what was sent; {@link #NEVER}. */
  static final class KnownEntry {
    /** Null: not told yet. */
    EntryId id;

    boolean removalSent;
    boolean removed;

    /** Whether it was given to a consumer as a new one. */
    boolean given;

    /** Since when it is known that it was given to somebody. */
    long delivered = NEVER;

    boolean acknowledgementSent;
    long acknowledged = NEVER;
  }

  final Map<String, KnownEntry> entries = new HashMap<>();
  EntryId trimSent = EntryId.NONE;
  EntryId trimmed = EntryId.NONE;

  /** The last that was told of. */
  EntryId last = EntryId.NONE;

  boolean mayBeGone(KnownEntry entry) {
    return entry.removalSent || entry.id.compareTo(trimSent) < 0;
  }

  boolean isGone(KnownEntry entry) {
    return entry.removed || (entry.id != null && entry.id.compareTo(trimmed) < 0);
  }

  KnownEntry at(EntryId id) {
    for (KnownEntry entry : entries.values()) {
      if (id.equals(entry.id)) {
        return entry;
      }
    }
    return null;
  }

  void learn(KnownEntry entry, EntryId id) {
    Workload.demand(entry.id == null || entry.id.equals(id), id + " was " + entry.id + " before");
    entry.id = id;
    last = id.compareTo(last) > 0 ? id : last;
  }
}

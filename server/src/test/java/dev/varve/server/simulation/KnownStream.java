package dev.varve.server.simulation;

import java.util.HashMap;
import java.util.Map;

/** What clients know of a stream. */
final class KnownStream {
  /** A moment that hasn't come. */
  static final long NEVER = Long.MAX_VALUE;

  /** An entry's number within its stream. */
  record Id(long millis, long number) implements Comparable<Id> {
    static final Id NONE = new Id(0, 0);

    static Id of(Object text) {
      String[] parts = ((String) text).split("-", 2);
      return new Id(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
    }

    @Override
    public int compareTo(Id other) {
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
  static final class Entry {
    /** Null: not told yet. */
    Id id;

    boolean removalSent;
    boolean removed;

    /** Whether it was given to a consumer as a new one. */
    boolean given;

    /** Since when it is known that it was given to somebody. */
    long delivered = NEVER;

    boolean acknowledgementSent;
    long acknowledged = NEVER;
  }

  final Map<String, Entry> entries = new HashMap<>();
  Id trimSent = Id.NONE;
  Id trimmed = Id.NONE;

  /** The last that was told of. */
  Id last = Id.NONE;

  boolean mayBeGone(Entry entry) {
    return entry.removalSent || entry.id.compareTo(trimSent) < 0;
  }

  boolean isGone(Entry entry) {
    return entry.removed || (entry.id != null && entry.id.compareTo(trimmed) < 0);
  }

  Entry at(Id id) {
    for (Entry entry : entries.values()) {
      if (id.equals(entry.id)) {
        return entry;
      }
    }
    return null;
  }

  void learn(Entry entry, Id id) {
    Workload.demand(entry.id == null || entry.id.equals(id), id + " was " + entry.id + " before");
    entry.id = id;
    last = id.compareTo(last) > 0 ? id : last;
  }
}

package dev.varve.storage.manifest;

import dev.varve.storage.base.CountChanges;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/** The live count of each key group that has any. Immutable. */
final class GroupCounts {
  static final GroupCounts EMPTY = new GroupCounts(new long[0], new long[0]);

  /** Ascending. */
  private final long[] groups;

  private final long[] counts;

  private GroupCounts(long[] groups, long[] counts) {
    this.groups = groups;
    this.counts = counts;
  }

  long of(long group) {
    int at = Arrays.binarySearch(groups, group);
    return at < 0 ? 0 : counts[at];
  }

  GroupCounts apply(CountChanges changes) {
    SortedMap<Long, Long> all = new TreeMap<>();
    for (int i = 0; i < groups.length; i++) {
      all.put(groups[i], counts[i]);
    }
    changes.forEach((group, forgotten, delta) -> all.put(group, changes.apply(group, of(group))));
    all.values().removeIf(count -> count == 0);
    return new GroupCounts(
        all.keySet().stream().mapToLong(Long::longValue).toArray(),
        all.values().stream().mapToLong(Long::longValue).toArray());
  }

  void addTo(CountChanges changes) {
    for (int i = 0; i < groups.length; i++) {
      changes.add(groups[i], counts[i]);
    }
  }
}

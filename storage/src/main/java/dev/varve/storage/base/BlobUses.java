package dev.varve.storage.base;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Adds up references to blob files. Used by one thread. */
public final class BlobUses {
  private static final class Sum {
    long values;
    long bytes;
  }

  private final SortedMap<Long, Sum> sums = new TreeMap<>();

  /** Adds references to one blob file. */
  public void add(long blob, long values, long bytes) {
    Sum sum = sums.computeIfAbsent(blob, number -> new Sum());
    sum.values += values;
    sum.bytes += bytes;
  }

  /** What is used of each blob file, by number. */
  public List<BlobUse> toList() {
    List<BlobUse> uses = new ArrayList<>(sums.size());
    sums.forEach((blob, sum) -> uses.add(new BlobUse(blob, sum.values, sum.bytes)));
    return uses;
  }
}

package dev.varve.storage.memtable;

import dev.varve.storage.base.CountChanges;

/**
 * Which debts of a memtable's blind entries have been paid: those of all entries up to a sequence
 * number. In memory only: a crash opens them again. Immutable.
 *
 * @param upTo the sequence number; 0 if none
 * @param entries how many blind entries that are
 * @param counts what they came to, for each group; not to be changed
 */
public record SettledDebts(long upTo, int entries, CountChanges counts) {
  /** No debt is paid. */
  public static final SettledDebts NONE =
      new SettledDebts(0, 0, new CountChanges().immutableCopy());

  /** Adds what the debts came to. */
  public void addTo(CountChanges sums) {
    sums.addAll(counts);
  }

  SettledDebts without(long group) {
    CountChanges left = new CountChanges();
    counts.forEach(
        (each, forgotten, delta) -> {
          if (each != group) {
            left.add(each, delta);
          }
        });
    left.addAbandoned(counts);
    return new SettledDebts(upTo, entries, left.immutableCopy());
  }
}

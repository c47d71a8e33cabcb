package dev.varve.storage.manifest;

import java.util.function.LongPredicate;

/** Tells what is deleted or abandoned at once, for who decides on merges. */
@FunctionalInterface
public interface DeletedRanges {
  /**
   * Whether range tombstones cover all keys of [{@code begin}, {@code end}), and everywhere the
   * newest one's sequence number is {@code wanted}. No may be wrong.
   */
  boolean cover(byte[] begin, byte[] end, LongPredicate wanted);

  /** Whether all that a table holds is abandoned. */
  default boolean isAbandoned(TableMeta table) {
    return false;
  }

  /** Whether a table may hold anything that was abandoned up to a sequence number. */
  default boolean isAnyAbandoned(TableMeta table, long upTo) {
    return false;
  }

  /** About how many bytes of a table are abandoned. */
  default long abandonedBytes(TableMeta table) {
    return 0;
  }
}

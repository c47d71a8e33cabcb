package dev.varve.server.datatype.hash;

import java.util.List;

/**
 * Fields of a hash whose deadline by a clock has passed, found by {@link HashValue#findDue} where
 * there is time for it, to be removed by {@link HashValue#removeDue}.
 *
 * @param fields of a spread hash; a packed one's are found when they are removed
 * @param next no field that isn't among them has an earlier deadline by that clock, be it given
 *     after they were looked for
 * @param isAll whether they are all that were due; then {@code next} may be made better
 */
public record DueFields(List<byte[]> fields, long next, boolean isAll) {
  /** Those of what is no hash. */
  public static final DueFields NONE = new DueFields(List.of(), 0, true);

  /**
   * Returns the first so many, to be removed before the others: none of all has an earlier deadline
   * than {@code firstMillis}.
   */
  public DueFields first(int count, long firstMillis) {
    return new DueFields(fields.subList(0, count), firstMillis, false);
  }

  /** Returns those after the first so many, which are removed. */
  public DueFields behind(int count) {
    return new DueFields(fields.subList(count, fields.size()), next, isAll);
  }

  /** Returns how many there are. */
  public int size() {
    return fields.size();
  }
}

package dev.varve.server.datatype;

import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import dev.varve.storage.base.KeySpread;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How long the keys of each database that have a deadline have left on average, by the time
 * indexes. Of few entries all are looked at; of many, some at places that divide them evenly,
 * however the deadlines lie. Immutable, safe for use by many threads.
 *
 * <p>The entry of a deadline that was overwritten by one that didn't look beneath is there until it
 * is due, and counts until then.
 */
public final class TimesLeft {
  /** As long as nothing has been estimated. */
  public static final TimesLeft NONE = new TimesLeft(Map.of());

  /** If an index has no more entries than this, all are looked at. */
  static final int MOST_WALKED = 1024;

  /** If it has more, some are looked at, at so many places. */
  static final int PLACES = 128;

  static final int ENTRIES_A_PLACE = 8;

  /** Dead entries that are passed on the way to one that lives. */
  private static final int MOST_PASSED = 4096;

  /** Keys that each source of the engine names to tell where entries lie. */
  private static final int NAMED = 8 * PLACES;

  private final Map<Integer, Mean> means;

  private static final class Mean {
    private double entries;
    private double millis;
  }

  private TimesLeft(Map<Integer, Mean> means) {
    this.means = means;
  }

  /**
   * Estimates them. Reads the disk.
   *
   * @param elapsed the time that deadlines given as times to live pass by
   * @param wall the time that those given as dates pass by
   */
  public static TimesLeft estimate(ReadView view, long elapsed, long wall) {
    TimesLeft times = new TimesLeft(new HashMap<>());
    times.add(view, TimeIndex.KEYS, elapsed);
    times.add(view, TimeIndex.KEYS_BY_DATE, wall);
    return times;
  }

  /** Returns the mean of the database of an id in milliseconds; 0 if nothing is known. */
  public long millis(int databaseId) {
    Mean mean = means.get(databaseId);
    return mean == null ? 0 : Math.round(mean.millis / mean.entries);
  }

  private void add(ReadView view, TimeIndex index, long now) {
    byte[] lower = index.position(now + 1);
    byte[] upper = index.position(Long.MAX_VALUE);
    try (Cursor cursor = view.cursor(lower, upper)) {
      cursor.passAtMost(MOST_PASSED);
      Place all = new Place(now);
      cursor.seekToFirst();
      all.lookAround(cursor, MOST_WALKED + 1);
      if (all.found <= MOST_WALKED && !cursor.isHalted()) {
        all.addTo(means, all.found);
        return;
      }
      KeySpread spread = view.spread(lower, upper, NAMED);
      List<KeySpread.Part> parts = spread.parts(PLACES);
      for (KeySpread.Part part : parts) {
        Place place = new Place(now);
        cursor.passAtMost(MOST_PASSED / PLACES);
        cursor.seek(part.key(), 0, part.key().length);
        place.lookAround(cursor, ENTRIES_A_PLACE);
        place.addTo(means, part.entries());
      }
    }
  }

  /** Some entries that lie beside each other, and stand for those around. */
  private static final class Place {
    private final long now;
    private final Map<Integer, Mean> sums = new HashMap<>();
    private int found;

    Place(long now) {
      this.now = now;
    }

    void lookAround(Cursor cursor, int most) {
      for (; cursor.isValid() && found < most; cursor.next()) {
        long left = TimeIndex.millisOf(cursor.key()) - now;
        Mean sum = sums.computeIfAbsent(TimeIndex.databaseOf(cursor.key()), id -> new Mean());
        sum.entries++;
        sum.millis += left;
        found++;
      }
    }

    void addTo(Map<Integer, Mean> means, double entries) {
      sums.forEach(
          (id, sum) -> {
            Mean mean = means.computeIfAbsent(id, absent -> new Mean());
            mean.entries += sum.entries * entries / found;
            mean.millis += sum.millis * entries / found;
          });
    }
  }
}

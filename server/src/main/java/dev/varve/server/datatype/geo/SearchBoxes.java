package dev.varve.server.datatype.geo;

import dev.varve.server.datatype.zset.ScoreRange;
import java.util.ArrayList;
import java.util.List;

/**
 * Which scores the places in a shape can have: those of the rectangle of the map that its centre is
 * in, and of the eight around it, as far as they are needed. The rectangles are about as large as
 * the shape.
 */
public final class SearchBoxes {
  private static final double MAP_METRES = 20_037_726.37;

  /** Beyond these latitudes rectangles are so narrow that larger ones are taken. */
  private static final double NARROW = 66;

  private static final double NARROWER = 80;

  /** The ways to the rectangles around one, to the east and to the north, as they are gone. */
  private static final int[][] WAYS = {
    {0, 0}, {0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}
  };

  private SearchBoxes() {}

  /** Returns ranges of scores, in the order in which Redis goes through them. */
  public static List<ScoreRange> of(SearchShape shape) {
    GeoHash.Area bounds = shape.bounds();
    int steps = steps(shape.reach(), shape.centre().latitude());
    GeoHash middle = GeoHash.of(shape.centre(), steps);
    if (steps > 1 && !isCovered(middle, bounds)) {
      steps--;
      middle = GeoHash.of(shape.centre(), steps);
    }
    List<ScoreRange> ranges = new ArrayList<>();
    GeoHash last = null;
    for (int[] way : WAYS) {
      GeoHash box = middle.beside(way[0], way[1]);
      // A very large shape's neighbours can be one and the same box.
      if ((steps < 2 || isNeeded(middle.area(), bounds, way)) && !box.equals(last)) {
        ranges.add(new ScoreRange(box.leastScore(), false, box.scoreBehind(), true));
        // The middle is compared with none, as in Redis.
        last = way[0] == 0 && way[1] == 0 ? null : box;
      }
    }
    return ranges;
  }

  private static int steps(double metres, double latitude) {
    if (metres == 0) {
      return GeoHash.MOST_STEPS;
    }
    int steps = 1;
    for (double reach = metres; reach < MAP_METRES; reach *= 2) {
      steps++;
    }
    steps -= 2;
    if (Math.abs(latitude) > NARROW) {
      steps--;
      if (Math.abs(latitude) > NARROWER) {
        steps--;
      }
    }
    return Math.clamp(steps, 1, GeoHash.MOST_STEPS);
  }

  private static boolean isCovered(GeoHash middle, GeoHash.Area bounds) {
    return middle.beside(0, 1).area().north() >= bounds.north()
        && middle.beside(0, -1).area().south() <= bounds.south()
        && middle.beside(1, 0).area().east() >= bounds.east()
        && middle.beside(-1, 0).area().west() <= bounds.west();
  }

  /** Whether what lies on a way isn't beyond where the shape ends. */
  private static boolean isNeeded(GeoHash.Area middle, GeoHash.Area bounds, int[] way) {
    boolean east = way[0] <= 0 || middle.east() <= bounds.east();
    boolean west = way[0] >= 0 || middle.west() >= bounds.west();
    boolean north = way[1] <= 0 || middle.north() <= bounds.north();
    boolean south = way[1] >= 0 || middle.south() >= bounds.south();
    return east && west && north && south;
  }
}

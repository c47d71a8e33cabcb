package dev.varve.server.datatype.geo;

/**
 * A rectangle of the map: it is halved, by longitude and by latitude, so many times, and the bits
 * say in which half it lies each time, the latitude's first. Rectangles that are near each other
 * mostly have bits in common at their beginning.
 *
 * @param bits two for each step
 * @param steps how many times it is halved, each way
 */
record GeoHash(long bits, int steps) {
  static final int MOST_STEPS = 26;

  private static final long EVEN = 0x5555555555555555L;
  private static final long ODD = 0xAAAAAAAAAAAAAAAAL;
  private static final double POLE = 90;

  /** The bounds of a rectangle in degrees. */
  record Area(double west, double east, double south, double north) {}

  /** Returns the rectangle of so many steps that a place lies in. */
  static GeoHash of(Place place, int steps) {
    return of(place, steps, Place.GREATEST_LATITUDE);
  }

  /** Returns the smallest rectangle around a place where latitudes go from pole to pole. */
  static GeoHash ofWholeEarth(Place place) {
    return of(place, MOST_STEPS, POLE);
  }

  private static GeoHash of(Place place, int steps, double greatestLatitude) {
    double south = -greatestLatitude;
    double latitude = (place.latitude() - south) / (greatestLatitude - south);
    double west = -Place.GREATEST_LONGITUDE;
    double longitude = (place.longitude() - west) / (Place.GREATEST_LONGITUDE - west);
    double scale = 1L << steps;
    long bits = spread((long) (latitude * scale)) | spread((long) (longitude * scale)) << 1;
    return new GeoHash(bits, steps);
  }

  /** Puts a zero in front of each of 32 bits. */
  private static long spread(long low) {
    long x = low & 0xFFFFFFFFL;
    x = (x | x << 16) & 0x0000FFFF0000FFFFL;
    x = (x | x << 8) & 0x00FF00FF00FF00FFL;
    x = (x | x << 4) & 0x0F0F0F0F0F0F0F0FL;
    x = (x | x << 2) & 0x3333333333333333L;
    return (x | x << 1) & EVEN;
  }

  /** Takes what {@link #spread} has put. */
  private static long gather(long spread) {
    long x = spread & EVEN;
    x = (x | x >>> 1) & 0x3333333333333333L;
    x = (x | x >>> 2) & 0x0F0F0F0F0F0F0F0FL;
    x = (x | x >>> 4) & 0x00FF00FF00FF00FFL;
    x = (x | x >>> 8) & 0x0000FFFF0000FFFFL;
    return (x | x >>> 16) & 0xFFFFFFFFL;
  }

  Area area() {
    long latitude = gather(bits);
    long longitude = gather(bits >>> 1);
    return new Area(
        at(longitude, Place.GREATEST_LONGITUDE),
        at(next(longitude), Place.GREATEST_LONGITUDE),
        at(latitude, Place.GREATEST_LATITUDE),
        at(next(latitude), Place.GREATEST_LATITUDE));
  }

  private static long next(long coordinate) {
    return coordinate + 1 & 0xFFFFFFFFL;
  }

  private double at(long coordinate, double greatest) {
    double least = -greatest;
    return least + (coordinate * 1.0 / (1L << steps)) * (greatest - least);
  }

  /** Returns a rectangle beside it: so many to the east, and to the north, at most one each. */
  GeoHash beside(int east, int north) {
    return new GeoHash(moved(ODD, EVEN, east) | moved(EVEN, ODD, north), steps);
  }

  /** The bits of one coordinate, moved by one or not at all; those of the other are left out. */
  private long moved(long own, long other, int by) {
    long its = bits & own;
    if (by == 0) {
      return its;
    }
    int unused = Long.SIZE - 2 * steps;
    // Ones between its bits carry what is added.
    long between = other >>> unused;
    long sum = by > 0 ? its + (between + 1) : (its | between) - (between + 1);
    return sum & own >>> unused;
  }

  /** The least score that a place within can have. */
  double leastScore() {
    return aligned(bits);
  }

  /** A score that is greater than those of all places within. */
  double scoreBehind() {
    return aligned(bits + 1);
  }

  private long aligned(long its) {
    return its << (2 * (MOST_STEPS - steps));
  }
}

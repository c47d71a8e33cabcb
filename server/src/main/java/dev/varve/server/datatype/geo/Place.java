package dev.varve.server.datatype.geo;

/**
 * A place on earth, in degrees.
 *
 * @param longitude from -180 to 180
 * @param latitude from {@link #LEAST_LATITUDE} to {@link #GREATEST_LATITUDE}: near the poles there
 *     are none
 */
public record Place(double longitude, double latitude) {
  /** The bounds of the Mercator projection of the web (EPSG:3857). */
  public static final double GREATEST_LATITUDE = 85.05112878;

  /** See {@link #GREATEST_LATITUDE}. */
  public static final double LEAST_LATITUDE = -GREATEST_LATITUDE;

  /** The bounds of longitudes. */
  public static final double GREATEST_LONGITUDE = 180;

  /** In metres, as Redis has it. */
  static final double EARTH_RADIUS = 6_372_797.560856;

  private static final String ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
  private static final double RADIANS = Math.PI / 180.0;

  /** Whether there are places of such coordinates. */
  public boolean isValid() {
    return longitude >= -GREATEST_LONGITUDE
        && longitude <= GREATEST_LONGITUDE
        && latitude >= LEAST_LATITUDE
        && latitude <= GREATEST_LATITUDE;
  }

  /** The score of a member that is here: a whole number of 52 bits. */
  public double score() {
    return GeoHash.of(this, GeoHash.MOST_STEPS).bits();
  }

  /**
   * The place that a score stands for: the middle of what has this score. Any score is one, as in
   * Redis.
   */
  public static Place ofScore(double score) {
    GeoHash.Area area = new GeoHash(unsigned(score), GeoHash.MOST_STEPS).area();
    double longitude = (area.west() + area.east()) / 2;
    double latitude = (area.south() + area.north()) / 2;
    return new Place(
        Math.clamp(longitude, -GREATEST_LONGITUDE, GREATEST_LONGITUDE),
        Math.clamp(latitude, LEAST_LATITUDE, GREATEST_LATITUDE));
  }

  /**
   * The whole part as a number of 64 bits without a sign, as C on x86-64 makes it: of negative
   * numbers their two's complement, 0 of what is too large.
   */
  private static long unsigned(double score) {
    if (score < 0x1p63) {
      return (long) score;
    }
    return score < 0x1p64 ? (long) (score - 0x1p63) ^ Long.MIN_VALUE : 0;
  }

  static double radians(double degrees) {
    return degrees * RADIANS;
  }

  static double degrees(double radians) {
    return radians / RADIANS;
  }

  /** The distance of two latitudes in metres. */
  static double latitudeDistance(double one, double other) {
    return EARTH_RADIUS * Math.abs(radians(other) - radians(one));
  }

  /** Returns the distance from another place in metres, on a sphere, by the haversine formula. */
  public double distance(Place other) {
    double v = StrictMath.sin((radians(other.longitude) - radians(longitude)) / 2);
    if (v == 0) {
      return latitudeDistance(latitude, other.latitude);
    }
    double from = radians(latitude);
    double to = radians(other.latitude);
    double u = StrictMath.sin((to - from) / 2);
    double a = u * u + StrictMath.cos(from) * StrictMath.cos(to) * v * v;
    return 2.0 * EARTH_RADIUS * StrictMath.asin(Math.sqrt(a));
  }

  /** Returns the usual text of 11 characters for it, see geohash.org. */
  public String geoHash() {
    long bits = GeoHash.ofWholeEarth(this).bits();
    StringBuilder text = new StringBuilder();
    for (int shift = 47; shift >= 2; shift -= 5) {
      text.append(ALPHABET.charAt((int) (bits >>> shift) & 0x1F));
    }
    // 52 bits make no more than ten characters.
    return text.append('0').toString();
  }
}

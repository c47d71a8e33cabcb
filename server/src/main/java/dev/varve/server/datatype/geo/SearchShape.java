package dev.varve.server.datatype.geo;

/**
 * What is searched for places: a circle, or a rectangle along the coordinates. Lengths are in a
 * unit of the caller's.
 *
 * @param centre where it is
 * @param radius of a circle; negative: it is a rectangle
 * @param width of a rectangle
 * @param height of a rectangle
 * @param metres how many metres the unit has
 */
public record SearchShape(Place centre, double radius, double width, double height, double metres) {
  /** Says that a place is outside. */
  public static final double OUTSIDE = -1;

  /** Returns a circle. */
  public static SearchShape circle(Place centre, double radius, double metres) {
    return new SearchShape(centre, radius, 0, 0, metres);
  }

  /** Returns a rectangle. */
  public static SearchShape rectangle(Place centre, double width, double height, double metres) {
    return new SearchShape(centre, -1, width, height, metres);
  }

  private boolean isCircle() {
    return radius >= 0;
  }

  /** Returns the distance of a place from the centre in metres, or {@link #OUTSIDE}. */
  public double distance(Place place) {
    if (!isCircle()) {
      if (Place.latitudeDistance(place.latitude(), centre.latitude()) > height * metres / 2) {
        return OUTSIDE;
      }
      Place beside = new Place(centre.longitude(), place.latitude());
      if (place.distance(beside) > width * metres / 2) {
        return OUTSIDE;
      }
    }
    double distance = centre.distance(place);
    return isCircle() && distance > radius * metres ? OUTSIDE : distance;
  }

  /** The distance of the farthest point in metres. */
  double reach() {
    double its =
        isCircle() ? radius : Math.sqrt((width / 2) * (width / 2) + (height / 2) * (height / 2));
    return its * metres;
  }

  /** What it lies in, about; it may reach beyond the map. */
  GeoHash.Area bounds() {
    double high = metres * (isCircle() ? radius : height / 2);
    double wide = metres * (isCircle() ? radius : width / 2);
    double latitude = centre.latitude();
    double up = Place.degrees(high / Place.EARTH_RADIUS);
    // Degrees of longitude are shortest where it is nearest to a pole.
    double nearest = latitude < 0 ? latitude - up : latitude + up;
    double aside =
        Place.degrees(wide / Place.EARTH_RADIUS / StrictMath.cos(Place.radians(nearest)));
    return new GeoHash.Area(
        centre.longitude() - aside, centre.longitude() + aside, latitude - up, latitude + up);
  }
}

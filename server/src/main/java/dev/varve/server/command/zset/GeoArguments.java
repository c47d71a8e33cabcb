package dev.varve.server.command.zset;

import dev.varve.server.command.support.Arguments;
import dev.varve.server.datatype.geo.Place;
import dev.varve.server.datatype.zset.SortedSetValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/** Reads what is said of places. */
final class GeoArguments {
  private static final double KILOMETRE = 1000;
  private static final double FOOT = 0.3048;
  private static final double MILE = 1609.34;
  private static final int ERROR_DIGITS = 6;

  private GeoArguments() {}

  /** Reads a longitude and a latitude. */
  static Place place(CommandContext context, int first) {
    Place place =
        new Place(Arguments.doubleValue(context, first), Arguments.doubleValue(context, first + 1));
    if (!place.isValid()) {
      throw new CommandException(
          "ERR invalid longitude,latitude pair "
              + printed(place.longitude())
              + ","
              + printed(place.latitude()));
    }
    return place;
  }

  /** A number as C's {@code %f}. */
  private static String printed(double value) {
    String sign = value < 0 || (value == 0 && 1 / value < 0) ? "-" : "";
    return sign
        + (Double.isInfinite(value)
            ? "inf"
            : new BigDecimal(Math.abs(value))
                .setScale(ERROR_DIGITS, RoundingMode.HALF_EVEN)
                .toPlainString());
  }

  /** Reads a unit; returns how many metres it has. */
  static double metres(CommandContext context, int argument) {
    return switch (context.request().argumentString(argument).toLowerCase(Locale.ROOT)) {
      case "m" -> 1;
      case "km" -> KILOMETRE;
      case "ft" -> FOOT;
      case "mi" -> MILE;
      default ->
          throw new CommandException("ERR unsupported unit provided. please use M, KM, FT, MI");
    };
  }

  /** Where the member of the found set is that an argument names; null if there is none. */
  static Place ofMember(CommandContext context, SortedSetValue set, int argument) {
    ScoreCommands.select(context, set, argument);
    return set.findScore() ? Place.ofScore(set.score()) : null;
  }
}

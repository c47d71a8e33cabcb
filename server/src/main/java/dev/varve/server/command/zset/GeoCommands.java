package dev.varve.server.command.zset;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.geo.Place;
import dev.varve.server.datatype.zset.SortedSetValue;
import dev.varve.server.dispatch.CommandContext;

/** Commands on single places. */
final class GeoCommands {
  private static final byte[] NX = Arguments.word("NX");
  private static final byte[] XX = Arguments.word("XX");
  private static final byte[] CH = Arguments.word("CH");

  /** A longitude, a latitude, a member. */
  private static final int TRIPLE = 3;

  private GeoCommands() {}

  static void add(CommandContext context) {
    Request request = context.request();
    AddOptions options = options(request);
    int count = request.argumentCount();
    if ((count - options.first()) % TRIPLE != 0 || (options.onlyNew() && options.onlyKnown())) {
      throw Errors.syntax();
    }
    for (int i = options.first(); i < count; i += TRIPLE) {
      GeoArguments.place(context, i);
    }
    if (count == options.first()) {
      throw Errors.syntax();
    }
    Arguments.selectKeyToWrite(context, 1);
    ScoreCommands.Addition addition = new ScoreCommands.Addition(context, options);
    addition.set().find();
    for (int i = options.first(); i < count; i += TRIPLE) {
      Arguments.checkMemberLength(context, i + 2);
      ScoreCommands.select(context, addition.set(), i + 2);
      addition.put(GeoArguments.place(context, i).score());
    }
    addition.end();
  }

  private static AddOptions options(Request request) {
    boolean nx = false;
    boolean xx = false;
    boolean ch = false;
    int at = 2;
    for (; at < request.argumentCount(); at++) {
      if (request.equalsIgnoreCase(at, NX)) {
        nx = true;
      } else if (request.equalsIgnoreCase(at, XX)) {
        xx = true;
      } else if (request.equalsIgnoreCase(at, CH)) {
        ch = true;
      } else {
        break;
      }
    }
    return new AddOptions(at, nx, xx, false, false, ch, false);
  }

  static void places(CommandContext context) {
    SortedSetValue set = ScoreCommands.findCounted(context, 1);
    int count = context.request().argumentCount();
    context.reply().arrayHeader(count - 2);
    for (int i = 2; i < count; i++) {
      Place place = GeoArguments.ofMember(context, set, i);
      if (place == null) {
        context.reply().nullArray();
      } else {
        answer(context.reply(), place);
      }
    }
  }

  static void answer(ReplySink reply, Place place) {
    reply.arrayHeader(2);
    reply.plainDouble(place.longitude());
    reply.plainDouble(place.latitude());
  }

  static void hashes(CommandContext context) {
    SortedSetValue set = ScoreCommands.findCounted(context, 1);
    int count = context.request().argumentCount();
    context.reply().arrayHeader(count - 2);
    for (int i = 2; i < count; i++) {
      Place place = GeoArguments.ofMember(context, set, i);
      if (place == null) {
        context.reply().nullBulk();
      } else {
        context.reply().bulk(place.geoHash());
      }
    }
  }

  static void distance(CommandContext context) {
    int count = context.request().argumentCount();
    double metres = count == 5 ? GeoArguments.metres(context, 4) : 1;
    if (count > 5) {
      throw Errors.syntax();
    }
    SortedSetValue set = ScoreCommands.findCounted(context, 1);
    Place one = GeoArguments.ofMember(context, set, 2);
    Place other = GeoArguments.ofMember(context, set, 3);
    if (one == null || other == null) {
      context.reply().nullBulk();
    } else {
      answerDistance(context.reply(), one.distance(other) / metres);
    }
  }

  /** Answers with four digits after the point. */
  static void answerDistance(ReplySink reply, double distance) {
    String digits = Long.toString((long) Math.rint(distance * 10_000));
    String padded = "0".repeat(Math.max(0, 5 - digits.length())) + digits;
    int point = padded.length() - 4;
    reply.bulk(padded.substring(0, point) + "." + padded.substring(point));
  }
}

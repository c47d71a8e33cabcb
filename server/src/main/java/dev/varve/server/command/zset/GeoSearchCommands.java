package dev.varve.server.command.zset;

import dev.varve.protocol.ReplySink;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.collection.ScoredVisitor;
import dev.varve.server.datatype.geo.Place;
import dev.varve.server.datatype.geo.SearchBoxes;
import dev.varve.server.datatype.geo.SearchShape;
import dev.varve.server.datatype.zset.ScoreRange;
import dev.varve.server.datatype.zset.Scored;
import dev.varve.server.datatype.zset.SortedSetValue;
import dev.varve.server.dispatch.CommandContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Commands that look for places in a circle or a rectangle. */
final class GeoSearchCommands {
  private GeoSearchCommands() {}

  /** A place that was found, so many metres from the centre. */
  private record Found(Scored member, double distance) {}

  static void radius(CommandContext context) {
    byPlace(context, GeoSearch.Kind.RADIUS);
  }

  static void radiusReadOnly(CommandContext context) {
    byPlace(context, GeoSearch.Kind.RADIUS_READ_ONLY);
  }

  private static void byPlace(CommandContext context, GeoSearch.Kind kind) {
    SortedSetValue set = find(context, 1);
    GeoSearch search = new GeoSearch(context, kind, set);
    search.readPlace(2);
    search.readRadius(4);
    search.readOptions(6);
    run(context, set, 1, search);
  }

  static void radiusByMember(CommandContext context) {
    byMember(context, GeoSearch.Kind.RADIUS);
  }

  static void radiusByMemberReadOnly(CommandContext context) {
    byMember(context, GeoSearch.Kind.RADIUS_READ_ONLY);
  }

  private static void byMember(CommandContext context, GeoSearch.Kind kind) {
    SortedSetValue set = find(context, 1);
    GeoSearch search = new GeoSearch(context, kind, set);
    if (set != null) {
      search.readMember(2);
      search.readRadius(3);
    }
    search.readOptions(5);
    run(context, set, 1, search);
  }

  static void search(CommandContext context) {
    SortedSetValue set = find(context, 1);
    GeoSearch search = new GeoSearch(context, GeoSearch.Kind.SEARCH, set);
    search.readOptions(2);
    run(context, set, 1, search);
  }

  static void searchStore(CommandContext context) {
    SortedSetValue set = find(context, 2);
    GeoSearch search = new GeoSearch(context, GeoSearch.Kind.SEARCH_STORE, set);
    search.storeKey = 1;
    search.readOptions(3);
    run(context, set, 2, search);
  }

  /** Looks up the set that an argument is the key of; null if it isn't there. */
  private static SortedSetValue find(CommandContext context, int key) {
    SortedSetValue set = ScoreCommands.findCounted(context, key);
    return set.count() == 0 ? null : set;
  }

  private static void run(CommandContext context, SortedSetValue set, int key, GeoSearch search) {
    List<Found> found = set == null ? List.of() : found(context.keyspace(), set, search);
    if (search.storeKey > 0) {
      KeyEvent event = key == 2 ? KeyEvent.GEOSEARCHSTORE : KeyEvent.GEORADIUSSTORE;
      context.reply().integer(store(context, found, search, event));
    } else {
      answer(context.reply(), found, search);
    }
  }

  private static List<Found> found(Keyspace keyspace, SortedSetValue set, GeoSearch search) {
    SearchShape shape = search.shape();
    Gathering gathering = new Gathering(keyspace, shape);
    long most = search.any ? search.count : Long.MAX_VALUE;
    for (ScoreRange range : SearchBoxes.of(shape)) {
      set.ranges().forEachUntil(range, gathering, () -> gathering.found.size() >= most);
    }
    List<Found> found = gathering.found;
    Comparator<Found> nearest = Comparator.comparingDouble(Found::distance);
    switch (search.order) {
      case NEAREST_FIRST -> found.sort(nearest);
      case FARTHEST_FIRST -> found.sort(nearest.reversed());
      case NONE -> {}
    }
    return search.count > 0 && search.count < found.size()
        ? found.subList(0, (int) search.count)
        : found;
  }

  /** Keeps what is in a shape. */
  private static final class Gathering implements ScoredVisitor {
    private final Keyspace keyspace;
    private final SearchShape shape;
    private final List<Found> found = new ArrayList<>();

    Gathering(Keyspace keyspace, SearchShape shape) {
      this.keyspace = keyspace;
      this.shape = shape;
    }

    @Override
    public void visit(byte[] member, int offset, int length, double score) {
      double distance = shape.distance(Place.ofScore(score));
      if (distance == SearchShape.OUTSIDE) {
        return;
      }
      keyspace.holdsBeside(Scored.BYTES + (long) length);
      byte[] own = Arrays.copyOfRange(member, offset, offset + length);
      found.add(new Found(new Scored(score, own), distance));
    }
  }

  private static void answer(ReplySink reply, List<Found> found, GeoSearch search) {
    int with =
        (search.withDistance ? 1 : 0) + (search.withHash ? 1 : 0) + (search.withPlace ? 1 : 0);
    reply.arrayHeader(found.size());
    for (Found each : found) {
      if (with > 0) {
        reply.arrayHeader(1 + with);
      }
      double score = each.member.score();
      reply.bulk(each.member.member());
      if (search.withDistance) {
        GeoCommands.answerDistance(reply, each.distance / search.metres());
      }
      if (search.withHash) {
        reply.integer((long) score);
      }
      if (search.withPlace) {
        GeoCommands.answer(reply, Place.ofScore(score));
      }
    }
  }

  private static long store(
      CommandContext context, List<Found> found, GeoSearch search, KeyEvent event) {
    Stored stored = Stored.beginWhole(context, search.storeKey);
    for (Found each : found) {
      byte[] member = each.member.member();
      stored.visit(
          member,
          0,
          member.length,
          search.storesDistance ? each.distance / search.metres() : each.member.score());
    }
    return stored.end(event);
  }
}

package dev.varve.server.command.zset;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.geo.Place;
import dev.varve.server.datatype.geo.SearchShape;
import dev.varve.server.datatype.zset.SortedSetValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** What the arguments of a search for places ask for, as they are read one by one. */
final class GeoSearch {
  private static final byte[] WITHDIST = Arguments.word("WITHDIST");
  private static final byte[] WITHHASH = Arguments.word("WITHHASH");
  private static final byte[] WITHCOORD = Arguments.word("WITHCOORD");
  private static final byte[] ANY = Arguments.word("ANY");
  private static final byte[] ASC = Arguments.word("ASC");
  private static final byte[] DESC = Arguments.word("DESC");
  private static final byte[] COUNT = Arguments.word("COUNT");
  private static final byte[] STORE = Arguments.word("STORE");
  private static final byte[] STOREDIST = Arguments.word("STOREDIST");
  private static final byte[] FROMMEMBER = Arguments.word("FROMMEMBER");
  private static final byte[] FROMLONLAT = Arguments.word("FROMLONLAT");
  private static final byte[] BYRADIUS = Arguments.word("BYRADIUS");
  private static final byte[] BYBOX = Arguments.word("BYBOX");

  /** In which order places come. */
  enum Order {
    /** As they lie in the set. */
    NONE,
    NEAREST_FIRST,
    FARTHEST_FIRST
  }

  /** Which commands there are. */
  enum Kind {
    RADIUS,
    RADIUS_READ_ONLY,
    SEARCH,
    SEARCH_STORE;

    boolean isSearch() {
      return this == SEARCH || this == SEARCH_STORE;
    }
  }

  private final CommandContext context;
  private final Request request;
  private final Kind kind;

  /** The set that is searched; null: its key is not there. */
  private final SortedSetValue set;

  private Place centre;
  private boolean fromMember;
  private boolean fromPlace;
  private boolean byRadius;
  private boolean byBox;
  private double radius;
  private double width;
  private double height;
  private double metres = 1;

  boolean withDistance;
  boolean withHash;
  boolean withPlace;
  boolean any;
  Order order = Order.NONE;
  long count;

  /** Which argument is the key that the result goes to; 0: none. */
  int storeKey;

  boolean storesDistance;

  GeoSearch(CommandContext context, Kind kind, SortedSetValue set) {
    this.context = context;
    this.request = context.request();
    this.kind = kind;
    this.set = set;
  }

  SearchShape shape() {
    return byBox
        ? SearchShape.rectangle(centre, width, height, metres)
        : SearchShape.circle(centre, radius, metres);
  }

  double metres() {
    return metres;
  }

  /** Reads the centre as a longitude and a latitude. */
  void readPlace(int argument) {
    centre = GeoArguments.place(context, argument);
  }

  /** Reads the centre as a member of the set. */
  void readMember(int argument) {
    if (set != null) {
      centre = GeoArguments.ofMember(context, set, argument);
      if (centre == null) {
        throw new CommandException("ERR could not decode requested zset member");
      }
    }
  }

  /** Reads a radius and its unit. */
  void readRadius(int argument) {
    radius = Arguments.doubleValue(context, argument, "ERR need numeric radius");
    if (radius < 0) {
      throw new CommandException("ERR radius cannot be negative");
    }
    metres = GeoArguments.metres(context, argument + 1);
  }

  private void readBox(int argument) {
    width = Arguments.doubleValue(context, argument, "ERR need numeric width");
    height = Arguments.doubleValue(context, argument + 1, "ERR need numeric height");
    if (width < 0 || height < 0) {
      throw new CommandException("ERR height or width cannot be negative");
    }
    metres = GeoArguments.metres(context, argument + 2);
  }

  /** Reads the options, and checks whether they fit together. */
  void readOptions(int first) {
    int i = first;
    while (i < request.argumentCount()) {
      int left = request.argumentCount() - i - 1;
      int read = readFlag(i) ? 1 : readValue(i, left);
      if (read == 0) {
        read = kind.isSearch() ? readShape(i, left) : readStore(i, left);
      }
      if (read == 0) {
        throw Errors.syntax();
      }
      i += read;
    }
    check();
  }

  private boolean readFlag(int i) {
    if (request.equalsIgnoreCase(i, WITHDIST)) {
      withDistance = true;
    } else if (request.equalsIgnoreCase(i, WITHHASH)) {
      withHash = true;
    } else if (request.equalsIgnoreCase(i, WITHCOORD)) {
      withPlace = true;
    } else if (request.equalsIgnoreCase(i, ANY)) {
      any = true;
    } else if (request.equalsIgnoreCase(i, ASC)) {
      order = Order.NEAREST_FIRST;
    } else if (request.equalsIgnoreCase(i, DESC)) {
      order = Order.FARTHEST_FIRST;
    } else if (kind == Kind.SEARCH_STORE && request.equalsIgnoreCase(i, STOREDIST)) {
      storesDistance = true;
    } else {
      return false;
    }
    return true;
  }

  /** Reads an option with values; returns how many arguments it takes, 0: it is none. */
  private int readValue(int i, int left) {
    if (left < 1 || !request.equalsIgnoreCase(i, COUNT)) {
      return 0;
    }
    count = Arguments.longValue(context, i + 1);
    if (count <= 0) {
      throw new CommandException("ERR COUNT must be > 0");
    }
    return 2;
  }

  private int readStore(int i, int left) {
    boolean distances = request.equalsIgnoreCase(i, STOREDIST);
    if (left < 1 || kind != Kind.RADIUS || !(distances || request.equalsIgnoreCase(i, STORE))) {
      return 0;
    }
    storeKey = i + 1;
    storesDistance = distances;
    return 2;
  }

  private int readShape(int i, int left) {
    if (left >= 1 && !fromPlace && request.equalsIgnoreCase(i, FROMMEMBER)) {
      readMember(i + 1);
      fromMember = true;
      return 2;
    }
    if (left >= 2 && !fromMember && request.equalsIgnoreCase(i, FROMLONLAT)) {
      readPlace(i + 1);
      fromPlace = true;
      return 3;
    }
    if (left >= 2 && !byBox && request.equalsIgnoreCase(i, BYRADIUS)) {
      readRadius(i + 1);
      byRadius = true;
      return 3;
    }
    if (left >= 3 && !byRadius && request.equalsIgnoreCase(i, BYBOX)) {
      readBox(i + 1);
      byBox = true;
      return 4;
    }
    return 0;
  }

  private void check() {
    boolean stores = storeKey > 0 || kind == Kind.SEARCH_STORE;
    if (stores && (withDistance || withHash || withPlace)) {
      throw new CommandException(
          "ERR "
              + (kind == Kind.SEARCH_STORE ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS")
              + " is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
    }
    if (kind.isSearch() && !fromMember && !fromPlace) {
      throw exactlyOne("FROMMEMBER or FROMLONLAT");
    }
    if (kind.isSearch() && !byRadius && !byBox) {
      throw exactlyOne("BYRADIUS and BYBOX");
    }
    if (any && count == 0) {
      throw new CommandException("ERR the ANY argument requires COUNT argument");
    }
    if (count != 0 && order == Order.NONE && !any) {
      order = Order.NEAREST_FIRST;
    }
  }

  private CommandException exactlyOne(String of) {
    return new CommandException(
        "ERR exactly one of " + of + " can be specified for " + Arguments.printed(request, 0));
  }
}

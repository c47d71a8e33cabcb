package dev.varve.server.command.connection;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.CommandMemory;
import dev.varve.server.dispatch.ClientRegistry;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.StorageAccess;
import dev.varve.server.tracking.Prefixes;
import dev.varve.server.tracking.Tracker;
import dev.varve.server.tracking.Tracker.Option;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The subcommands of CLIENT about copies of keys: TRACKING, CACHING, GETREDIR and TRACKINGINFO. */
final class ClientTracking {
  private static final byte[] ON = Arguments.word("ON");
  private static final byte[] OFF = Arguments.word("OFF");
  private static final byte[] YES = Arguments.word("YES");
  private static final byte[] NO = Arguments.word("NO");
  private static final byte[] REDIRECT = Arguments.word("REDIRECT");
  private static final byte[] PREFIX = Arguments.word("PREFIX");

  private ClientTracking() {}

  /** What TRACKING was given. */
  private static final class Given {
    private final Set<Option> options = EnumSet.noneOf(Option.class);
    private final List<byte[]> prefixes = new ArrayList<>();
    private long redirect;

    private boolean has(Option option) {
      return options.contains(option);
    }
  }

  /** Runs as writes do, so that all that comes after its reply is seen or told of. */
  static void tracking(CommandContext context) {
    Request request = context.request();
    Given given = parse(context);
    Session session = context.session();
    StorageAccess storage = context.services().storage();
    if (request.equalsIgnoreCase(2, ON)) {
      check(given, session.tracker());
      Tracker tracker = tracker(context, given);
      if (!context.services().trackedReads().hasRoom(session, tracker)) {
        throw new CommandException(CommandMemory.REFUSAL);
      }
      context.effect(() -> storage.track(session, tracker));
    } else if (request.equalsIgnoreCase(2, OFF)) {
      context.effect(() -> context.services().trackedReads().end(session));
    } else {
      throw Errors.syntax();
    }
    context.reply().ok();
  }

  private static Given parse(CommandContext context) {
    Request request = context.request();
    Given given = new Given();
    for (int i = 3; i < request.argumentCount(); i++) {
      boolean more = i + 1 < request.argumentCount();
      Option option = option(request, i);
      if (option != null) {
        given.options.add(option);
      } else if (request.equalsIgnoreCase(i, REDIRECT) && more) {
        i++;
        given.redirect = redirect(context, i, given.redirect);
      } else if (request.equalsIgnoreCase(i, PREFIX) && more) {
        i++;
        given.prefixes.add(request.argumentBytes(i));
      } else {
        throw Errors.syntax();
      }
    }
    return given;
  }

  private static Option option(Request request, int index) {
    for (Option option : Option.values()) {
      if (request.equalsIgnoreCase(index, Arguments.word(option.name()))) {
        return option;
      }
    }
    return null;
  }

  private static long redirect(CommandContext context, int index, long earlier) {
    if (earlier != 0) {
      throw new CommandException("ERR A client can only redirect to a single other client");
    }
    long id = Arguments.longValue(context, index);
    if (context.services().clients().subscriber(id) == null) {
      throw new CommandException("ERR The client ID you want redirect to does not exist");
    }
    return id;
  }

  private static void check(Given given, Tracker known) {
    boolean broadcast = given.has(Option.BCAST);
    if (!broadcast && !given.prefixes.isEmpty()) {
      throw new CommandException("ERR PREFIX option requires BCAST mode to be enabled");
    }
    if (known != null && known.is(Option.BCAST) != broadcast) {
      throw new CommandException(
          "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and"
              + " then re-enabling it with a different mode.");
    }
    if (broadcast && (given.has(Option.OPTIN) || given.has(Option.OPTOUT))) {
      throw new CommandException("ERR OPTIN and OPTOUT are not compatible with BCAST");
    }
    if (given.has(Option.OPTIN) && given.has(Option.OPTOUT)) {
      throw new CommandException("ERR You can't specify both OPTIN mode and OPTOUT mode");
    }
    if (known != null
        && ((given.has(Option.OPTIN) && known.is(Option.OPTOUT))
            || (given.has(Option.OPTOUT) && known.is(Option.OPTIN)))) {
      throw new CommandException(
          "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and"
              + " then re-enabling it with a different mode.");
    }
    if (broadcast) {
      checkPrefixes(given.prefixes, known == null ? List.of() : known.prefixes());
    }
  }

  private static void checkPrefixes(List<byte[]> given, List<byte[]> known) {
    for (int i = 0; i < given.size(); i++) {
      for (byte[] other : known) {
        refuseOverlap(given.get(i), other, "an existing prefix");
      }
      for (int j = i + 1; j < given.size(); j++) {
        refuseOverlap(given.get(i), given.get(j), "another provided prefix");
      }
    }
  }

  private static void refuseOverlap(byte[] prefix, byte[] other, String which) {
    if (Prefixes.overlap(prefix, other)) {
      throw new CommandException(
          "ERR Prefix '"
              + text(prefix)
              + "' overlaps with "
              + which
              + " '"
              + text(other)
              + "'. Prefixes for a single client must not overlap.");
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Prefixes add up; without any, all keys have the empty one. */
  private static Tracker tracker(CommandContext context, Given given) {
    Session session = context.session();
    List<byte[]> prefixes = new ArrayList<>();
    if (given.has(Option.BCAST)) {
      prefixes.addAll(session.tracker() == null ? List.of() : session.tracker().prefixes());
      prefixes.addAll(given.prefixes);
      if (prefixes.isEmpty()) {
        prefixes.add(new byte[0]);
      }
    }
    ClientRegistry clients = context.services().clients();
    return new Tracker(session.id(), given.options, given.redirect, prefixes, clients::subscriber);
  }

  static void caching(CommandContext context) {
    Request request = context.request();
    Session session = context.session();
    Tracker tracker = session.tracker();
    if (tracker == null) {
      throw new CommandException(
          "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or"
              + " OPTOUT mode enabled");
    }
    if (request.equalsIgnoreCase(2, YES)) {
      require(tracker, Option.OPTIN, "YES");
    } else if (request.equalsIgnoreCase(2, NO)) {
      require(tracker, Option.OPTOUT, "NO");
    } else {
      throw Errors.syntax();
    }
    session.giveCaching();
    context.reply().ok();
  }

  private static void require(Tracker tracker, Option mode, String word) {
    if (!tracker.is(mode)) {
      throw new CommandException(
          "ERR CLIENT CACHING "
              + word
              + " is only valid when tracking is enabled in "
              + mode
              + " mode.");
    }
  }

  static void redirect(CommandContext context) {
    Tracker tracker = context.session().tracker();
    context.reply().integer(tracker == null ? -1 : tracker.redirect());
  }

  static void info(CommandContext context) {
    Session session = context.session();
    Tracker tracker = session.tracker();
    List<String> flags = flags(tracker, session.cachingGiven());
    ReplySink reply = context.reply();
    reply.mapHeader(3);
    reply.bulk("flags");
    reply.setHeader(flags.size());
    flags.forEach(reply::bulk);
    reply.bulk("redirect");
    reply.integer(tracker == null ? -1 : tracker.redirect());
    reply.bulk("prefixes");
    List<byte[]> prefixes = tracker == null ? List.of() : tracker.prefixes();
    reply.arrayHeader(prefixes.size());
    prefixes.forEach(reply::bulk);
  }

  private static List<String> flags(Tracker tracker, boolean cachingGiven) {
    if (tracker == null) {
      return List.of("off");
    }
    List<String> flags = new ArrayList<>(List.of("on"));
    for (Option option : Option.values()) {
      if (tracker.is(option)) {
        flags.add(option.name().toLowerCase(Locale.ROOT));
      }
      if (cachingGiven && option == Option.OPTIN && tracker.is(option)) {
        flags.add("caching-yes");
      }
      if (cachingGiven && option == Option.OPTOUT && tracker.is(option)) {
        flags.add("caching-no");
      }
    }
    if (tracker.isBroken()) {
      flags.add("broken_redirect");
    }
    return flags;
  }
}

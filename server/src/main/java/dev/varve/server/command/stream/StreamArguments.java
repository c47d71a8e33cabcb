package dev.varve.server.command.stream;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.datatype.stream.StreamId;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** Reads ids of streams' entries among arguments, as Redis does. */
final class StreamArguments {
  /** Stands for the sequence of an id that doesn't name one: the greatest. */
  static final long LAST_SEQUENCE = -1;

  private static final String INVALID =
      "ERR Invalid stream ID specified as stream command argument";
  private static final int LONGEST_ID = 127;

  private StreamArguments() {}

  /**
   * An id as it was given.
   *
   * @param isWhole whether its sequence isn't to be chosen
   */
  record Given(StreamId id, boolean isWhole) {}

  /** Returns an argument that is an id; without a sequence, that is 0. */
  static StreamId id(CommandContext context, int argument) {
    StreamId id = idOrNull(context.request(), argument);
    if (id == null) {
      throw new CommandException(INVALID);
    }
    return id;
  }

  /** As {@link #id}; null if it is none. */
  static StreamId idOrNull(Request request, int argument) {
    Given given = parse(request.argumentString(argument), 0, true, false);
    return given == null ? null : given.id();
  }

  /** Returns an argument that is an id, or {@code -} or {@code +}. */
  static StreamId idOrEdge(CommandContext context, int argument) {
    return required(context.request().argumentString(argument), 0, false, false).id();
  }

  /** Returns an argument that is an id, whose sequence may be left to choose. */
  static Given newId(CommandContext context, int argument) {
    return required(context.request().argumentString(argument), 0, true, true);
  }

  /** Returns an argument that is where an interval begins. */
  static StreamId from(CommandContext context, int argument) {
    String text = context.request().argumentString(argument);
    if (isExclusive(text)) {
      StreamId id = required(text.substring(1), 0, true, false).id();
      if (id.equals(StreamId.MAX)) {
        throw new CommandException("ERR invalid start ID for the interval");
      }
      return id.next();
    }
    return required(text, 0, false, false).id();
  }

  /** Returns an argument that is where an interval ends. */
  static StreamId to(CommandContext context, int argument) {
    String text = context.request().argumentString(argument);
    if (isExclusive(text)) {
      StreamId id = required(text.substring(1), LAST_SEQUENCE, true, false).id();
      if (id.isZero()) {
        throw new CommandException("ERR invalid end ID for the interval");
      }
      return id.previous();
    }
    return required(text, LAST_SEQUENCE, false, false).id();
  }

  private static boolean isExclusive(String text) {
    return text.length() > 1 && text.charAt(0) == '(';
  }

  private static Given required(String text, long missing, boolean strict, boolean mayChoose) {
    Given given = parse(text, missing, strict, mayChoose);
    if (given == null) {
      throw new CommandException(INVALID);
    }
    return given;
  }

  private static Given parse(String whole, long missing, boolean strict, boolean mayChoose) {
    if (whole.length() > LONGEST_ID) {
      return null;
    }
    int zero = whole.indexOf('\0');
    String text = zero < 0 ? whole : whole.substring(0, zero);
    if (text.equals("-") || text.equals("+")) {
      StreamId edge = text.equals("-") ? StreamId.ZERO : StreamId.MAX;
      return strict ? null : new Given(edge, true);
    }
    int dash = text.indexOf('-');
    Long millis = unsigned(dash < 0 ? text : text.substring(0, dash));
    if (millis == null) {
      return null;
    }
    if (dash < 0) {
      return new Given(new StreamId(millis, missing), true);
    }
    String rest = text.substring(dash + 1);
    if (mayChoose && rest.equals("*")) {
      return new Given(new StreamId(millis, 0), false);
    }
    Long sequence = unsigned(rest);
    return sequence == null ? null : new Given(new StreamId(millis, sequence), true);
  }

  /**
   * Reads a number as C's {@code strtoull} does, which takes blanks, a sign, and zeros in front;
   * but not a negative number in its plain form.
   */
  private static Long unsigned(String text) {
    int at = 0;
    while (at < text.length() && isBlank(text.charAt(at))) {
      at++;
    }
    boolean negative = at < text.length() && text.charAt(at) == '-';
    if (negative || (at < text.length() && text.charAt(at) == '+')) {
      at++;
    }
    String digits = text.substring(at);
    if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return null;
    }
    if (negative && at == 1 && digits.charAt(0) != '0' && isLong("-" + digits)) {
      return null;
    }
    try {
      long magnitude = Long.parseUnsignedLong(digits);
      return negative ? -magnitude : magnitude;
    } catch (NumberFormatException tooLarge) {
      return null;
    }
  }

  private static boolean isBlank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  private static boolean isLong(String text) {
    try {
      Long.parseLong(text);
      return true;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** Returns the ids that a number of arguments are, all of them read before anything is done. */
  static StreamId[] ids(CommandContext context, int first, int behind) {
    context.keyspace().holdsBeside((long) (behind - first) * ID_BYTES);
    StreamId[] ids = new StreamId[behind - first];
    for (int i = first; i < behind; i++) {
      ids[i - first] = id(context, i);
    }
    return ids;
  }

  /** About what an id takes on the heap. */
  static final int ID_BYTES = 48;

  /** Returns the error of a group that isn't there. */
  static CommandException noGroup(CommandContext context, int key, int group, String where) {
    Request request = context.request();
    return new CommandException(
        "NOGROUP No such key '"
            + Arguments.printed(request, key)
            + "' or consumer group '"
            + Arguments.printed(request, group)
            + "'"
            + where);
  }
}

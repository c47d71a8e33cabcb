package dev.varve.server.command.stream;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.stream.StreamId;
import dev.varve.server.datatype.stream.Trim;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** The options of XADD and XTRIM, and the id that follows those of XADD. Not thread-safe. */
final class TrimArguments {
  private static final byte[] MAXLEN = Arguments.word("MAXLEN");
  private static final byte[] MINID = Arguments.word("MINID");
  private static final byte[] LIMIT = Arguments.word("LIMIT");
  private static final byte[] NOMKSTREAM = Arguments.word("NOMKSTREAM");
  private static final byte[] ABOUT = {'~'};
  private static final byte[] EXACTLY = {'='};
  private static final byte[] AUTOMATIC = {'*'};

  private static final long NODES_AT_ONCE = 100;
  private static final long MOST_AT_ONCE = 1_000_000;
  private static final long USUAL_AT_ONCE = 10_000;

  private final CommandContext context;
  private final Request request;

  /** Which argument the id is. */
  private int idArgument;

  /** Null: it is to be chosen. */
  private StreamArguments.Given id;

  private boolean onlyIfThere;
  private boolean trims;
  private boolean about;
  private long maxLength;
  private StreamId minId;
  private long limit;
  private boolean limited;

  private TrimArguments(CommandContext context) {
    this.context = context;
    this.request = context.request();
  }

  static TrimArguments of(CommandContext context, boolean adds) {
    TrimArguments arguments = new TrimArguments(context);
    int at = 2;
    int behind = context.request().argumentCount();
    while (at < behind && arguments.idArgument == 0) {
      at = arguments.read(at, adds);
    }
    if (arguments.idArgument == 0) {
      arguments.idArgument = behind;
    }
    arguments.check(adds);
    return arguments;
  }

  int idArgument() {
    return idArgument;
  }

  StreamArguments.Given id() {
    return id;
  }

  boolean onlyIfThere() {
    return onlyIfThere;
  }

  /** Returns how to trim; null: not at all. */
  Trim trim() {
    return trims ? new Trim(maxLength, minId, about, limit) : null;
  }

  /** Reads an option, and returns where the next one is. */
  private int read(int at, boolean adds) {
    boolean followed = at + 1 < request.argumentCount();
    if (adds && request.equalsIgnoreCase(at, AUTOMATIC)) {
      idArgument = at;
    } else if (followed && request.equalsIgnoreCase(at, MAXLEN)) {
      int value = beginTrim(at);
      maxLength = Arguments.longValue(context, value);
      if (maxLength < 0) {
        throw new CommandException("ERR The MAXLEN argument must be >= 0.");
      }
      trims = true;
      return value + 1;
    } else if (followed && request.equalsIgnoreCase(at, MINID)) {
      int value = beginTrim(at);
      minId = StreamArguments.id(context, value);
      trims = true;
      return value + 1;
    } else if (followed && request.equalsIgnoreCase(at, LIMIT)) {
      limit = Arguments.longValue(context, at + 1);
      if (limit < 0) {
        throw new CommandException("ERR The LIMIT argument must be >= 0.");
      }
      limited = true;
      return at + 2;
    } else if (adds && request.equalsIgnoreCase(at, NOMKSTREAM)) {
      onlyIfThere = true;
    } else if (adds) {
      id = StreamArguments.newId(context, at);
      idArgument = at;
    } else {
      throw Errors.syntax();
    }
    return at + 1;
  }

  /** Reads how exactly to trim, and returns which argument says how far. */
  private int beginTrim(int at) {
    if (trims) {
      throw new CommandException(
          "ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
    }
    about = false;
    if (at + 2 < request.argumentCount()) {
      if (request.equalsIgnoreCase(at + 1, ABOUT)) {
        about = true;
        return at + 2;
      }
      if (request.equalsIgnoreCase(at + 1, EXACTLY)) {
        return at + 2;
      }
    }
    return at + 1;
  }

  private void check(boolean adds) {
    if (limit > 0 && !trims) {
      throw new CommandException(
          "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
    }
    if (!adds && !trims) {
      throw new CommandException("ERR syntax error, XTRIM must be called with a trimming strategy");
    }
    if (limited) {
      if (!about) {
        throw new CommandException(
            "ERR syntax error, LIMIT cannot be used without the special ~ option");
      }
    } else if (about) {
      long nodes = context.services().config().collectionLimits().streamNodeEntries();
      long usual = nodes > MOST_AT_ONCE ? MOST_AT_ONCE : NODES_AT_ONCE * nodes;
      limit = usual <= 0 ? USUAL_AT_ONCE : Math.min(usual, MOST_AT_ONCE);
    }
  }
}

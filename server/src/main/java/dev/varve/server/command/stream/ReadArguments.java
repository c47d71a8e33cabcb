package dev.varve.server.command.stream;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.KeyFlag;
import dev.varve.server.dispatch.KeySpec;
import java.util.Set;

/** What XREAD and XREADGROUP are asked for, but for the ids. Not thread-safe. */
final class ReadArguments {
  /** Stands for no option of waiting. */
  static final long NO_WAITING = -1;

  private static final byte[] BLOCK = Arguments.word("BLOCK");
  private static final byte[] COUNT = Arguments.word("COUNT");
  private static final byte[] GROUP = Arguments.word("GROUP");
  private static final byte[] NOACK = Arguments.word("NOACK");
  private static final byte[] STREAMS = Arguments.word("STREAMS");

  private final CommandContext context;
  private final Request request;
  private final boolean ofGroup;
  private long timeoutMillis = NO_WAITING;
  private long count;
  private int groupArgument;
  private boolean noAck;
  private int firstKey;
  private int keys;

  private ReadArguments(CommandContext context, boolean ofGroup) {
    this.context = context;
    this.request = context.request();
    this.ofGroup = ofGroup;
  }

  /** Reads them. */
  static ReadArguments of(CommandContext context, boolean ofGroup) {
    ReadArguments arguments = new ReadArguments(context, ofGroup);
    int at = 1;
    while (at < arguments.request.argumentCount() && arguments.firstKey == 0) {
      at = arguments.read(at);
    }
    if (arguments.firstKey == 0) {
      throw Errors.syntax();
    }
    if (ofGroup && arguments.groupArgument == 0) {
      throw new CommandException("ERR Missing GROUP option for XREADGROUP");
    }
    return arguments;
  }

  /** Reads an option, and returns where the next one is. */
  private int read(int at) {
    int more = request.argumentCount() - at - 1;
    if (more >= 1 && request.equalsIgnoreCase(at, BLOCK)) {
      if (context.isWithinScript()) {
        throw new CommandException(
            "ERR "
                + Arguments.printed(request, 0)
                + " command is not allowed with BLOCK option from scripts");
      }
      timeoutMillis =
          Arguments.longValue(context, at + 1, "ERR timeout is not an integer or out of range");
      if (timeoutMillis < 0) {
        throw new CommandException("ERR timeout is negative");
      }
      return at + 2;
    }
    if (more >= 1 && request.equalsIgnoreCase(at, COUNT)) {
      count = Math.max(0, Arguments.longValue(context, at + 1));
      return at + 2;
    }
    if (more >= 1 && request.equalsIgnoreCase(at, STREAMS)) {
      if (more % 2 != 0) {
        throw new CommandException(
            "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be"
                + " specified.");
      }
      firstKey = at + 1;
      keys = more / 2;
      return at + 1;
    }
    if (more >= 2 && request.equalsIgnoreCase(at, GROUP)) {
      needGroup("GROUP");
      groupArgument = at + 1;
      return at + 3;
    }
    if (request.equalsIgnoreCase(at, NOACK)) {
      needGroup("NOACK");
      noAck = true;
      return at + 1;
    }
    throw Errors.syntax();
  }

  private void needGroup(String option) {
    if (!ofGroup) {
      throw new CommandException(
          "ERR The "
              + option
              + " option is only supported by XREADGROUP. You called XREAD instead.");
    }
  }

  /** How long to wait; 0: for ever; {@link #NO_WAITING}: not at all. */
  long timeoutMillis() {
    return timeoutMillis;
  }

  /** How many entries of each stream are wanted; 0: all. */
  long count() {
    return count;
  }

  /** Which argument is the group's name; the consumer's follows. 0: there is none. */
  int groupArgument() {
    return groupArgument;
  }

  /** Whether what is delivered isn't to be pending. */
  boolean noAck() {
    return noAck;
  }

  /** Which argument is the first key. */
  int firstKey() {
    return firstKey;
  }

  /** How many keys there are. */
  int keys() {
    return keys;
  }

  /** Which argument is the id of a key's. */
  int idOf(int keyArgument) {
    return keyArgument + keys;
  }

  /** Finds the keys, which are half of what follows a word that may also be a name. */
  static KeySpec.KeyFinder keyFinder(Set<KeyFlag> flags) {
    return (request, offset, action) -> {
      int streams = streams(request, offset);
      int behind = streams < 0 ? 0 : request.argumentCount() - streams - 1;
      if (behind == 0 || behind % 2 != 0) {
        return false;
      }
      for (int i = 0; i < behind / 2; i++) {
        action.accept(streams + 1 + i, flags);
      }
      return true;
    };
  }

  private static int streams(Request request, int offset) {
    int at = offset + 1;
    while (at < request.argumentCount()) {
      if (request.equalsIgnoreCase(at, STREAMS)) {
        return at;
      }
      if (request.equalsIgnoreCase(at, BLOCK) || request.equalsIgnoreCase(at, COUNT)) {
        at += 2;
      } else if (request.equalsIgnoreCase(at, GROUP)) {
        at += 3;
      } else if (request.equalsIgnoreCase(at, NOACK)) {
        at++;
      } else {
        return -1;
      }
    }
    return -1;
  }
}

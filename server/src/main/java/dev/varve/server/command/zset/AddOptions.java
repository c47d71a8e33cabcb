package dev.varve.server.command.zset;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/**
 * What stands between the key and the members of ZADD and its kind.
 *
 * @param first the argument after the options
 * @param onlyNew whether members that are there are left alone
 * @param onlyKnown whether members that aren't there are left out
 * @param onlyGreater whether a score may only rise
 * @param onlyLess whether a score may only fall
 * @param countsChanged whether the answer is how many changed, not how many are new
 * @param increments whether scores are added to
 */
record AddOptions(
    int first,
    boolean onlyNew,
    boolean onlyKnown,
    boolean onlyGreater,
    boolean onlyLess,
    boolean countsChanged,
    boolean increments) {
  /** Those of ZINCRBY. */
  static final AddOptions INCREMENT = new AddOptions(2, false, false, false, false, false, true);

  private static final AddOptions NONE =
      new AddOptions(2, false, false, false, false, false, false);
  private static final byte[] NX = Arguments.word("NX");
  private static final byte[] XX = Arguments.word("XX");
  private static final byte[] GT = Arguments.word("GT");
  private static final byte[] LT = Arguments.word("LT");
  private static final byte[] CH = Arguments.word("CH");
  private static final byte[] INCR = Arguments.word("INCR");

  /** Reads those of ZADD. */
  static AddOptions of(CommandContext context) {
    AddOptions options = read(context.request());
    int left = context.request().argumentCount() - options.first;
    if (left == 0 || left % 2 != 0) {
      throw Errors.syntax();
    }
    if (options.onlyNew && options.onlyKnown) {
      throw new CommandException("ERR XX and NX options at the same time are not compatible");
    }
    if ((options.onlyGreater && options.onlyNew)
        || (options.onlyLess && options.onlyNew)
        || (options.onlyGreater && options.onlyLess)) {
      throw new CommandException(
          "ERR GT, LT, and/or NX options at the same time are not compatible");
    }
    if (options.increments && left > 2) {
      throw new CommandException("ERR INCR option supports a single increment-element pair");
    }
    return options;
  }

  private static AddOptions read(Request request) {
    boolean nx = false;
    boolean xx = false;
    boolean gt = false;
    boolean lt = false;
    boolean ch = false;
    boolean incr = false;
    int at = 2;
    for (; at < request.argumentCount(); at++) {
      // Nearly all calls have none.
      if (request.isLong(at)) {
        break;
      }
      if (request.equalsIgnoreCase(at, NX)) {
        nx = true;
      } else if (request.equalsIgnoreCase(at, XX)) {
        xx = true;
      } else if (request.equalsIgnoreCase(at, GT)) {
        gt = true;
      } else if (request.equalsIgnoreCase(at, LT)) {
        lt = true;
      } else if (request.equalsIgnoreCase(at, CH)) {
        ch = true;
      } else if (request.equalsIgnoreCase(at, INCR)) {
        incr = true;
      } else {
        break;
      }
    }
    return at == 2 ? NONE : new AddOptions(at, nx, xx, gt, lt, ch, incr);
  }
}

package dev.varve.server.command.hash;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** The ways in which commands say when fields are to expire. */
enum FieldDeadline {
  EX(true, true),
  PX(false, true),
  EXAT(true, false),
  PXAT(false, false);

  /** Redis keeps deadlines of fields in 46 bits. */
  private static final long LAST_MILLIS = (1L << 46) - 1;

  private final boolean seconds;
  private final boolean relative;
  private final long word = Request.upperCaseWord(name());

  FieldDeadline(boolean seconds, boolean relative) {
    this.seconds = seconds;
    this.relative = relative;
  }

  /** Returns the one that an argument names; null if it names none. */
  static FieldDeadline named(Request request, int argument) {
    if (request.argumentLength(argument) <= Long.BYTES) {
      long given = request.upperCaseWord(argument);
      for (FieldDeadline each : values()) {
        if (each.word == given) {
          return each;
        }
      }
    }
    return null;
  }

  /** Returns the deadline that an argument gives; it may have passed. */
  long of(CommandContext context, int argument) {
    long given = Arguments.longValue(context, argument);
    if (given < 0) {
      throw new CommandException("ERR invalid expire time, must be >= 0");
    }
    long base = relative ? context.keyspace().time().now() : 0;
    if (given > (seconds ? LAST_MILLIS / 1000 : LAST_MILLIS)
        || (seconds ? given * 1000 : given) > LAST_MILLIS - base) {
      throw Errors.expireTime(context);
    }
    long millis = base + (seconds ? given * 1000 : given);
    return relative ? millis : context.keyspace().time().deadlineAtDate(millis);
  }
}

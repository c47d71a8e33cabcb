package dev.varve.server.command.string;

import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.dispatch.CommandContext;

/** The ways in which SET and GETEX say when a key is to expire. */
enum ExpireOption {
  EX(true, true),
  PX(false, true),
  EXAT(true, false),
  PXAT(false, false);

  private final boolean seconds;
  private final boolean relative;

  ExpireOption(boolean seconds, boolean relative) {
    this.seconds = seconds;
    this.relative = relative;
  }

  boolean isRelative() {
    return relative;
  }

  /** Returns the deadline that an argument gives; refuses one that is no time to live. */
  long deadline(CommandContext context, int index) {
    long value = Arguments.longValue(context, index);
    if (value <= 0 || (seconds && value > Long.MAX_VALUE / 1000)) {
      throw Errors.expireTime(context);
    }
    long deadline = seconds ? value * 1000 : value;
    if (relative) {
      deadline += context.keyspace().time().now();
    }
    if (deadline <= 0) {
      throw Errors.expireTime(context);
    }
    return relative ? deadline : context.keyspace().time().deadlineAtDate(deadline);
  }
}

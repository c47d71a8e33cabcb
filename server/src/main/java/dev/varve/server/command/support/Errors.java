package dev.varve.server.command.support;

import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.util.Locale;

/** Errors that several commands answer with, in Redis's words. */
public final class Errors {
  /** For arguments that don't fit together. */
  public static final String SYNTAX = "ERR syntax error";

  /** For what should be a number. */
  public static final String NOT_AN_INTEGER = "ERR value is not an integer or out of range";

  /** For a command that needs its key. */
  public static final String NO_SUCH_KEY = "ERR no such key";

  /** For a database index. */
  public static final String DATABASE_OUT_OF_RANGE = "ERR DB index is out of range";

  /** For a copy onto itself. */
  public static final String SAME_OBJECT = "ERR source and destination objects are the same";

  /** For a password. */
  public static final String WRONG_PASSWORD =
      "WRONGPASS invalid username-password pair or user is disabled.";

  private Errors() {}

  /** Returns the error of arguments that don't fit together. */
  public static CommandException syntax() {
    return new CommandException(SYNTAX);
  }

  /** Returns the error of too few or too many arguments. */
  public static CommandException arity(CommandContext context) {
    return new CommandException(
        "ERR wrong number of arguments for '" + context.spec().fullName() + "' command");
  }

  /** Returns the error of a subcommand that takes fewer or more arguments. */
  public static CommandException subcommand(CommandContext context) {
    return new CommandException(
        "ERR unknown subcommand or wrong number of arguments for '"
            + Arguments.printed(context.request(), 1)
            + "'. Try "
            + Arguments.printed(context.request(), 0).toUpperCase(Locale.ROOT)
            + " HELP.");
  }

  /** Returns the error of a time to live that is none. */
  public static CommandException expireTime(CommandContext context) {
    return new CommandException(
        "ERR invalid expire time in '" + context.spec().fullName() + "' command");
  }
}

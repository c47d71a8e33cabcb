package dev.varve.server.dispatch;

/**
 * Why a user may not run a command.
 *
 * @param kind what isn't allowed
 * @param argument which argument of the request is the key or channel
 */
public record Denial(Kind kind, int argument) {
  /** What isn't allowed: of several, the last one is told of. */
  public enum Kind {
    /** The command itself. */
    COMMAND,
    /** A key among its arguments. */
    KEY,
    /** A channel among its arguments. */
    CHANNEL
  }

  /** Returns the error that a command is refused with. */
  public String error(CommandSpec command) {
    return switch (kind) {
      case COMMAND ->
          "NOPERM this user has no permissions to run the '" + command.fullName() + "' command";
      case KEY -> "NOPERM this user has no permissions to access one of the keys used as arguments";
      case CHANNEL ->
          "NOPERM this user has no permissions to access one of the channels used as arguments";
    };
  }

  /** Returns the error within EXEC, of a command that was still allowed when it was queued. */
  public String errorInTransaction() {
    String reason =
        switch (kind) {
          case COMMAND -> "no permission to execute the command or subcommand";
          case KEY -> "no permission to touch the specified keys";
          case CHANNEL -> "no permission to access one of the channels used as arguments";
        };
    return "NOPERM ACLs rules changed between the moment the transaction was accumulated and the"
        + " EXEC call. This command is no longer allowed for the following reason: "
        + reason;
  }

  /** Returns the error, without a code, of a command that a script calls. */
  public String errorInScript() {
    return "The user executing the script "
        + switch (kind) {
          case COMMAND -> "can't run this command or subcommand";
          case KEY -> "can't access at least one of the keys mentioned in the command arguments";
          case CHANNEL -> "can't publish to the channel mentioned in the command";
        };
  }
}

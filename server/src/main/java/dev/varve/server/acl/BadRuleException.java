package dev.varve.server.acl;

/** A rule that can't be applied to a user. */
final class BadRuleException extends Exception {
  private static final long serialVersionUID = 1;

  static final String SYNTAX = "Syntax error";
  static final String UNKNOWN = "Unknown command or category name in ACL";
  static final String FIRST_ARGUMENT = "Allowing first-arg of a subcommand is not supported";
  static final String HASH =
      "The password hash must be exactly 64 characters and contain only lowercase hexadecimal"
          + " characters";
  static final String NO_PASSWORD =
      "The password you are trying to remove from the user does not exist";
  static final String ALL_KEYS =
      "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have"
          + " any effect. Try 'resetkeys' to start with an empty list of patterns";
  static final String ALL_CHANNELS =
      "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not"
          + " have any effect. Try 'resetchannels' to start with an empty list of channels";

  BadRuleException(String message) {
    super(message);
  }

  /** Whether it names a command or category that there isn't. */
  boolean isUnknownName() {
    return UNKNOWN.equals(getMessage());
  }
}

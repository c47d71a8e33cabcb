package dev.varve.server.dispatch;

/** Who may use DEBUG, and what DEBUG has switched off. Safe for use by many threads. */
public final class DebugSwitches {
  /** Who may use DEBUG. */
  public enum Users {
    /** Nobody. */
    NO,
    /** Every client. */
    YES,
    /** Clients on this machine. */
    LOCAL;

    private boolean may(Session session) {
      return switch (this) {
        case NO -> false;
        case YES -> true;
        case LOCAL -> session.isLocal();
      };
    }
  }

  private static final String REFUSAL =
      "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you"
          + " can run it from a local connection, otherwise you need to set this option in the"
          + " configuration file, and then restart the server.";

  private final Users users;
  private volatile boolean expires = true;
  private volatile boolean refusesInScripts = true;
  private volatile boolean checksSums = true;

  /** Makes switches that are all as without DEBUG. */
  public DebugSwitches(Users users) {
    this.users = users;
  }

  /** Returns the error line for a command that a client may not use at all; null: it may. */
  String refusal(CommandSpec command, Session session) {
    return command.isDebug() && !users.may(session) ? REFUSAL : null;
  }

  /** Whether keys are removed when their deadline has passed. If not, they are absent anyway. */
  public boolean expires() {
    return expires;
  }

  /** Sets {@link #expires}. */
  public void expires(boolean on) {
    expires = on;
  }

  /** Whether commands that are not for scripts are refused to them. */
  public boolean refusesInScripts() {
    return refusesInScripts;
  }

  /** Sets {@link #refusesInScripts}. */
  public void refusesInScripts(boolean on) {
    refusesInScripts = on;
  }

  /** Whether a payload's checksum must be right. */
  public boolean checksSums() {
    return checksSums;
  }

  /** Sets {@link #checksSums}. */
  public void checksSums(boolean on) {
    checksSums = on;
  }
}

package dev.varve.server.dispatch;

/**
 * Thrown by a command that takes longer than the storage thread may be held up, or that walks many
 * keys: it is given up, and run again by the writer's role, lent to the read pool. Part of ordinary
 * work: it has no stack.
 */
public final class NeedsRole extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Gives the command up. */
  public NeedsRole() {
    super("needs the writer's role", null, false, false);
  }
}

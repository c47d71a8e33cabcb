package dev.varve.server.command.support;

import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.NeedsRole;

/** The writer's role, which commands need that take long and that nothing may change meanwhile. */
public final class WriterRole {
  private WriterRole() {}

  /**
   * Goes on if a command runs by the writer's role, lent to the read pool.
   *
   * @throws NeedsRole if it runs on the storage thread, or is rehearsed
   */
  public static void need(CommandContext context) {
    if (context.isRehearsal() || !context.keyspace().mayRead()) {
      throw new NeedsRole();
    }
  }
}

package dev.varve.server.dispatch;

/** What a command does. Stateless: one handler serves every thread. */
@FunctionalInterface
public interface CommandHandler {
  /**
   * Answers the context's request, whose arity has been checked, with exactly one value.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if memory can't answer; run again as {@link
   *     Execution} says
   * @throws dev.varve.storage.StorageException if the engine failed
   */
  void execute(CommandContext context);
}

package dev.varve.integration.linearizability;

/**
 * A command that a client has sent.
 *
 * @param client who
 * @param command what
 * @param argument its argument, for commands that take one
 * @param begin a reading of the clock before it was sent
 * @param end one after its reply had come; if there is none, one after the server's end
 * @param answered whether there is a reply. If not, the command took effect before {@code end}, or
 *     never.
 * @param reply the reply, as {@link Call.Outcome#reply}
 */
public record Operation(
    int client,
    RegisterCommand command,
    long argument,
    long begin,
    long end,
    boolean answered,
    Object reply)
    implements Call<Long> {

  @Override
  public Outcome<Long> on(Long state) {
    return command.on(state, argument);
  }

  @Override
  public String toString() {
    return "%d..%d client %d: %s %d -> %s"
        .formatted(begin, end, client, command, argument, answered ? reply : "no reply");
  }
}

package dev.varve.server.dispatch;

/**
 * Memory that a connection takes, in bytes.
 *
 * @param input what it has sent that isn't executed, and no request that has been copied
 * @param inputFree what its input buffer takes beyond that
 * @param arguments requests that wait or are executed away from their connection's loop
 * @param queued what is taken for requests after MULTI
 * @param kept keys that it watches, channels, prefixes of tracked keys: about
 * @param replyBuffer the buffer that replies are being written to
 * @param replyBytes what is in it
 * @param waiting replies and messages that were written and that the client has not taken
 * @param waitingParts how many pieces those are in
 */
public record ClientMemory(
    long input,
    long inputFree,
    long arguments,
    long queued,
    long kept,
    long replyBuffer,
    long replyBytes,
    long waiting,
    int waitingParts) {
  /** What a connection takes that has ended. */
  public static final ClientMemory NONE = new ClientMemory(0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** What each connection takes by being there: about, channel and session together. */
  private static final long CONNECTION_BYTES = 3072;

  /** Returns it as it is with a request that is being executed and still is in the input buffer. */
  public ClientMemory withRequest(long bytes) {
    return new ClientMemory(
        input + bytes,
        Math.max(0, inputFree - bytes),
        arguments,
        queued,
        kept,
        replyBuffer,
        replyBytes,
        waiting,
        waitingParts);
  }

  /** Returns all of it. */
  public long total() {
    return CONNECTION_BYTES + input + inputFree + arguments + queued + kept + replyBuffer + waiting;
  }
}

package dev.varve.server.dispatch;

/**
 * A connection that is sent bytes as fast as its client takes them, and is closed after them. What
 * the client sends meanwhile is left unread. For one thread.
 */
public interface ClientStream {
  /**
   * Sends bytes, which are copied, after all replies. Waits while much is on its way.
   *
   * @throws EndedException if the connection has ended
   */
  void write(byte[] bytes, int offset, int length);

  /** Closes the connection after all that was written. */
  void end();

  /** Closes the connection, as what was to be sent can't be. */
  void abort();

  /** The client takes nothing any more. */
  final class EndedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Makes one. */
    public EndedException() {
      super("the connection has ended", null, false, false);
    }
  }
}

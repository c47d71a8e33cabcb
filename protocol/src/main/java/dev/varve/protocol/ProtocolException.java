package dev.varve.protocol;

/**
 * The bytes received are no RESP, or go beyond a limit. Where the next frame begins is unknown from
 * here on, so the connection they came from is to be closed once the error has been sent.
 *
 * <p>The message is Redis's own text without its code, e.g. {@code Protocol error: invalid bulk
 * length}; the reply is {@code -ERR} and this message. Has no stack trace: it is the peer's fault,
 * and hostile peers must not make us walk stacks.
 */
public final class ProtocolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ProtocolException(String detail) {
    super("Protocol error: " + detail, null, false, false);
  }
}

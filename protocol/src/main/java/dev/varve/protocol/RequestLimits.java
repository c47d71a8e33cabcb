package dev.varve.protocol;

/**
 * What a request may take, checked as soon as it is announced and before its bytes are taken in.
 * Immutable.
 *
 * <p>Before a connection has authenticated, a request may have at most {@value
 * #UNAUTHENTICATED_ARGUMENTS} arguments of {@value #UNAUTHENTICATED_BULK_LENGTH} bytes, so that
 * strangers can't take memory. Inline requests and header lines end within {@value
 * #MAX_LINE_LENGTH} bytes, always.
 *
 * @param maxBulkLength longest argument, in bytes (Redis: {@code proto-max-bulk-len})
 * @param maxRequestLength longest request with all of its framing, in bytes (Redis: {@code
 *     client-query-buffer-limit})
 * @param authenticated whether the connection may send requests of full size
 */
public record RequestLimits(int maxBulkLength, int maxRequestLength, boolean authenticated) {

  /** Longest line before its end, in bytes. */
  public static final int MAX_LINE_LENGTH = 64 * 1024;

  /** Most arguments of a request before authentication. */
  public static final int UNAUTHENTICATED_ARGUMENTS = 10;

  /** Longest argument before authentication, in bytes. */
  public static final int UNAUTHENTICATED_BULK_LENGTH = 16 * 1024;

  /** Redis's defaults: arguments of 512 MiB, requests of 1 GiB, authenticated. */
  public static final RequestLimits DEFAULT = new RequestLimits(512 << 20, 1 << 30, true);

  /**
   * Checks the limits against each other.
   *
   * @throws IllegalArgumentException if a limit is below 1
   */
  public RequestLimits {
    if (maxBulkLength < 1 || maxRequestLength < 1) {
      throw new IllegalArgumentException(
          "limits must be positive: bulk " + maxBulkLength + ", request " + maxRequestLength);
    }
  }

  /** Returns these limits with another longest argument, in bytes. */
  public RequestLimits withMaxBulkLength(int length) {
    return new RequestLimits(length, maxRequestLength, authenticated);
  }

  /** Returns these limits as they hold before or after authentication. */
  public RequestLimits withAuthenticated(boolean value) {
    return new RequestLimits(maxBulkLength, maxRequestLength, value);
  }
}

package dev.varve.protocol;

import io.netty.buffer.Unpooled;
import java.util.Arrays;

/**
 * Makes requests of arguments that come from within the server. Reusable: building a request
 * allocates nothing but for more bytes than before. Not thread-safe.
 */
public final class RequestBuilder {
  private static final int RETAINED_BYTES = 64 << 10;

  /** What stands before the first argument, so that nobody takes this for a request's encoding. */
  private static final int BEGINNING = 1;

  private final Request request = new Request();
  private byte[] bytes = new byte[256];
  private int size;

  /** Begins a request; the one before it is not valid any more. */
  public void begin() {
    if (bytes.length > RETAINED_BYTES) {
      bytes = new byte[256];
    }
    request.reset();
    size = BEGINNING;
  }

  /**
   * Adds an argument.
   *
   * @throws OutOfMemoryError if all arguments are more than an array holds
   */
  public void add(byte[] argument) {
    long needed = (long) size + argument.length;
    if (needed > bytes.length) {
      if (needed > Integer.MAX_VALUE - Long.BYTES) {
        throw new OutOfMemoryError("arguments of " + needed + " bytes");
      }
      bytes = Arrays.copyOf(bytes, (int) Math.min(2 * needed, Integer.MAX_VALUE - Long.BYTES));
    }
    System.arraycopy(argument, 0, bytes, size, argument.length);
    request.add(size, argument.length);
    size = (int) needed;
  }

  /** Returns the request, valid until the next one is begun; it has at least one argument. */
  public Request build() {
    request.complete(Unpooled.wrappedBuffer(bytes), 0, size);
    return request;
  }
}

package dev.varve.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/**
 * Takes requests off a cumulating buffer: {@code *2\r\n$3\r\nGET\r\n$1\r\nk\r\n} or inline, {@code
 * GET k\r\n}.
 *
 * <p>One belongs to a connection, and remembers how far a request that isn't all there has been
 * decoded, so that bytes arriving in small pieces are looked at once. Between calls the caller may
 * add bytes after those, discard what lies before the reader index, and move all of them into
 * another buffer. Allocates nothing but room for more arguments as they arrive: what is merely
 * announced costs nothing. Not thread-safe.
 *
 * <p>As in Redis, the line feed that ends a header line and the two bytes that end an argument are
 * passed over unseen.
 */
public final class RequestDecoder {
  private static final int CRLF_LENGTH = 2;

  /** Most digits of a header that the fast path takes; as many as can't overflow. */
  private static final int FAST_DIGITS = 18;

  private static final int UNKNOWN = -1;

  private final InlineArguments inlineArguments = new InlineArguments();
  private final byte[] number = new byte[DecimalLong.MAX_LENGTH];
  private RequestLimits limits;
  private boolean failed;

  // Where the request at hand has been decoded to; offsets count from its first byte.

  /** The first byte not decoded: a header line, an argument's bytes or an inline request. */
  private int position;

  /** No end of line is to be found before this one. */
  private int searched;

  /** Bytes that must be there before going on makes sense. */
  private int wanted = 1;

  /** Arguments still to come; 0 in front of a request. */
  private int argumentsLeft;

  /** Length of the argument at {@link #position}; unknown: its header is there. */
  private int bulkLength = UNKNOWN;

  /** Number of the header line that {@link #readHeader} has read last. */
  private long headerNumber;

  /** Makes a decoder for a new connection. */
  public RequestDecoder(RequestLimits limits) {
    this.limits = limits;
  }

  /** Sets the limits for what hasn't been decoded yet. */
  public void limits(RequestLimits limits) {
    this.limits = limits;
  }

  /**
   * Takes the next request off {@code in} if it is all there.
   *
   * <p>As long as this returns false, the same {@code request} must be given: it holds the
   * arguments found so far. An inline request is unquoted in place.
   *
   * @param in bytes received, in one piece of memory (no composite of several); its reader index is
   *     moved after the request, or after empty ones that are skipped
   * @param request takes the arguments, which are slices of {@code in}
   * @return true: {@code request} holds the next request; false: more bytes are needed, or an
   *     earlier call has failed
   * @throws ProtocolException if this can't become a request within the limits; nothing can be
   *     decoded afterwards
   */
  public boolean decode(ByteBuf in, Request request) {
    while (in.readableBytes() >= wanted && !failed) {
      int readable = in.readableBytes();
      // Reads of this view are checked against its bounds, but cheaper than those of a ByteBuf.
      ByteBuffer bytes = in.internalNioBuffer(in.readerIndex(), readable);
      int base = bytes.position();
      boolean multibulk = argumentsLeft > 0 || bytes.get(base) == '*';
      boolean whole =
          multibulk
              ? decodeMultibulk(bytes, base, readable, request)
              : decodeInline(bytes, base, readable, request);
      if (!whole) {
        return false;
      }
      int start = in.readerIndex();
      int length = position;
      in.readerIndex(start + length);
      position = 0;
      searched = 0;
      wanted = 1;
      if (request.argumentCount() > 0) {
        request.complete(in, start, length);
        return true;
      }
    }
    return false;
  }

  /**
   * Returns how many bytes must be there, from the reader index on, before {@link #decode} can get
   * any further: what is announced, which need not arrive. At least 1.
   */
  public int wanted() {
    return wanted;
  }

  private boolean decodeMultibulk(ByteBuffer bytes, int base, int readable, Request request) {
    if (argumentsLeft == 0) {
      int next = readHeader(bytes, base, readable, "too big mbulk count string");
      if (next == UNKNOWN) {
        return false;
      }
      request.reset();
      argumentsLeft = checkedArgumentCount();
      position = next;
    }
    while (argumentsLeft > 0) {
      if (bulkLength == UNKNOWN) {
        int next = readHeader(bytes, base, readable, "too big bulk count string");
        if (next == UNKNOWN) {
          return false;
        }
        bulkLength = checkedBulkLength(bytes.get(base + position), next);
        position = next;
      }
      int end = position + bulkLength + CRLF_LENGTH;
      if (end > readable) {
        wanted = end;
        return false;
      }
      request.add(position, bulkLength);
      position = end;
      bulkLength = UNKNOWN;
      argumentsLeft--;
    }
    return true;
  }

  private int checkedArgumentCount() {
    if (headerNumber > Integer.MAX_VALUE) {
      throw failure("invalid multibulk length");
    }
    if (headerNumber > RequestLimits.UNAUTHENTICATED_ARGUMENTS && !limits.authenticated()) {
      throw failure("unauthenticated multibulk length");
    }
    return (int) Math.max(headerNumber, 0);
  }

  private int checkedBulkLength(byte type, int next) {
    if (type != '$') {
      throw failure("expected '$', got '" + (char) (type & 0xFF) + "'");
    }
    if (headerNumber < 0 || headerNumber > limits.maxBulkLength()) {
      throw failure("invalid bulk length");
    }
    if (headerNumber > RequestLimits.UNAUTHENTICATED_BULK_LENGTH && !limits.authenticated()) {
      throw failure("unauthenticated bulk length");
    }
    if (next + headerNumber + CRLF_LENGTH > limits.maxRequestLength()) {
      throw failure("too big request");
    }
    return (int) headerNumber;
  }

  /**
   * Reads the header line at {@link #position} into {@link #headerNumber}; what is no number reads
   * as {@link Long#MAX_VALUE}, which no limit allows.
   *
   * @return where the next item begins, or {@link #UNKNOWN} if the line isn't all there
   */
  private int readHeader(ByteBuffer bytes, int base, int readable, String tooLong) {
    int firstDigit = position + 1;
    int last = Math.min(readable - CRLF_LENGTH, position + FAST_DIGITS);
    int at = firstDigit;
    long value = 0;
    while (at <= last) {
      int digit = bytes.get(base + at) - '0';
      if (digit < 0 || digit > 9) {
        boolean oneSpelling = at == firstDigit + 1 || bytes.get(base + firstDigit) != '0';
        if (digit == '\r' - '0' && at > firstDigit && oneSpelling) {
          headerNumber = value;
          return at + CRLF_LENGTH;
        }
        break;
      }
      value = value * 10 + digit;
      at++;
    }
    return readUnusualHeader(bytes, base, readable, tooLong);
  }

  /** Reads a header that is incomplete, negative or wrong. */
  private int readUnusualHeader(ByteBuffer bytes, int base, int readable, String tooLong) {
    int lineEnd = findInLine((byte) '\r', bytes, base, readable, tooLong);
    if (lineEnd == UNKNOWN || lineEnd + CRLF_LENGTH > readable) {
      return UNKNOWN;
    }
    int length = lineEnd - position - 1;
    headerNumber = Long.MAX_VALUE;
    if (length > 0 && length <= number.length) {
      bytes.get(base + position + 1, number, 0, length);
      if (DecimalLong.isLong(number, 0, length)) {
        headerNumber = DecimalLong.parse(number, 0, length);
      }
    }
    return lineEnd + CRLF_LENGTH;
  }

  private boolean decodeInline(ByteBuffer bytes, int base, int readable, Request request) {
    int lineFeed = findInLine((byte) '\n', bytes, base, readable, "too big inline request");
    if (lineFeed == UNKNOWN) {
      return false;
    }
    boolean carriageReturn = lineFeed > 0 && bytes.get(base + lineFeed - 1) == '\r';
    request.reset();
    if (!inlineArguments.split(bytes, base, lineFeed - (carriageReturn ? 1 : 0), request)) {
      throw failure("unbalanced quotes in request");
    }
    position = lineFeed + 1;
    return true;
  }

  /** Looks for a byte from {@link #position} on, as far as a line may reach. */
  private int findInLine(byte sought, ByteBuffer bytes, int base, int readable, String tooLong) {
    int limit = position + RequestLimits.MAX_LINE_LENGTH + 1;
    int end = Math.min(readable, limit);
    for (int i = Math.max(position, searched); i < end; i++) {
      if (bytes.get(base + i) == sought) {
        searched = i;
        return i;
      }
    }
    if (readable >= limit) {
      throw failure(tooLong);
    }
    searched = end;
    return UNKNOWN;
  }

  private ProtocolException failure(String detail) {
    failed = true;
    return new ProtocolException(detail);
  }
}

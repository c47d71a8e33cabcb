package dev.varve.server.dispatch;

import dev.varve.protocol.Request;
import dev.varve.protocol.RequestDecoder;
import dev.varve.protocol.RequestLimits;
import io.netty.buffer.ByteBuf;

/**
 * What a connection has queued since MULTI, as the requests' bytes. Whoever has the connection's
 * requests in hand owns it; {@link #read} may be used by any thread to which it was handed.
 */
public final class QueuedRequests {
  private static final int LEAST_CAPACITY = 512;

  /** Where the memory of queues comes from. Safe for use by many threads. */
  public interface Memory {
    /** Returns a buffer; null if there is no memory for it. */
    ByteBuf take(int capacity);

    /** Takes a buffer back. */
    void give(ByteBuf buffer);
  }

  private Memory memory;

  /** Null: nothing is queued. */
  private ByteBuf bytes;

  private int count;
  private boolean aborted;
  private boolean walks;
  private boolean mayReplicate;
  private boolean adds;
  private boolean needWrites;

  /** Returns how many requests are queued. */
  public int count() {
    return count;
  }

  /** Returns the bytes that are taken for them. */
  public int capacity() {
    return bytes == null ? 0 : bytes.capacity();
  }

  /** Returns whether EXEC will refuse them, as one was in error. */
  public boolean isAborted() {
    return aborted;
  }

  /** Returns whether one of them walks many keys, or waits for the disk for its own reasons. */
  public boolean walks() {
    return walks;
  }

  /** Returns whether one of them {@linkplain CommandSpec#mayReplicate may change something}. */
  public boolean mayReplicate() {
    return mayReplicate;
  }

  /** Returns whether one of them may add to the data. */
  public boolean adds() {
    return adds;
  }

  /** Returns whether one of them {@linkplain CommandSpec#needsWrites needs writes}. */
  public boolean needWrites() {
    return needWrites;
  }

  /** Lets EXEC refuse what is queued. */
  public void abort() {
    aborted = true;
    release();
  }

  /**
   * Queues a request; once they are aborted, it is only counted.
   *
   * @return false if there is no memory for it; they are aborted then
   */
  boolean add(CommandSpec command, Request request, Memory source) {
    if (!aborted && !reserve(request.encodedSize(), source)) {
      abort();
      return false;
    }
    if (!aborted) {
      request.encodeTo(bytes);
      walks |= command.execution() == Execution.POOL;
      mayReplicate |= command.mayReplicate(request);
      adds |= command.is(CommandFlag.DENYOOM);
      needWrites |= command.needsWrites();
    }
    count++;
    return true;
  }

  private boolean reserve(int more, Memory source) {
    if (bytes != null && bytes.writableBytes() >= more) {
      return true;
    }
    int held = bytes == null ? 0 : bytes.readableBytes();
    long needed = (long) held + more;
    long ample = Math.max(LEAST_CAPACITY, Math.min(2 * needed, Integer.MAX_VALUE - 64));
    ByteBuf larger = needed > ample ? null : source.take((int) ample);
    if (larger == null) {
      return false;
    }
    if (bytes != null) {
      larger.writeBytes(bytes, bytes.readerIndex(), held);
      memory.give(bytes);
    }
    memory = source;
    bytes = larger;
    return true;
  }

  /** Begins to read what is queued, in its order. */
  public Reader read() {
    return new Reader(bytes == null ? null : bytes.duplicate());
  }

  /** Reads the queued requests; they are valid until the queue is released. */
  public static final class Reader {
    private final RequestDecoder decoder = new RequestDecoder(RequestLimits.DEFAULT);
    private final ByteBuf left;

    private Reader(ByteBuf left) {
      this.left = left;
    }

    /** Makes {@code request} the next one; false: there is none. */
    public boolean next(Request request) {
      return left != null && decoder.decode(left, request);
    }
  }

  /** Gives the memory back; to be called once what is queued will not be read again. */
  public void release() {
    if (bytes != null) {
      memory.give(bytes);
      bytes = null;
    }
  }
}

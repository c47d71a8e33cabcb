package dev.varve.server.network;

import dev.varve.protocol.ProtocolException;
import dev.varve.protocol.Request;
import dev.varve.protocol.RequestDecoder;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * What has arrived on a connection and isn't executed: the bytes, and the requests that they make.
 * Requests are slices of the bytes: none may be left when bytes are added or settled. Owned by the
 * connection's loop.
 */
final class RequestInput {
  /** Bytes beyond which no more are taken in while requests wait. */
  static final int AHEAD = 64 << 10;

  /** Bytes at rest beyond this count against the memory that all connections share. */
  private static final int FREE = 16 << 10;

  /** More is taken only if there is room for it. */
  private static final int LARGE = 256 << 10;

  private static final byte[] RESET = "RESET".getBytes(StandardCharsets.US_ASCII);

  private final ServerContext server;
  private final RequestDecoder decoder;

  /** Null: nothing. */
  private ByteBuf bytes;

  /** What the decoder works on: what is there of the next request. */
  private Request decoded = new Request();

  /** What was wrong after the requests that were decoded; null: nothing. */
  private ProtocolException error;

  private boolean authenticated;

  /** Whether the last request decoded may change the limits: what comes after it waits for that. */
  private boolean limitsMayChange;

  private long charged;

  RequestInput(ServerContext server, boolean authenticated) {
    this.server = server;
    this.authenticated = authenticated;
    this.decoder = new RequestDecoder(server.requestLimits(authenticated));
  }

  /** From now on requests have the limits that an authenticated client has, or hasn't. */
  void authenticated(boolean now) {
    if (authenticated != now) {
      authenticated = now;
      decoder.limits(server.requestLimits(now));
    }
  }

  /** Any thread: how many bytes there are, which may be a moment ago. */
  int size() {
    ByteBuf now = bytes;
    return now == null ? 0 : now.readableBytes();
  }

  /** Any thread: what is taken for them beyond {@link #size}, and may be a moment old. */
  int spare() {
    ByteBuf now = bytes;
    return now == null ? 0 : now.capacity() - now.readableBytes();
  }

  /** Returns what was wrong after the requests that were decoded; null: nothing. */
  ProtocolException error() {
    return error;
  }

  /**
   * Takes over bytes that have arrived.
   *
   * @return false: there is no memory for them together with those before, and they are dropped
   */
  boolean add(ByteBuf arrived) {
    if (bytes == null) {
      bytes = arrived;
      return true;
    }
    try {
      bytes = joined(bytes, arrived);
      return true;
    } catch (OutOfMemoryError e) {
      arrived.release();
      return false;
    }
  }

  /** Whether it holds memory of that which all connections share. */
  boolean isCharged() {
    return charged > 0;
  }

  private ByteBuf joined(ByteBuf before, ByteBuf arrived) {
    int length = arrived.readableBytes();
    ByteBuf joined = before;
    if (before.writableBytes() < length) {
      long needed = before.readableBytes() + (long) length;
      // Twice what is needed, so that a large request that comes in pieces is not copied for each;
      // but no more than it can fill, so that a largest value finds room: and just that at last,
      // however the pieces were cut.
      long capacity = 2 * needed;
      if (decoder.wanted() > needed && capacity >= decoder.wanted()) {
        capacity = (long) decoder.wanted() + AHEAD;
      }
      int taken = (int) Math.min(capacity, Integer.MAX_VALUE - 64);
      if (taken > LARGE) {
        server.reserve(taken);
      }
      joined = server.allocator().directBuffer(taken);
      joined.writeBytes(before);
      before.release();
    }
    joined.writeBytes(arrived);
    arrived.release();
    return joined;
  }

  /**
   * Decodes requests into an empty window, as far as it has room and nothing is wrong. All that
   * were decoded before have been executed.
   */
  void decode(RequestWindow window) {
    limitsMayChange = false;
    if (bytes == null || error != null) {
      return;
    }
    try {
      Request before;
      do {
        before = decoded;
        decoded = window.decode(decoder, bytes, decoded);
        limitsMayChange = decoded != before && mayChangeLimits(before);
      } while (decoded != before && !limitsMayChange && window.hasRoom());
    } catch (ProtocolException e) {
      error = e;
    }
  }

  /**
   * Decodes requests into a batch, after the ones decoded last, as far as it has room and nothing
   * is wrong.
   */
  void decode(RequestBatch batch) {
    if (bytes == null || error != null) {
      return;
    }
    try {
      while (!limitsMayChange && batch.hasRoom() && decoder.decode(bytes, decoded)) {
        limitsMayChange = mayChangeLimits(decoded);
        batch.add(decoded);
      }
    } catch (ProtocolException e) {
      error = e;
    }
  }

  private boolean mayChangeLimits(Request request) {
    return !authenticated || request.equalsIgnoreCase(0, RESET);
  }

  /**
   * Keeps no more memory for what is left than it needs, if there is memory for the copy.
   *
   * @return false: it needs more than before, and all connections together have more than they may
   */
  boolean settle() {
    if (bytes != null) {
      int left = bytes.readableBytes();
      if (left == 0) {
        release();
      } else if (bytes.capacity() > 1024 && bytes.capacity() / 4 > left) {
        ByteBuf small = server.bufferIfThereIsRoom(2 * left);
        if (small != null) {
          small.writeBytes(bytes);
          bytes.release();
          bytes = small;
        }
      }
    }
    long charge = bytes == null || bytes.capacity() <= FREE ? 0 : bytes.capacity();
    boolean grown = charge > charged;
    charge(charge);
    return !grown || !server.inputBudget().isExceeded();
  }

  private void charge(long charge) {
    if (charge != charged) {
      server.inputBudget().add(charge - charged);
      charged = charge;
    }
  }

  /** Drops the bytes; their charge stays until it is settled. */
  void release() {
    if (bytes != null) {
      bytes.release();
      bytes = null;
    }
  }

  /** Drops all for good. */
  void close() {
    release();
    charge(0);
  }
}

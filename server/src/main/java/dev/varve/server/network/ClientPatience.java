package dev.varve.server.network;

import dev.varve.server.writer.StorageThread;
import java.util.concurrent.TimeUnit;

/**
 * How long a client is waited for that sends nothing, sends a large request slowly, or takes a
 * large reply slowly. Owned by its connection's loop.
 */
final class ClientPatience {
  /** Bytes that a client sends at least each second if others are refused for what it holds. */
  private static final int LEAST_INPUT = 64 << 10;

  /** For so long it is remembered that somebody was refused. */
  private static final long REFUSAL_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** How long writes wait for room before large replies end that have taken so long already. */
  private static final long NO_ROOM_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long STREAM_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final ServerContext server;
  private long lastInputNanos = System.nanoTime();
  private long inputSinceTick;

  /** Whether at the last tick the rest of a large request was waited for. */
  private boolean waitedForInput;

  ClientPatience(ServerContext server) {
    this.server = server;
  }

  /** The client has sent so many bytes. */
  void received(int bytes) {
    inputSinceTick += bytes;
  }

  /** Each second, before the client is judged by what it has sent since. */
  void tick(long nowNanos) {
    if (inputSinceTick > 0) {
      lastInputNanos = nowNanos;
    }
  }

  /**
   * Each second, at the end: whether the client has begun a large request and hardly goes on with
   * it, while others were refused for want of memory.
   *
   * @param waitsForInput whether the rest of a large request is waited for
   */
  boolean keepsOthersWaiting(long nowNanos, boolean waitsForInput) {
    boolean slow = waitedForInput && inputSinceTick < LEAST_INPUT;
    inputSinceTick = 0;
    waitedForInput = waitsForInput;
    return slow && waitedForInput && server.inputBudget().hasRefusedWithin(REFUSAL_NANOS, nowNanos);
  }

  /** Whether the client has sent nothing for longer than it may. */
  boolean isIdle(long nowNanos) {
    int seconds = server.limits().idleSeconds();
    return seconds > 0 && nowNanos - lastInputNanos > TimeUnit.SECONDS.toNanos(seconds);
  }

  /**
   * Returns why a client that is taking a large reply is waited for no longer; null if it is.
   *
   * @param batch whose reply it is; null: nobody else can wait for what it holds
   */
  String endOf(ReplyStream reply, RequestBatch batch, long nowNanos) {
    long taken = nowNanos - reply.beganNanos();
    if (taken > TimeUnit.SECONDS.toNanos(server.limits().streamSeconds())) {
      return "takes a large reply for longer than it may (see client-stream-timeout)";
    }
    if (taken <= STREAM_NANOS) {
      return null;
    }
    StorageThread storage = server.storage();
    if (storage.hasNoRoomFor(NO_ROOM_NANOS)) {
      return "is still taking a large reply, whose snapshot holds memory that writes wait for";
    }
    return batch != null && batch.keepsMemoryFromOthers(NO_ROOM_NANOS)
        ? "is still taking a large reply, which holds memory that others wait for"
        : null;
  }
}

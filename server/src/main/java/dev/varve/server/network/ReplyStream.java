package dev.varve.server.network;

import dev.varve.protocol.ReplyWriter;
import dev.varve.server.dispatch.ClientStream;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A reply that leaves while it is computed: what was written so far goes to the connection's loop
 * as soon as it is a piece, after all replies before it, and no more than {@value #MOST_PIECES} of
 * them wait for the client. Used by the thread that computes it, but for {@link #end}.
 */
final class ReplyStream implements ReplyWriter.Outlet {
  /** Pieces on their way; one more is being written. */
  private static final int MOST_PIECES = 2;

  private static final int PIECE_BYTES = 256 << 10;

  /** How long it waits for memory for its next piece before it gives up. */
  private static final long MOST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final ServerContext server;
  private final Connection connection;
  private final Semaphore room = new Semaphore(MOST_PIECES);
  private final long beganNanos = System.nanoTime();

  /** What is being written; null: nothing, as there was no memory for it. */
  private ReplyPart part;

  private boolean hasSent;
  private long waitedNanos;
  private volatile boolean ended;

  /**
   * Begins after other replies.
   *
   * @param before what those before it have left
   */
  ReplyStream(ServerContext server, Connection connection, ReplyPart before) {
    this.server = server;
    this.connection = connection;
    this.part = before;
  }

  /** Any thread: the client takes nothing any more. */
  void end() {
    ended = true;
    room.release(MOST_PIECES);
  }

  /** Any thread: the monotone time when it began. */
  long beganNanos() {
    return beganNanos;
  }

  /** Whether anything of the reply has been sent, so that it can't become another one. */
  boolean hasSent() {
    return hasSent;
  }

  /** For how long it has waited, for its client as a rule. */
  long waitedNanos() {
    return waitedNanos;
  }

  /** What is being written. */
  ReplyPart part() {
    return part;
  }

  /** Returns what has been written and not been sent; null if there is nothing. */
  ReplyPart takePart() {
    ReplyPart rest = part;
    part = null;
    return rest;
  }

  @Override
  public boolean takes() {
    return true;
  }

  /**
   * {@inheritDoc}
   *
   * @throws ClientStream.EndedException if the client takes nothing any more
   * @throws OutOfMemoryError if there has been no memory for the next piece for long
   */
  @Override
  public ByteBuf next(ByteBuf full, int needed, boolean held) {
    if (held) {
      return full;
    }
    long began = System.nanoTime();
    try {
      send();
      part = newPart(Math.max(PIECE_BYTES, needed), began);
    } finally {
      waitedNanos += System.nanoTime() - began;
    }
    return part.bytes();
  }

  private void send() {
    room.acquireUninterruptibly();
    checkEnded();
    ReplyPart piece = takePart();
    piece.whenSent(room::release);
    hasSent = true;
    connection.loop().eventLoop().execute(() -> connection.requests().takePiece(this, piece));
  }

  private ReplyPart newPart(int bytes, long began) {
    while (true) {
      checkEnded();
      try {
        server.reserve(bytes);
        return new ReplyPart(server.allocator(), bytes, server.errors());
      } catch (OutOfMemoryError e) {
        if (System.nanoTime() - began > MOST_WAIT_NANOS) {
          throw e;
        }
        server.outputBudget().refused();
        LockSupport.parkNanos(RETRY_NANOS);
      }
    }
  }

  private void checkEnded() {
    if (ended) {
      throw new ClientStream.EndedException();
    }
  }
}

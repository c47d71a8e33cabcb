package dev.varve.server.network;

import dev.varve.protocol.Request;
import dev.varve.server.datatype.Misses;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Session;
import java.util.function.Supplier;

/**
 * Requests of a connection that were decoded and aren't executed yet, in their order: those of a
 * {@link RequestBatch}, which were copied and may go to another thread; or those of a {@link
 * RequestWindow}, which lie in the input, and only for one run of the loop. Owned by the
 * connection's loop.
 */
final class RequestsInHand {
  private final ConnectionLoop loop;
  private final Session session;
  private final RequestInput input;
  private final Supplier<RequestBatch> newBatch;

  /** What was decoded and not copied; null: nothing. */
  private RequestWindow window;

  /** Requests that were copied, to be executed before others; null: none. */
  private RequestBatch batch;

  RequestsInHand(
      ConnectionLoop loop, Session session, RequestInput input, Supplier<RequestBatch> newBatch) {
    this.loop = loop;
    this.session = session;
    this.input = input;
    this.newBatch = newBatch;
  }

  /** Requests that were copied; null: none. */
  RequestBatch batch() {
    return batch;
  }

  /** Any thread: the bytes of requests that were copied, which may be a moment ago. */
  long bytes() {
    RequestBatch copied = batch;
    return copied == null ? 0 : copied.bytes();
  }

  /** Whether none is left that was copied. */
  boolean hasNoneCopied() {
    return batch == null || !batch.hasNext();
  }

  /** Decodes requests into a window, to be executed in this run of the loop. */
  void decode(RequestWindow free) {
    window = free;
    free.clear();
    input.decode(free);
  }

  /** Begins a run of the loop, with the window that was decoded for it, or an empty one. */
  void beginRun() {
    if (window == null) {
      window = loop.window();
    }
  }

  /** No run will follow. */
  void forgetWindow() {
    window = null;
  }

  /** Lets go of what refers to the input, which is about to be closed. */
  void clearWindow() {
    if (window != null) {
      window.clear();
    }
  }

  /** Returns the next request; null if it isn't all there. */
  Request next() {
    if (batch != null) {
      if (batch.hasNext()) {
        return batch.peek();
      }
      dropBatch();
    }
    if (!window.hasNext()) {
      window.clear();
      input.decode(window);
      if (window.isWorthWarming()) {
        loop.addKeys(window, session);
        loop.warm();
        loop.warmElements(window, session);
      }
    }
    if (window.hasNext()) {
      return window.next();
    }
    if (input.error() != null) {
      throw input.error();
    }
    return null;
  }

  /** Returns the command of the request that {@link #next} has returned; null if there is none. */
  CommandSpec command(Request request) {
    return batch == null ? window.command() : loop.server().commands().find(request);
  }

  /** What rehearsals have read for the next request. */
  Misses misses() {
    return batch == null ? Misses.NONE : batch.misses();
  }

  /** The error line that the next request's rehearsal ended with; null: it did not. */
  String rehearsalFailure() {
    return batch == null ? null : batch.rehearsalFailure();
  }

  /** The next request was executed. */
  void advance() {
    if (batch != null) {
      batch.advance();
    }
  }

  /**
   * Copies a request, and those after it that were decoded, to go to another thread.
   *
   * @param more whether those after it that have arrived, but aren't decoded, go with it
   */
  RequestBatch take(Request request, boolean more) {
    if (batch == null) {
      batch = newBatch.get();
      batch.add(request);
      if (window != null) {
        moveWindow();
      }
      if (more) {
        input.decode(batch);
      }
    }
    return batch;
  }

  /**
   * Ends a run of the loop.
   *
   * @param keep whether requests of the window that weren't executed are copied, to outlive it
   */
  void endRun(boolean keep) {
    if (keep && window.hasNext()) {
      batch = newBatch.get();
      moveWindow();
    }
    window.clear();
    window = null;
  }

  private void moveWindow() {
    while (window.hasNext()) {
      batch.add(window.next());
    }
  }

  /** Lets go of requests that were copied. */
  void dropBatch() {
    if (batch != null) {
      batch.release();
      loop.recycle(batch);
      batch = null;
    }
  }
}

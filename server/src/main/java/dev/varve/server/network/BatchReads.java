package dev.varve.server.network;

import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.Misses;
import dev.varve.server.dispatch.ClientStream;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Router;
import dev.varve.server.dispatch.Router.Place;
import dev.varve.server.dispatch.Router.Step;
import dev.varve.server.dispatch.Session;
import dev.varve.server.network.CommandRunner.Extent;
import dev.varve.storage.ReadView;

/**
 * The reads of a batch that the disk is needed for: at the front of a batch, as many as follow one
 * another run over one view on the read pool. One that goes through very many elements goes on to
 * the threads for long reads, and one whose reply is large to a thread that streams it.
 *
 * <p>Belongs to whoever has the batch in hand, except where methods say otherwise.
 */
final class BatchReads {
  private final ServerContext server;
  private final RequestBatch batch;
  private final ReadMemory memory;

  /** Whether the next request is a read whose reply is large. */
  private boolean needsStream;

  /** Whether the next request is a read that goes through very many elements. */
  private boolean needsLength;

  /** What the next request's reply leaves by, while it is computed; null: it isn't large. */
  private volatile ReplyStream stream;

  BatchReads(ServerContext server, RequestBatch batch, ReadMemory memory) {
    this.server = server;
    this.batch = batch;
    this.memory = memory;
  }

  /** The batch is an empty one. */
  void begin() {
    needsStream = false;
    needsLength = false;
  }

  /** Any thread: the client takes nothing any more. */
  void end() {
    ReplyStream leaving = stream;
    if (leaving != null) {
      leaving.end();
    }
  }

  /** Has as much of the rest executed on the read pool as only reads. */
  void goToReadPool() {
    server.readPool().execute(() -> runOverView(Extent.BRIEFLY));
  }

  private void runOverView(Extent extent) {
    needsLength = false;
    CommandRunner runner = server.poolRunner();
    runner.beginRun();
    rememberReads();
    try (ReadView view = server.engine().view()) {
      Place place = Place.READ_POOL;
      boolean goesOn = true;
      while (goesOn && batch.hasNext() && !batch.isFull()) {
        goesOn = executeOverView(runner, view, place, extent) && extent == Extent.BRIEFLY;
        place = Place.READ_POOL_SHARED;
      }
    } catch (OutOfMemoryError e) {
      batch.lacksMemory(e);
    } catch (RuntimeException | Error e) {
      batch.failed(e);
    } finally {
      runner.endRun();
      if (needsStream) {
        server.streams().execute(this::runAsStream);
      } else if (needsLength) {
        server.longReads().execute(() -> runOverView(Extent.AT_LENGTH));
      } else {
        endRead();
      }
    }
  }

  /**
   * Before a view is taken: whatever may be read over it is noted for a client that keeps copies,
   * more perhaps than will be.
   */
  private void rememberReads() {
    Session session = batch.session();
    if (session.tracker() == null) {
      return;
    }
    boolean cachingGiven = session.cachingGiven();
    for (int i = batch.next(); i < batch.size(); i++) {
      CommandSpec spec = server.commands().find(batch.request(i));
      if (spec != null) {
        server.trackedReads().remembered(session, spec, batch.request(i), cachingGiven);
      }
      cachingGiven &= session.outlastsCaching(spec);
    }
  }

  /**
   * Executes the next request if it belongs here.
   *
   * @return whether the one after it may be executed over the same view
   */
  private boolean executeOverView(CommandRunner runner, ReadView view, Place place, Extent extent) {
    Session session = batch.session();
    Request request = batch.peek();
    ReplyPart part = batch.replies();
    ReplyWriter writer = runner.replyTo(part, session);
    int mark = writer.mark();
    CommandSpec spec = server.router().admit(session, request, writer, runner.runMillis());
    if (spec == null && session.takePostponed()) {
      return false;
    }
    if (spec != null) {
      if (Router.next(spec, place, RequestBatch.SEES_ALL) != Step.RUN_OVER_VIEW) {
        return false;
      }
      try {
        needsLength = !runner.runRead(session, spec, request, view, extent, memory.ask());
      } catch (NeedsStream _) {
        needsStream = true;
        return false;
      } catch (Misses.NoMemory _) {
        return false;
      }
      if (needsLength) {
        return false;
      }
      runner.ran(session, spec, request);
    }
    part.replied(session, spec, mark, 0, 0);
    batch.executed();
    // What a command of the pool has changed is not in the view; nor is what a count told of.
    return (spec == null || Router.leavesViewAsItIs(spec)) && !view.isOutrun();
  }

  /** A thread of the streams: executes the next request, whose reply leaves meanwhile. */
  private void runAsStream(CommandRunner runner) {
    needsStream = false;
    runner.beginRun();
    rememberReads();
    ReplyStream leaving = new ReplyStream(server, batch.connection(), batch.takeReplies());
    stream = leaving;
    try (ReadView view = server.engine().view()) {
      streamReply(runner, view, leaving);
    } catch (Misses.NoMemory e) {
      if (leaving.hasSent()) {
        // It can't run again.
        memory.takeNeeded();
        batch.failed(e);
      }
    } catch (ClientStream.EndedException _) {
      // The connection has been closed, and waits for the batch to come back.
    } catch (OutOfMemoryError e) {
      if (leaving.hasSent()) {
        batch.failed(e);
      } else {
        batch.lacksMemory(e);
      }
    } catch (RuntimeException | Error e) {
      batch.failed(e);
    } finally {
      batch.replies(leaving.takePart());
      stream = null;
      runner.endRun();
      endRead();
    }
  }

  private void streamReply(CommandRunner runner, ReadView view, ReplyStream leaving) {
    Session session = batch.session();
    Request request = batch.peek();
    ReplyWriter writer = runner.replyTo(leaving.part(), session);
    int mark = writer.mark();
    CommandSpec spec = server.router().admit(session, request, writer, runner.runMillis());
    if (spec == null && session.takePostponed()) {
      return;
    }
    if (spec != null) {
      runner.runStreamed(session, spec, request, view, leaving, memory.ask());
      runner.ran(session, spec, request);
    }
    if (leaving.hasSent()) {
      ReplyPart.streamed(session, spec);
    } else {
      leaving.part().replied(session, spec, mark, 0, 0);
    }
    batch.executed();
  }

  /** A read is over, or was given up for want of memory: then it runs again when that is there. */
  private void endRead() {
    long needed = memory.takeNeeded();
    if (needed == 0) {
      batch.returnToLoop();
    } else if (memory.take(needed, this::goToReadPool)) {
      goToReadPool();
    }
  }
}

package dev.varve.server.network;

import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Router;
import dev.varve.server.dispatch.Router.Place;
import dev.varve.server.dispatch.Router.Step;
import dev.varve.server.dispatch.Session;
import dev.varve.server.network.CommandRunner.Extent;
import dev.varve.server.pubsub.Push;
import dev.varve.server.writer.StorageThread.Outcome;
import dev.varve.storage.ReadView;
import java.util.function.BooleanSupplier;

/**
 * The execution of a connection's requests: each here, on the connection's loop, or taken away to
 * another thread in a {@link RequestBatch}; and what the next one waits for. While one is away or
 * waits, none after it is begun.
 *
 * <p>Owned by the connection's loop.
 */
final class ConnectionRequests {
  private final Connection owner;
  private final ConnectionLoop loop;
  private final ServerContext server;
  private final Session session;
  private final RequestsInHand inHand;
  private final ReplyQueue replies;
  private final MessageQueue messages;
  private final MemoryWait memoryWait;
  private final ClientLog log;

  /** Where requests are until they go away. */
  private final Place place;

  private final BooleanSupplier aheadOfViews = this::isAheadOfViews;

  /** Whether the batch in hand is on another thread. */
  private boolean away;

  /**
   * Whether the batch in hand is to go to the read pool as soon as {@link #lastSequence} is
   * visible.
   */
  private boolean waitsForReadPool;

  /** Whether the batch in hand, which is away, waits for a key. */
  private boolean waits;

  /** Whether the batch in hand waits for the end of a pause. */
  private boolean paused;

  /** What a reply leaves by that is being computed, since its first piece; null: none. */
  private ReplyStream reply;

  /** All that this connection's requests could have seen; reads at a view need it visible. */
  private long lastSequence;

  ConnectionRequests(
      Connection owner,
      ConnectionLoop loop,
      RequestsInHand inHand,
      ReplyQueue replies,
      MessageQueue messages,
      MemoryWait memoryWait,
      ClientLog log) {
    this.owner = owner;
    this.loop = loop;
    this.server = loop.server();
    this.session = owner.session();
    this.inHand = inHand;
    this.replies = replies;
    this.messages = messages;
    this.memoryWait = memoryWait;
    this.log = log;
    this.place = loop.onStorageThread() ? Place.STORAGE_LOOP : Place.LOOP;
  }

  /** Whether nothing that is begun has to end before the next request. */
  boolean mayBegin() {
    return areHere() && !memoryWait.isOn() && !paused;
  }

  /** Whether none is on another thread, or about to go there. */
  boolean areHere() {
    return !away && !waitsForReadPool;
  }

  /** Whether the batch in hand is on another thread. */
  boolean areAway() {
    return away;
  }

  /** Whether the next request waits for the end of a pause. */
  boolean arePaused() {
    return paused;
  }

  /** Whether the next request waits for what other clients do. */
  boolean waitForOthers() {
    return waits || paused;
  }

  /** What a reply leaves by that is being computed, since its first piece; null: none. */
  ReplyStream reply() {
    return reply;
  }

  /** Whether a message must wait until what is away has been replied to. */
  boolean keepsBack(Push push) {
    return reply != null || (push.followsReplies() && away && !waits);
  }

  /** The connection has been closed. */
  void end() {
    if (paused) {
      paused = false;
      server.paused().forget(owner);
    }
    if (!away) {
      inHand.dropBatch();
      endSession();
    } else if (waits) {
      leave(inHand.batch());
    } else {
      inHand.batch().end();
    }
  }

  private void leave(RequestBatch waiting) {
    server.storage().loop().execute(waiting::leave);
  }

  /** The session has no transaction any more, watches nothing, and subscribes to nothing. */
  private void endSession() {
    session.endMulti();
    server.storage().unwatch(session);
    if (session.subscriptions() != null) {
      server.channels().unsubscribeAll(owner);
    }
    server.trackedReads().end(session);
    if (session.isMonitor()) {
      server.monitors().remove(owner);
    }
  }

  // On the loop

  /** Executes the next request, or takes it to where it belongs. */
  void execute(Request request) {
    try {
      executeOnce(request);
    } catch (OutOfMemoryError e) {
      takeAway(request, false);
      away = false;
      waitForMemory(e);
    }
  }

  private void executeOnce(Request request) {
    ReplyWriter writer = replies.writer();
    int mark = writer.mark();
    CommandRunner runner = loop.runner();
    CommandSpec asked = inHand.command(request);
    CommandSpec spec = server.router().admit(session, asked, request, writer, runner.runMillis());
    if (spec == null && session.takePostponed()) {
      waitForEndOfPause(request);
      return;
    }
    if (spec == null) {
      executed(null, request, mark, 0);
      owner.followSession();
      return;
    }
    Step step = Router.next(spec, place, aheadOfViews);
    switch (step) {
      case RUN_LOCALLY -> {
        runner.runLocal(session, spec, request);
        executed(spec, request, mark, 0);
        owner.followSession();
      }
      case RUN_OVER_VIEW -> {
        ReadView view = viewFor(spec, request);
        if (runner.runRead(session, spec, request, view, Extent.MEMORY, CommandRunner.NO_MEMORY)) {
          executed(spec, request, mark, 0);
        } else {
          takeAway(Router.nextBeyondMemory(spec), request);
        }
      }
      case RUN_AS_WRITER -> executeOnStorageThread(spec, request, writer, mark);
      default -> takeAway(step, request);
    }
  }

  /**
   * Returns the view that a command reads, which shows all that its client will hear of no more.
   */
  private ReadView viewFor(CommandSpec spec, Request request) {
    return server.trackedReads().remembered(session, spec, request)
        ? loop.newestView()
        : loop.view();
  }

  /** Takes a request to another thread. */
  private void takeAway(Step step, Request request) {
    switch (step) {
      case GO_TO_STORAGE_THREAD -> takeAway(request, true).goToStorageThread();
      case GO_TO_READ_POOL -> sendToReadPool(request);
      case REHEARSE -> takeAway(request, false).goAndRehearse(server.storage().wanted());
      default -> throw new IllegalStateException(step + " at the connection's loop");
    }
  }

  private void executeOnStorageThread(
      CommandSpec spec, Request request, ReplyWriter writer, int mark) {
    String failure = inHand.rehearsalFailure();
    if (failure != null) {
      writer.error(failure);
      executed(spec, request, mark, 0);
      return;
    }
    server.trackedReads().rememberAsWriter(session, spec, request);
    Outcome outcome =
        loop.runner().runAsWriter(server.storage(), session, spec, request, inHand.misses());
    if (outcome == Outcome.DONE) {
      lastSequence = server.storage().appendedSequence();
      executed(spec, request, mark, lastSequence);
    } else if (outcome == Outcome.NO_ROOM) {
      RequestBatch parked = takeAway(request, false);
      server.storage().park(() -> cameBack(parked));
    } else if (outcome == Outcome.NEEDS_ROLE) {
      takeAway(request, false).borrowRole();
    } else if (outcome == Outcome.NEEDS_BUILD) {
      takeAway(request, false).build();
    } else if (outcome == Outcome.BLOCKED) {
      takeAway(request, false).waitFor(server.storage().blocked());
    } else {
      takeAway(Router.nextBeyondMemory(spec), request);
    }
  }

  private void executed(CommandSpec spec, Request request, int mark, long mustBeVisible) {
    replies.part().replied(session, spec, mark, mustBeVisible, server.engine().writtenSequence());
    memoryWait.ended();
    loop.statistics().commands.add(1);
    if (spec != null) {
      loop.runner().ran(session, spec, request);
    }
    inHand.advance();
  }

  // On other threads

  private void sendToReadPool(Request request) {
    takeAway(request, true);
    loop.statistics().poolTasks.add(1);
    if (isAheadOfViews()) {
      away = false;
      waitsForReadPool = true;
      replies.writer();
      replies.part().waitFor(lastSequence);
    } else {
      inHand.batch().goToReadPool();
    }
  }

  /** Has the batch in hand go to the read pool if it was to wait for that, and needn't any more. */
  boolean goOnToReadPool() {
    if (!waitsForReadPool || isAheadOfViews()) {
      return false;
    }
    waitsForReadPool = false;
    away = true;
    inHand.batch().goToReadPool();
    return true;
  }

  /** Whether a view would miss what the connection may have seen, and will be seen by all. */
  private boolean isAheadOfViews() {
    return lastSequence > server.engine().visibleSequence() && server.storage().failure() == null;
  }

  /**
   * Puts a request into the batch that goes away.
   *
   * @param more whether those after it that have arrived, but aren't decoded, go with it
   */
  private RequestBatch takeAway(Request request, boolean more) {
    RequestBatch taken = inHand.take(request, more);
    away = true;
    return taken;
  }

  /**
   * Loop: the batch is in hand again, with the replies of what was executed elsewhere. Never
   * throws.
   */
  void cameBack(RequestBatch returned) {
    try {
      goOnWith(returned);
    } catch (RuntimeException | Error e) {
      owner.failed(e);
    }
  }

  private void goOnWith(RequestBatch returned) {
    away = false;
    waits = false;
    reply = null;
    int executed = returned.takeExecutedCount();
    if (executed > 0) {
      memoryWait.ended();
      loop.statistics().commands.add(executed);
    }
    ReplyPart computed = returned.takeReplies();
    if (owner.isClosed()) {
      if (computed != null) {
        computed.release();
      }
      inHand.dropBatch();
      endSession();
      return;
    }
    if (computed != null) {
      lastSequence = Math.max(lastSequence, computed.sequence());
      replies.add(computed);
    }
    messages.pushPostponed(replies);
    if (returned.failure() != null) {
      owner.failed(returned.failure());
      return;
    }
    owner.followSession();
    OutOfMemoryError noMemory = returned.takeNoMemory();
    if (noMemory != null) {
      waitForMemory(noMemory);
      owner.process();
    } else if (returned.needsReadPool()) {
      sendToReadPool(returned.peek());
    } else {
      owner.process();
    }
  }

  /** Loop: takes a piece of a reply that is being computed elsewhere. Never throws. */
  void takePiece(ReplyStream leaving, ReplyPart piece) {
    if (owner.isClosed()) {
      piece.release();
      leaving.end();
      return;
    }
    reply = leaving;
    try {
      replies.add(piece);
    } catch (RuntimeException | Error e) {
      owner.failed(e);
    }
  }

  // Waiting

  /**
   * Loop: the batch's next request waits for a key. Never throws.
   *
   * @param early the replies to those before it; null: there are none
   */
  void waits(RequestBatch waiting, ReplyPart early) {
    if (owner.isClosed()) {
      if (early != null) {
        early.release();
      }
      leave(waiting);
      return;
    }
    waits = true;
    try {
      if (early != null) {
        lastSequence = Math.max(lastSequence, early.sequence());
        replies.add(early);
      }
      messages.pushPostponed(replies);
      if (owner.hasInputEnded()) {
        owner.close();
      }
    } catch (RuntimeException | Error e) {
      owner.failed(e);
    }
  }

  private void waitForEndOfPause(Request request) {
    takeAway(request, false);
    away = false;
    paused = true;
    session.waits(true);
    if (owner.hasInputEnded()) {
      owner.close();
    } else {
      server.paused().hold(owner);
    }
  }

  /** Any thread: the pause that its next request waits for has ended. */
  void endOfPause() {
    loop.eventLoop()
        .execute(
            () -> {
              paused = false;
              session.waits(false);
              owner.processLater();
            });
  }

  // Memory for replies

  /**
   * Has the request that the batch begins with executed again later: others hold the memory that
   * its reply needs. If they don't let go of it, it is refused.
   */
  private void waitForMemory(OutOfMemoryError e) {
    if (!memoryWait.begin()) {
      refuseForMemory(e);
      return;
    }
    loop.statistics().outputStalls.add(1);
    server.outputBudget().refused();
  }

  /** Answers the request that the batch begins with, of which nothing was executed. */
  private void refuseForMemory(OutOfMemoryError e) {
    log.noMemory(e);
    ReplyWriter writer = replies.writer();
    int mark = writer.mark();
    writer.error("OOM there is no memory for the reply, which others hold");
    CommandSpec spec = server.commands().find(inHand.batch().peek());
    replies.part().replied(session, spec, mark, 0, server.engine().writtenSequence());
    loop.statistics().commands.add(1);
    inHand.advance();
    if (spec != null && spec.endsQueueing()) {
      endSession();
    }
    memoryWait.ended();
  }
}

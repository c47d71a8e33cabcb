package dev.varve.server.network;

import dev.varve.protocol.ProtocolException;
import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.WatchedKeys;
import dev.varve.server.dispatch.ClientMemory;
import dev.varve.server.dispatch.ClientStream;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.QueuedRequests;
import dev.varve.server.dispatch.Router;
import dev.varve.server.dispatch.Router.Place;
import dev.varve.server.dispatch.Router.Step;
import dev.varve.server.dispatch.Session;
import dev.varve.server.network.CommandRunner.Extent;
import dev.varve.server.pubsub.Push;
import dev.varve.server.pubsub.Subscriber;
import dev.varve.server.pubsub.Subscriptions;
import dev.varve.server.tracking.Tracker;
import dev.varve.server.writer.StorageThread.Outcome;
import dev.varve.storage.ReadView;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.util.function.BooleanSupplier;

/**
 * One connection. Requests are executed one after another, each where it belongs; as long as one is
 * away on another thread (in a {@link RequestBatch}), none after it is begun, so that requests and
 * replies keep their order by themselves. Only what is computed on the storage thread may be held
 * until it is published, and holds back what comes after it.
 *
 * <p>Nothing grows without bound: no requests are taken while too many replies are unsent or a
 * batch is away, and what arrives meanwhile is left to the socket beyond {@value
 * RequestInput#AHEAD} bytes.
 *
 * <p>Owned by its loop's thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a channel tells its failures by its own events
final class Connection extends ChannelInboundHandlerAdapter implements Subscriber {
  /** Input of which more is not kept back to be executed together with other connections'. */
  private static final int GATHERED_INPUT = 1024;

  private static final String OVER_LIMIT =
      "has more replies waiting than it may (see client-output-buffer-limit)";

  private final ConnectionLoop loop;
  private final ServerContext server;
  private final Clients clients;
  private final Channel channel;
  private final Session session;

  /** Where its requests are until they go away. */
  private final Place place;

  private final BooleanSupplier aheadOfViews = this::isAheadOfViews;

  // Requests

  private final RequestInput input;
  private final RequestsInHand inHand;

  /** Whether the loop will have the input processed with that of other connections. */
  private boolean gathered;

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

  // Replies

  private final ReplyQueue replies;

  private final MessageQueue messages;
  private final MemoryWait memoryWait;

  /** Whether a request is being executed here. */
  private boolean executing;

  /** What a reply leaves by that is being computed, since its first piece; null: none. */
  private ReplyStream reply;

  /** All that this connection's requests could have seen; reads at a view need it visible. */
  private long lastSequence;

  /** Whether requests wait because there are too many replies. */
  private boolean stalled;

  /** Whether the client sends nothing more; it may still wait for replies. */
  private boolean inputEnded;

  /**
   * What answers the requests that are not taken, after the replies to those that are; null: all
   * are taken.
   */
  private String refusal;

  private boolean closing;

  /** Whether it is {@link #closing}, but for want of a reply only when the client closes it. */
  private boolean lingers;

  private boolean closed;

  /** What the loop has counted of what it takes. */
  private long counted;

  /** What the connection is sent, and nothing else any more; null: it isn't. */
  private ConnectionStream stream;

  private final ClientPatience patience;
  private final ClientLog log;

  Connection(ConnectionLoop loop, Clients clients, Channel channel, Session session) {
    this.loop = loop;
    this.server = loop.server();
    this.clients = clients;
    this.channel = channel;
    this.session = session;
    this.place = loop.onStorageThread() ? Place.STORAGE_LOOP : Place.LOOP;
    this.input = new RequestInput(server, session.authenticated());
    this.inHand = new RequestsInHand(loop, session, input, () -> loop.newBatch(this));
    this.replies = new ReplyQueue(this, loop, channel, session);
    this.messages = new MessageQueue(server, session);
    this.memoryWait = new MemoryWait(loop.eventLoop(), this::processLater);
    this.patience = new ClientPatience(server);
    this.log = new ClientLog(server, session);
  }

  Session session() {
    return session;
  }

  ConnectionLoop loop() {
    return loop;
  }

  /** Returns bytes of replies that the client has not taken, as they were counted last. */
  long unsentBytes() {
    return replies.unsentBytes();
  }

  /** Any thread: closes the connection. */
  void kill() {
    channel.close();
  }

  // Memory

  /** Any thread: what it takes, which may be a moment ago. */
  ClientMemory memory() {
    QueuedRequests queued = session.queued();
    WatchedKeys.Watcher watcher = session.watcher();
    Subscriptions subscriptions = session.subscriptions();
    Tracker tracker = session.tracker();
    return new ClientMemory(
        input.size(),
        input.spare(),
        inHand.bytes(),
        queued == null ? 0 : queued.capacity(),
        (watcher == null ? 0 : watcher.bytes())
            + (subscriptions == null ? 0 : subscriptions.bytes())
            + (tracker == null ? 0 : tracker.bytes()),
        replies.partCapacity(),
        replies.partSize(),
        replies.writtenBytes() + messages.bytes(),
        replies.writtenParts());
  }

  /** Counts what it takes; if all take too much by that, the largest are closed. */
  private void countMemory() {
    long now = closed ? 0 : memory().total();
    long grown = now - counted;
    if (grown == 0) {
      return;
    }
    counted = now;
    loop.statistics().clientMemory.add(grown);
    if (grown > 0) {
      clients.evictIfTooMuch();
    }
  }

  /** Any thread: closes it, as all connections together take too much memory. */
  void evict() {
    log.evicted(memory());
    channel.close();
  }

  // Netty

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    clients.add(this);
    loop.add(this);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    end();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    end();
  }

  private void end() {
    if (closed) {
      return;
    }
    closed = true;
    clients.leave(this);
    loop.remove(this);
    countMemory();
    inHand.clearWindow();
    input.close();
    replies.close();
    if (stream != null) {
      stream.close();
    }
    if (paused) {
      paused = false;
      server.paused().forget(this);
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
      server.channels().unsubscribeAll(this);
    }
    server.trackedReads().end(session);
    if (session.isMonitor()) {
      server.monitors().remove(this);
    }
  }

  // Messages

  @Override
  public Subscriptions subscriptions() {
    return session.beginSubscriptions();
  }

  /** Any thread. A client that takes no more of them than there is room for is closed. */
  @Override
  public void deliver(Push push) {
    if (loop.eventLoop().inEventLoop() && !executing && messages.bytes() == 0) {
      push(push);
      return;
    }
    int bytes = push.encoded(session.protocol()).length;
    if (!messages.handOver(bytes)) {
      loop.eventLoop().execute(this::closeForMessages);
      return;
    }
    loop.eventLoop()
        .execute(
            () -> {
              messages.taken(bytes);
              push(push);
            });
  }

  /** Never throws: those who publish have nothing to do with what goes wrong. */
  private void push(Push push) {
    if (closed || closing || !push.isFor(session.protocol(), session.subscriptions())) {
      return;
    }
    try {
      byte[] encoded = push.encoded(session.protocol());
      if (reply != null || (push.followsReplies() && away && !waits)) {
        if (!messages.postpone(encoded)) {
          closeForMessages();
        }
        return;
      }
      replies.push(encoded, push.sequence());
      if (replies.waitingBytes() > messages.most()) {
        closeForMessages();
      }
    } catch (OutOfMemoryError e) {
      closeForMessages();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  private void closeForMessages() {
    closeSlow("takes fewer of the messages that it subscribes to than are published");
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (closed || closing || refusal != null) {
      bytes.release();
      return;
    }
    patience.received(bytes.readableBytes());
    loop.statistics().reads.add(1);
    loop.statistics().inputBytes.add(bytes.readableBytes());
    if (!input.add(bytes)) {
      refuseInput();
      process();
    } else if (input.size() > GATHERED_INPUT) {
      process();
    } else if (!gathered) {
      gathered = true;
      loop.gather(this);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    sendWhatMayBeSent();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded = true;
      lingers = false;
      if (waits || paused) {
        // As in Redis, a client that has gone is not waited for.
        channel.close();
      } else {
        process();
      }
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (stalled && channel.isWritable()) {
      loop.eventLoop().execute(this::processLater);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    failed(cause);
  }

  private void failed(Throwable cause) {
    if (cause instanceof OutOfMemoryError) {
      loop.statistics().slowConnectionsClosed.add(1);
      log.closed("wants more memory for replies than there is (" + cause.getMessage() + ")");
    } else if (!(cause instanceof IOException)) {
      log.failed(cause);
    }
    channel.close();
  }

  /** Answers with an error and closes. */
  private void refuse(String error) {
    ReplyWriter writer = replies.writer();
    int mark = writer.mark();
    writer.error(error);
    replies.part().refused(mark);
    closing = true;
  }

  /**
   * There is no memory for the requests: those that aren't begun are dropped, and answered in their
   * turn.
   */
  private void refuseInput() {
    loop.statistics().inputOverflows.add(1);
    server.inputBudget().refused();
    refusal = "OOM requests take more memory than this server has for them";
    input.close();
  }

  /** Whether all requests have been executed but those that are refused. */
  private boolean comesToRefusal() {
    return refusal != null && mayBegin() && inHand.hasNoneCopied();
  }

  // Requests

  /**
   * Decodes requests that {@link #processGathered} will execute, unless others are before them.
   * Never throws.
   */
  void decodeGathered(RequestWindow free) {
    boolean inTurn = !away && !waitsForReadPool && inHand.batch() == null && input.error() == null;
    if (closed || closing || !inTurn) {
      return;
    }
    try {
      inHand.decode(free);
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  /** Goes on with what {@link #decodeGathered} has begun. Never throws. */
  void processGathered() {
    gathered = false;
    try {
      process();
      sendWhatMayBeSent();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  /** As {@link #process}, as a task of the loop. Never throws. */
  private void processLater() {
    try {
      process();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  /** Executes what can be executed now. */
  private void process() {
    if (closed) {
      inHand.forgetWindow();
      return;
    }
    inHand.beginRun();
    stalled = false;
    CommandRunner runner = loop.runner();
    runner.beginRun();
    boolean hungry = false;
    executing = true;
    try {
      while (mayGoOn()) {
        Request request = inHand.next();
        if (request == null) {
          hungry = true;
          break;
        }
        execute(request);
      }
    } catch (ProtocolException e) {
      loop.statistics().protocolErrors.add(1);
      refuse("ERR " + e.getMessage());
    } finally {
      executing = false;
      runner.endRun();
      inHand.endRun(!closing && !closed);
      loop.endInput();
    }
    if (closing) {
      input.release();
    }
    if (!input.settle()) {
      refuseInput();
    }
    if (comesToRefusal()) {
      refuse(refusal);
    } else if (inputEnded && (hungry || closing)) {
      closing = true;
      input.release();
      replies.sendAtEndOfTurn();
    }
    session.waitingBytes(input.size());
    countMemory();
    boolean read = !inputEnded && (hungry || input.size() < RequestInput.AHEAD);
    if (channel.config().isAutoRead() != read) {
      channel.config().setAutoRead(read);
    }
  }

  /** Whether nothing that is begun has to end first. */
  private boolean mayBegin() {
    return stream == null
        && !away
        && !waitsForReadPool
        && !memoryWait.isOn()
        && !paused
        && !closing;
  }

  private boolean mayGoOn() {
    if (!mayBegin()) {
      return false;
    }
    boolean full = replies.isFull();
    if (full) {
      loop.statistics().outputStalls.add(1);
      // No event of its own tells when others have made room.
      memoryWait.retryLater();
    }
    stalled = full || replies.isTurnFull();
    return !stalled;
  }

  private void execute(Request request) {
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
      followSession();
      return;
    }
    Step step = Router.next(spec, place, aheadOfViews);
    switch (step) {
      case RUN_LOCALLY -> {
        runner.runLocal(session, spec, request);
        executed(spec, request, mark, 0);
        followSession();
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

  /** What a command may have changed about the session takes effect. */
  private void followSession() {
    if (session.closeAfterReply()) {
      closing = true;
      lingers = !session.closeNow() && !inputEnded && !replies.hasAny();
    }
    input.authenticated(session.authenticated());
  }

  // Requests that other threads execute

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
      failed(e);
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
    if (closed) {
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
      failed(returned.failure());
      return;
    }
    followSession();
    OutOfMemoryError noMemory = returned.takeNoMemory();
    if (noMemory != null) {
      waitForMemory(noMemory);
      process();
    } else if (returned.needsReadPool()) {
      sendToReadPool(returned.peek());
    } else {
      process();
    }
  }

  /** Loop: takes a piece of a reply that is being computed elsewhere. Never throws. */
  void takePiece(ReplyStream leaving, ReplyPart piece) {
    if (closed) {
      piece.release();
      leaving.end();
      return;
    }
    reply = leaving;
    try {
      replies.add(piece);
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  // Requests that wait

  /**
   * Loop: the batch's next request waits for a key. Never throws.
   *
   * @param early the replies to those before it; null: there are none
   */
  void waits(RequestBatch waiting, ReplyPart early) {
    if (closed) {
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
      if (inputEnded) {
        channel.close();
      }
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  private void waitForEndOfPause(Request request) {
    takeAway(request, false);
    away = false;
    paused = true;
    session.waits(true);
    if (inputEnded) {
      channel.close();
    } else {
      server.paused().hold(this);
    }
  }

  /** Any thread: the pause that its next request waits for has ended. */
  void endOfPause() {
    loop.eventLoop()
        .execute(
            () -> {
              paused = false;
              session.waits(false);
              processLater();
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

  // Replies

  /** Sends replies that wait for no group, while the loop goes on with other connections. */
  private void sendWhatMayBeSent() {
    if (!closed && replies.maySend()) {
      replies.finishPart();
      flush();
    }
  }

  /** At the end of the loop's turn. Never throws. */
  void endTurn() {
    if (closed) {
      return;
    }
    try {
      replies.endTurn();
      flush();
      goOn();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  private void flush() {
    if (replies.isOverLimit(System::nanoTime)) {
      closeSlow(OVER_LIMIT);
      return;
    }
    channel.flush();
    if (closed) {
      return;
    }
    replies.chargeUnsent();
    countMemory();
    if (replies.isStrangerBehind()) {
      closeSlow("takes none of its replies, and has not said who it is");
      return;
    }
    if (closing && !lingers && !away && replies.isEmpty()) {
      replies.closeChannelBehind();
    }
    if (stream != null && replies.isEmpty()) {
      stream.send();
    }
  }

  /** Own loop: from now on, and after the replies before, the connection is sent a stream. */
  ClientStream beginStream() {
    stream = new ConnectionStream(channel, server, this::endTurn);
    return stream;
  }

  /** Returns what the oldest held replies wait for. */
  long heldSequence() {
    return replies.heldSequence();
  }

  /** The oldest held replies may be sent. Never throws. */
  void release() {
    try {
      if (!closed && replies.sendHeld()) {
        flush();
        goOn();
      }
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  /** What the held replies wait for will never be published. Never throws. */
  void failHeld(String error) {
    if (closed) {
      return;
    }
    try {
      replies.failHeld(error);
      flush();
      goOn();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  /** Begins what had to wait for replies to be published or sent. */
  private void goOn() {
    if (closed) {
      return;
    }
    if (waitsForReadPool && !isAheadOfViews()) {
      waitsForReadPool = false;
      away = true;
      inHand.batch().goToReadPool();
    } else if (stalled) {
      loop.eventLoop().execute(this::processLater);
    }
  }

  // The timer

  /** Each second. Never throws. */
  void tick(long nowNanos) {
    try {
      lookAfter(nowNanos);
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  private void lookAfter(long nowNanos) {
    patience.tick(nowNanos);
    replies.chargeUnsent();
    boolean sends = stalled && !inputEnded && !channel.config().isAutoRead() && replies.isFull();
    if (replies.hasUnsent() && replies.isStuck(nowNanos, sends)) {
      closeSlow(
          sends
              ? "sends more requests than their replies have room for (see client-output-limit),"
                  + " and takes none of them"
              : "takes none of its replies");
      return;
    }
    if (replies.isOverLimit(() -> nowNanos)) {
      closeSlow(OVER_LIMIT);
      return;
    }
    String endOfReply = reply == null ? null : patience.endOf(reply, inHand.batch(), nowNanos);
    if (endOfReply != null) {
      closeSlow(endOfReply);
      return;
    }
    countMemory();
    boolean waitsForInput = input.isCharged() && mayBegin() && !stalled;
    if (patience.keepsOthersWaiting(nowNanos, waitsForInput)) {
      refuseInput();
      process();
      return;
    }
    if (patience.isIdle(nowNanos)
        && !away
        && !session.isSubscriber()
        && stream == null
        && !memoryWait.isOn()
        && !paused
        && !replies.hasUnsent()) {
      loop.statistics().idleConnectionsClosed.add(1);
      channel.close();
    }
  }

  private void closeSlow(String reason) {
    loop.statistics().slowConnectionsClosed.add(1);
    log.closed(reason);
    channel.close();
    // At once, not when the channel says that it is inactive: others may go on by that, and stay.
    replies.chargeUnsent();
  }
}

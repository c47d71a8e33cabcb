package dev.varve.server.network;

import dev.varve.protocol.ProtocolException;
import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.WatchedKeys;
import dev.varve.server.dispatch.ClientMemory;
import dev.varve.server.dispatch.ClientStream;
import dev.varve.server.dispatch.QueuedRequests;
import dev.varve.server.dispatch.Session;
import dev.varve.server.pubsub.Push;
import dev.varve.server.pubsub.Subscriber;
import dev.varve.server.pubsub.Subscriptions;
import dev.varve.server.tracking.Tracker;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;

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

  // Requests

  private final RequestInput input;
  private final RequestsInHand inHand;
  private final ConnectionRequests requests;

  /** Whether the loop will have the input processed with that of other connections. */
  private boolean gathered;

  // Replies

  private final ReplyQueue replies;

  private final MessageQueue messages;
  private final MemoryWait memoryWait;

  /** Whether a request is being executed here. */
  private boolean executing;

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
    this.input = new RequestInput(server, session.authenticated());
    this.inHand = new RequestsInHand(loop, session, input, () -> loop.newBatch(this));
    this.replies = new ReplyQueue(this, loop, channel, session);
    this.messages = new MessageQueue(server, session);
    this.memoryWait = new MemoryWait(loop.eventLoop(), this::processLater);
    this.patience = new ClientPatience(server);
    this.log = new ClientLog(server, session);
    this.requests = new ConnectionRequests(this, loop, inHand, replies, messages, memoryWait, log);
  }

  Session session() {
    return session;
  }

  ConnectionLoop loop() {
    return loop;
  }

  /** Any thread: its requests; what is done with them is the loop's. */
  ConnectionRequests requests() {
    return requests;
  }

  boolean isClosed() {
    return closed;
  }

  /** Whether the client sends nothing more. */
  boolean hasInputEnded() {
    return inputEnded;
  }

  /** Returns bytes of replies that the client has not taken, as they were counted last. */
  long unsentBytes() {
    return replies.unsentBytes();
  }

  /** Any thread: closes the connection. */
  void close() {
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
    requests.end();
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
      if (requests.keepsBack(push)) {
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
      if (requests.waitForOthers()) {
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

  /** Closes the connection, as something failed. */
  void failed(Throwable cause) {
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
    boolean inTurn = requests.areHere() && inHand.batch() == null && input.error() == null;
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
  void processLater() {
    try {
      process();
    } catch (RuntimeException | Error e) {
      failed(e);
    }
  }

  /** Executes what can be executed now. */
  void process() {
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
        requests.execute(request);
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
    return stream == null && requests.mayBegin() && !closing;
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

  /** What a command may have changed about the session takes effect. */
  void followSession() {
    if (session.closeAfterReply()) {
      closing = true;
      lingers = !session.closeNow() && !inputEnded && !replies.hasAny();
    }
    input.authenticated(session.authenticated());
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
    if (closing && !lingers && !requests.areAway() && replies.isEmpty()) {
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
    if (!requests.goOnToReadPool() && stalled) {
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
    ReplyStream reply = requests.reply();
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
        && !requests.areAway()
        && !session.isSubscriber()
        && stream == null
        && !memoryWait.isOn()
        && !requests.arePaused()
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

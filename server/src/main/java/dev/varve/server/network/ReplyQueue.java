package dev.varve.server.network;

import dev.varve.protocol.ReplyWriter;
import dev.varve.server.config.OutputLimits;
import dev.varve.server.dispatch.Session;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A connection's replies on their way out: gathered in a part during a turn, held until what they
 * tell of is published, handed to the channel, and counted until the client has taken them. They
 * leave in the order in which they came. Owned by the connection's loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a channel tells its failures by its own events
final class ReplyQueue {
  /** Replies of a turn at which other connections have theirs first. */
  static final int TURN_BYTES = 256 << 10;

  /** Unsent replies at which a client that hasn't said who it is gets no more. */
  private static final int STRANGER_BYTES = 1 << 20;

  /** How many seconds a client has to read once its replies have no more room. */
  private static final int SENDING_SECONDS = 2;

  /** For so long it is remembered that somebody had to wait for memory. */
  private static final long REFUSAL_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** No more is taken for replies before they are there: a large one is not the rule. */
  private static final int MOST_EXPECTED = 64 << 10;

  /** A channel that waits for its client tells of it when it has less than the first of these. */
  private static final WriteBufferWaterMark DRAINED = new WriteBufferWaterMark(32 << 10, 64 << 10);

  private final Connection owner;
  private final ConnectionLoop loop;
  private final ServerContext server;
  private final Channel channel;
  private final Session session;

  /** Replies of this turn; null: none. */
  private ReplyPart part;

  /** Replies that wait to be published. */
  private final ArrayDeque<ReplyPart> held = new ArrayDeque<>(2);

  private long heldBytes;

  /** What a turn's replies are expected to take. */
  private int expectedBytes;

  private boolean inTurn;

  // What the client has not taken.
  private long unsent;
  private long unsentProgress;
  private long unsentSinceNanos;

  /** Since when it is more than the soft limit; of no meaning unless {@link #isOverSoftLimit}. */
  private long overSoftLimitSinceNanos;

  private boolean isOverSoftLimit;

  ReplyQueue(Connection owner, ConnectionLoop loop, Channel channel, Session session) {
    this.owner = owner;
    this.loop = loop;
    this.server = loop.server();
    this.channel = channel;
    this.session = session;
    channel.config().setWriteBufferWaterMark(DRAINED);
  }

  /** Lets go of all that wasn't handed to the channel. */
  void close() {
    if (part != null) {
      part.release();
      part = null;
    }
    held.forEach(ReplyPart::release);
    held.clear();
    server.outputBudget().add(-unsent);
    unsent = 0;
  }

  // Writing

  /** Returns the writer, which goes to this turn's replies. */
  ReplyWriter writer() {
    if (part == null) {
      part = new ReplyPart(server.allocator(), expectedBytes, server.errors());
    }
    sendAtEndOfTurn();
    return loop.runner().replyTo(part, session);
  }

  /** Returns this turn's replies, once the {@link #writer} was asked for. */
  ReplyPart part() {
    return part;
  }

  /**
   * Adds a message, which answers no request.
   *
   * @param mustBeVisible what must be published before it may be sent
   * @throws OutOfMemoryError if there is no room for it
   */
  void push(byte[] message, long mustBeVisible) {
    if (part == null) {
      part = new ReplyPart(server.allocator(), expectedBytes, server.errors());
    }
    sendAtEndOfTurn();
    if (part.size() + message.length > TURN_BYTES) {
      server.reserve(part.size() + message.length);
    }
    long visible = server.engine().visibleSequence();
    long needed = mustBeVisible > visible && server.storage().failure() == null ? mustBeVisible : 0;
    part.pushed(message, needed, server.engine().writtenSequence());
  }

  /** Returns bytes of replies and messages that the client has not taken. */
  long waitingBytes() {
    return pendingBytes() + heldBytes + (part == null ? 0 : part.size());
  }

  /** Any thread: what this turn's replies have for a buffer, which may be a moment ago. */
  int partCapacity() {
    ReplyPart now = part;
    return now == null ? 0 : now.capacity();
  }

  /** Any thread: how much is in it, which may be a moment ago. */
  int partSize() {
    ReplyPart now = part;
    return now == null ? 0 : now.size();
  }

  /** Any thread: replies that the client has not taken, without this turn's, as last counted. */
  long writtenBytes() {
    return unsent + heldBytes;
  }

  /** Any thread: how many pieces those are in: about. */
  int writtenParts() {
    return held.size() + (unsent > 0 ? 1 : 0);
  }

  /** Takes replies that were computed elsewhere, after all that are here. */
  void add(ReplyPart replies) {
    finishPart();
    part = replies;
    sendAtEndOfTurn();
  }

  /** Has the loop call back at the end of this turn. */
  void sendAtEndOfTurn() {
    if (!inTurn) {
      inTurn = true;
      loop.atEndOfTurn(owner);
    }
  }

  /** Whether other connections' replies of this turn should come first. */
  boolean isTurnFull() {
    return part != null && part.size() >= TURN_BYTES;
  }

  /** Whether so much waits that no more may be added. */
  boolean isFull() {
    return pendingBytes() >= server.limits().outputBytes()
        || heldBytes >= server.limits().outputBytes()
        || server.outputBudget().isExhausted()
        || (unsent > 0 && server.outputBudget().isExceeded());
  }

  // Sending

  /** Sends or holds what the turn, which ends now, has gathered. */
  void endTurn() {
    inTurn = false;
    finishPart();
  }

  /** Whether this turn's replies wait for no group. */
  boolean maySend() {
    return part != null && held.isEmpty() && part.sequence() <= server.engine().visibleSequence();
  }

  /** Hands this turn's replies to the channel, or holds them until they may be sent. */
  void finishPart() {
    ReplyPart finished = part;
    part = null;
    if (finished == null) {
      return;
    }
    expectedBytes = Math.min(finished.size(), MOST_EXPECTED);
    if (!held.isEmpty()) {
      // Even if it may be sent by itself: what is in front may, too, but has not been sent yet.
      finished.waitFor(held.peekLast().sequence());
      hold(finished);
      return;
    }
    if (finished.sequence() > server.engine().visibleSequence()) {
      String failure = server.storage().failure();
      if (failure == null) {
        hold(finished);
        return;
      }
      finished.fail(
          loop.runner().replyTo(finished, session), failure, server.engine().visibleSequence());
    }
    send(finished);
  }

  private void hold(ReplyPart waiting) {
    held.add(waiting);
    heldBytes += waiting.size();
    loop.hold(owner);
  }

  private void send(ReplyPart ready) {
    if (ready.size() == 0) {
      ready.release();
      return;
    }
    loop.statistics().writes.add(1);
    loop.statistics().outputBytes.add(ready.size());
    Runnable sent = ready.whenSent();
    if (sent == null) {
      channel.write(fitted(ready), channel.voidPromise());
    } else {
      channel.write(ready.bytes()).addListener(_ -> sent.run());
    }
  }

  /**
   * Keeps the replies of a client that takes them slowly in no more memory than they need, if there
   * is memory for the copy.
   */
  private ByteBuf fitted(ReplyPart ready) {
    ByteBuf bytes = ready.bytes();
    int size = ready.size();
    if (unsent == 0 || bytes.capacity() <= size + size / 4) {
      return bytes;
    }
    ByteBuf fitted = server.bufferIfThereIsRoom(size);
    if (fitted == null) {
      return bytes;
    }
    fitted.writeBytes(bytes);
    bytes.release();
    return fitted;
  }

  /** Returns the sequence number that the oldest held part waits for; 0 if none is held. */
  long heldSequence() {
    return held.isEmpty() ? 0 : held.peek().sequence();
  }

  /** Hands the oldest held part to the channel; whether there was one. */
  boolean sendHeld() {
    if (held.isEmpty()) {
      return false;
    }
    send(poll());
    return true;
  }

  /** Answers with an error in place of all that is held: it will never be published. */
  void failHeld(String error) {
    while (!held.isEmpty()) {
      ReplyPart failed = poll();
      failed.fail(loop.runner().replyTo(failed, session), error, server.engine().visibleSequence());
      send(failed);
    }
  }

  private ReplyPart poll() {
    ReplyPart oldest = held.poll();
    heldBytes -= oldest.size();
    return oldest;
  }

  /** Whether there is anything that the client has not taken. */
  boolean hasAny() {
    return (part != null && part.size() > 0) || !held.isEmpty() || pendingBytes() > 0;
  }

  /** Whether nothing is left but what the channel has. */
  boolean isEmpty() {
    return part == null && held.isEmpty();
  }

  /** Closes the channel after all that it has. */
  void closeChannelBehind() {
    // An empty write after all others: it is done when they are.
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  // What the client has not taken

  /** Counts what the channel could not send. */
  void chargeUnsent() {
    long now = pendingBytes();
    if (now != unsent) {
      server.outputBudget().add(now - unsent);
      if (unsent == 0) {
        unsentSinceNanos = System.nanoTime();
      }
      unsent = now;
    }
  }

  private long pendingBytes() {
    ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
    return outbound == null ? 0 : outbound.totalPendingWriteBytes();
  }

  boolean hasUnsent() {
    return unsent > 0;
  }

  /** Returns what the client has not taken, as it was counted last. */
  long unsentBytes() {
    return unsent;
  }

  /** Whether a stranger has more replies waiting than a stranger's requests are worth. */
  boolean isStrangerBehind() {
    return unsent > STRANGER_BYTES && !session.authenticated();
  }

  /** Whether more waits for the client than may for one of its class. */
  boolean isOverLimit(LongSupplier nanoTime) {
    OutputLimits.Limit limit =
        server
            .limits()
            .output()
            .of(session.isSubscriber() ? OutputLimits.Kind.PUBSUB : OutputLimits.Kind.NORMAL);
    if (!limit.isAny()) {
      isOverSoftLimit = false;
      return false;
    }
    long waiting = waitingBytes();
    if (limit.hard() > 0 && waiting >= limit.hard()) {
      return true;
    }
    if (limit.soft() == 0 || waiting < limit.soft()) {
      isOverSoftLimit = false;
      return false;
    }
    long now = nanoTime.getAsLong();
    if (!isOverSoftLimit) {
      isOverSoftLimit = true;
      overSoftLimitSinceNanos = now;
      return false;
    }
    return now - overSoftLimitSinceNanos > TimeUnit.SECONDS.toNanos(limit.seconds());
  }

  /**
   * Whether the client has taken nothing for as long as it may; to be asked each second.
   *
   * @param sends whether it has gone on to send until there was no more room for replies: it may
   *     well not read before all is sent, which will not be
   */
  boolean isStuck(long nowNanos, boolean sends) {
    ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
    Object current = outbound == null ? null : outbound.current();
    long progress = unsent - (current instanceof ByteBuf bytes ? bytes.readerIndex() : 0);
    if (progress != unsentProgress) {
      unsentProgress = progress;
      unsentSinceNanos = nowNanos;
      return false;
    }
    // Where others wait for the memory, nobody may keep it for long.
    boolean needed =
        server.outputBudget().isExhausted()
            || server.outputBudget().hasRefusedWithin(REFUSAL_NANOS, nowNanos);
    int seconds = needed ? 1 : server.limits().outputSeconds();
    if (sends) {
      seconds = Math.min(seconds, SENDING_SECONDS);
    }
    return nowNanos - unsentSinceNanos > TimeUnit.SECONDS.toNanos(seconds);
  }
}

package dev.varve.server.network;

import dev.varve.server.config.OutputLimits;
import dev.varve.server.dispatch.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Messages to a client that aren't among its replies yet: those that other threads have handed
 * over, and those that follow the replies to what is being executed elsewhere. Their bytes are
 * bounded. Owned by the connection's loop, but for methods that say otherwise.
 */
final class MessageQueue {
  /** Messages that wait for a monitor are at most so many bytes. */
  private static final int MOST_MESSAGES = 32 << 20;

  private final ServerContext server;
  private final Session session;

  /** Bytes of all of them. */
  private final AtomicLong bytes = new AtomicLong();

  private final List<byte[]> postponed = new ArrayList<>();

  MessageQueue(ServerContext server, Session session) {
    this.server = server;
    this.session = session;
  }

  /** Any thread: the bytes that wait. */
  long bytes() {
    return bytes.get();
  }

  /**
   * Any thread: a message of so many bytes is handed over, see {@link #taken}.
   *
   * @return false if there is no room for it
   */
  boolean handOver(int length) {
    if (bytes.addAndGet(length) - length > most()) {
      bytes.addAndGet(-length);
      return false;
    }
    return true;
  }

  /** A message of so many bytes that was handed over has come. */
  void taken(int length) {
    bytes.addAndGet(-length);
  }

  /**
   * Keeps a message until what is being executed has been replied to.
   *
   * @return false if it is more than there is room for
   */
  boolean postpone(byte[] encoded) {
    postponed.add(encoded);
    return bytes.addAndGet(encoded.length) <= most();
  }

  /** What was executed elsewhere has been replied to: what was kept follows. */
  void pushPostponed(ReplyQueue replies) {
    for (byte[] encoded : postponed) {
      bytes.addAndGet(-encoded.length);
      replies.push(encoded, 0);
    }
    postponed.clear();
  }

  /** Any thread: how many bytes of messages may wait for the client. */
  long most() {
    int most = server.limits().outputBytes();
    if (!session.isSubscriber()) {
      return Math.min(MOST_MESSAGES, most);
    }
    long hard = server.limits().output().of(OutputLimits.Kind.PUBSUB).hard();
    return hard == 0 ? most : Math.min(hard, most);
  }
}

package dev.varve.server.pubsub;

import dev.varve.protocol.ProtocolVersion;

/** What a connection gets that answers none of its requests. Safe for use by many threads. */
public interface Push {
  /** Returns its bytes on the wire, which are not to be changed. */
  byte[] encoded(ProtocolVersion version);

  /** Returns what must be published by the engine before it may be sent; 0: nothing. */
  default long sequence() {
    return 0;
  }

  /**
   * Returns whether a connection gets it.
   *
   * @param version the connection's protocol
   * @param subscriptions what the connection subscribes to; null: it never has to anything
   */
  default boolean isFor(ProtocolVersion version, Subscriptions subscriptions) {
    return true;
  }

  /** Returns whether it goes after the replies to the requests that are being executed. */
  default boolean followsReplies() {
    return false;
  }
}

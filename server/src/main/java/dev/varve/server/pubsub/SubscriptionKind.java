package dev.varve.server.pubsub;

/** What one subscribes to, with the words of the protocol for it. */
public enum SubscriptionKind {
  /** Channels by their names. */
  CHANNEL("subscribe", "unsubscribe", "message"),
  /** Channels by a pattern of their names. */
  PATTERN("psubscribe", "punsubscribe", "pmessage"),
  /** Channels of a cluster's shard, which have names of their own. */
  SHARD_CHANNEL("ssubscribe", "sunsubscribe", "smessage");

  private final String subscribed;
  private final String unsubscribed;
  private final String message;

  SubscriptionKind(String subscribed, String unsubscribed, String message) {
    this.subscribed = subscribed;
    this.unsubscribed = unsubscribed;
    this.message = message;
  }

  /** Returns the word that confirms a subscription. */
  public String subscribed() {
    return subscribed;
  }

  /** Returns the word that confirms that a subscription has ended. */
  public String unsubscribed() {
    return unsubscribed;
  }

  /** Returns the word that a message begins with. */
  String message() {
    return message;
  }
}

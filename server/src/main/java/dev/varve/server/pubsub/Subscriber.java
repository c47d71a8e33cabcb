package dev.varve.server.pubsub;

/** A connection that takes what answers none of its requests: messages of channels above all. */
public interface Subscriber {
  /** Returns what it subscribes to; always the same. */
  Subscriptions subscriptions();

  /**
   * Any thread: has something sent, after all that was delivered to it before by the same thread.
   * Returns at once.
   */
  void deliver(Push push);
}

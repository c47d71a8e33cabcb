package dev.varve.server.pubsub;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What one connection subscribes to. Changed by {@link Channels} for whoever has the connection's
 * requests in hand; any thread may look.
 */
public final class Subscriptions {
  private final Map<SubscriptionKind, Set<Name>> names = new EnumMap<>(SubscriptionKind.class);

  /** Heap that they take. */
  private final AtomicLong bytes = new AtomicLong();

  /** Begins with none. */
  public Subscriptions() {
    for (SubscriptionKind kind : SubscriptionKind.values()) {
      names.put(kind, ConcurrentHashMap.newKeySet(1));
    }
  }

  /** Returns how many there are of a kind. */
  public int count(SubscriptionKind kind) {
    return names.get(kind).size();
  }

  /** Returns the heap that they take, in bytes. */
  public long bytes() {
    return bytes.get();
  }

  void charge(long more) {
    bytes.addAndGet(more);
  }

  /** Returns whether there are any. */
  public boolean isAny() {
    for (Set<Name> each : names.values()) {
      if (!each.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /** Returns those of a kind: names or patterns, which are not to be changed. */
  public List<byte[]> of(SubscriptionKind kind) {
    List<byte[]> all = new ArrayList<>();
    names.get(kind).forEach(name -> all.add(name.bytes()));
    return all;
  }

  /**
   * Returns the number that confirmations have: those of channels and patterns together, those of
   * shard channels apart.
   */
  public int confirmedCount(SubscriptionKind kind) {
    return kind == SubscriptionKind.SHARD_CHANNEL
        ? count(kind)
        : count(SubscriptionKind.CHANNEL) + count(SubscriptionKind.PATTERN);
  }

  /** Returns whether a message is one that is subscribed to. */
  public boolean includes(Message message) {
    return names.get(message.kind()).contains(message.subscribedTo());
  }

  boolean contains(SubscriptionKind kind, Name name) {
    return names.get(kind).contains(name);
  }

  void add(SubscriptionKind kind, Name name) {
    names.get(kind).add(name);
  }

  boolean remove(SubscriptionKind kind, Name name) {
    return names.get(kind).remove(name);
  }

  Set<Name> names(SubscriptionKind kind) {
    return names.get(kind);
  }
}

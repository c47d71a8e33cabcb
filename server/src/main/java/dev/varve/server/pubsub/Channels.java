package dev.varve.server.pubsub;

import dev.varve.server.datatype.KeptMemory;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Who subscribes to which channel. A channel is there as long as somebody subscribes to it. Safe
 * for use by many threads; what one connection subscribes to is changed by one thread at a time.
 */
public final class Channels {
  /** Heap that a subscription takes beside its name, and the channel if it is the first. */
  private static final int SUBSCRIPTION_BYTES = 320;

  private final KeptMemory memory;
  private final Map<SubscriptionKind, ConcurrentMap<Name, Members>> all =
      new EnumMap<>(SubscriptionKind.class);

  /** Tells which channels a pattern stands for. */
  @FunctionalInterface
  public interface Matcher {
    /** Returns whether it matches a name. */
    boolean matches(byte[] name, int offset, int length);
  }

  /** Those who subscribe to one channel, or by one pattern; there are always some. */
  private record Members(Matcher matcher, Set<Subscriber> subscribers) {}

  /**
   * Makes one without channels.
   *
   * @param memory is charged for subscriptions
   */
  public Channels(KeptMemory memory) {
    this.memory = memory;
    for (SubscriptionKind kind : SubscriptionKind.values()) {
      all.put(kind, new ConcurrentHashMap<>());
    }
  }

  /**
   * Has a connection subscribe, if it doesn't already.
   *
   * @param name of the channel, or the pattern; the array is this object's from now on
   * @param matcher of a pattern; else null
   * @return false if there is no memory for it; nothing has changed
   */
  public boolean subscribe(
      Subscriber subscriber, SubscriptionKind kind, byte[] name, Matcher matcher) {
    Name its = new Name(name);
    Subscriptions subscriptions = subscriber.subscriptions();
    if (subscriptions.contains(kind, its)) {
      return true;
    }
    if (!memory.take(charge(its))) {
      return false;
    }
    subscriptions.charge(charge(its));
    subscriptions.add(kind, its);
    all.get(kind)
        .compute(
            its,
            (_, known) -> {
              Members members =
                  known == null ? new Members(matcher, ConcurrentHashMap.newKeySet(1)) : known;
              members.subscribers().add(subscriber);
              return members;
            });
    return true;
  }

  private static long charge(Name name) {
    return SUBSCRIPTION_BYTES + 2L * name.bytes().length;
  }

  /** Ends a subscription, if there is one. */
  public void unsubscribe(Subscriber subscriber, SubscriptionKind kind, byte[] name) {
    unsubscribe(subscriber, kind, new Name(name));
  }

  private void unsubscribe(Subscriber subscriber, SubscriptionKind kind, Name name) {
    if (!subscriber.subscriptions().remove(kind, name)) {
      return;
    }
    all.get(kind)
        .computeIfPresent(
            name,
            (_, members) -> {
              members.subscribers().remove(subscriber);
              return members.subscribers().isEmpty() ? null : members;
            });
    subscriber.subscriptions().charge(-charge(name));
    memory.give(charge(name));
  }

  /** Ends all of a connection's subscriptions. */
  public void unsubscribeAll(Subscriber subscriber) {
    for (SubscriptionKind kind : SubscriptionKind.values()) {
      for (Name name : subscriber.subscriptions().names(kind)) {
        unsubscribe(subscriber, kind, name);
      }
    }
  }

  /**
   * Delivers a message to all who subscribe to a channel, and, unless it is a shard's, by patterns
   * that it matches.
   *
   * @param kind that of the channel
   * @param sequence what must be published by the engine before it may be sent
   * @return how often it was delivered
   */
  public long publish(SubscriptionKind kind, byte[] channel, byte[] payload, long sequence) {
    long receivers = deliver(kind, channel, payload, sequence);
    if (kind == SubscriptionKind.CHANNEL) {
      receivers += deliverByPatterns(channel, payload, sequence);
    }
    return receivers;
  }

  /** Returns how often a message would be delivered by {@link #publish} now. */
  public long receivers(SubscriptionKind kind, byte[] channel) {
    long receivers = subscribers(kind, channel);
    if (kind == SubscriptionKind.CHANNEL) {
      for (Members members : all.get(SubscriptionKind.PATTERN).values()) {
        if (members.matcher().matches(channel, 0, channel.length)) {
          receivers += members.subscribers().size();
        }
      }
    }
    return receivers;
  }

  /** Returns whether nobody would get what is published, whatever the channel. */
  public boolean isSilent() {
    return all.get(SubscriptionKind.CHANNEL).isEmpty()
        && all.get(SubscriptionKind.PATTERN).isEmpty();
  }

  private long deliverByPatterns(byte[] channel, byte[] payload, long sequence) {
    long receivers = 0;
    for (Map.Entry<Name, Members> entry : all.get(SubscriptionKind.PATTERN).entrySet()) {
      Members members = entry.getValue();
      if (members.matcher().matches(channel, 0, channel.length)) {
        Message message =
            new Message(SubscriptionKind.PATTERN, entry.getKey(), channel, payload, sequence);
        receivers += deliver(members, message);
      }
    }
    return receivers;
  }

  private long deliver(SubscriptionKind kind, byte[] channel, byte[] payload, long sequence) {
    Name name = new Name(channel);
    Members members = all.get(kind).get(name);
    return members == null
        ? 0
        : deliver(members, new Message(kind, name, channel, payload, sequence));
  }

  private static long deliver(Members members, Message message) {
    long receivers = 0;
    for (Subscriber subscriber : members.subscribers()) {
      subscriber.deliver(message);
      receivers++;
    }
    return receivers;
  }

  /** Returns how many channels, or patterns, somebody subscribes to. */
  public int count(SubscriptionKind kind) {
    return all.get(kind).size();
  }

  /** Returns how many subscribe to a channel, or by a pattern. */
  public int subscribers(SubscriptionKind kind, byte[] name) {
    Members members = all.get(kind).get(new Name(name));
    return members == null ? 0 : members.subscribers().size();
  }

  /**
   * Returns the channels that somebody subscribes to, or patterns by which.
   *
   * @param matcher tells which of them; null: all
   */
  public List<byte[]> names(SubscriptionKind kind, Matcher matcher) {
    List<byte[]> names = new ArrayList<>();
    for (Name name : all.get(kind).keySet()) {
      if (matcher == null || matcher.matches(name.bytes(), 0, name.bytes().length)) {
        names.add(name.bytes());
      }
    }
    return names;
  }
}

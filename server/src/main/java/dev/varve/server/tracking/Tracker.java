package dev.varve.server.tracking;

import dev.varve.server.pubsub.Subscriber;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;

/**
 * A client that keeps copies of keys, and how it wants to learn that they are out of date. Safe for
 * use by many threads.
 */
public final class Tracker {
  /** What CLIENT TRACKING can be told. */
  public enum Option {
    /** All keys with some prefixes, whatever the client has read. */
    BCAST,
    /** Only keys of commands after CLIENT CACHING YES. */
    OPTIN,
    /** All keys but those of commands after CLIENT CACHING NO. */
    OPTOUT,
    /** Nothing of what the client has changed itself. */
    NOLOOP
  }

  /** What a prefix takes beside its bytes, with what finds its trackers: about. */
  private static final long PREFIX_BYTES = 160;

  private final long client;
  private final Set<Option> options;
  private final long redirect;
  private final List<byte[]> prefixes;
  private final LongFunction<Subscriber> connections;

  private final long bytes;
  private volatile boolean broken;

  /**
   * Makes one.
   *
   * @param client number of its connection
   * @param redirect number of the connection that is told in its place; 0: it is told itself
   * @param prefixes of the keys that it wants to hear of, if it is told of all such
   * @param connections finds a connection by its number; null: it has gone
   */
  public Tracker(
      long client,
      Set<Option> options,
      long redirect,
      List<byte[]> prefixes,
      LongFunction<Subscriber> connections) {
    this.client = client;
    this.options = Set.copyOf(options);
    this.redirect = redirect;
    this.prefixes = List.copyOf(prefixes);
    this.connections = connections;
    this.bytes = prefixes.stream().mapToLong(prefix -> PREFIX_BYTES + prefix.length).sum();
  }

  /** Returns the number of its connection. */
  public long client() {
    return client;
  }

  /** Returns whether an option was given. */
  public boolean is(Option option) {
    return options.contains(option);
  }

  /** Returns the number of the connection that is told in its place; 0: it is told itself. */
  public long redirect() {
    return redirect;
  }

  /** Returns whether that connection has gone, and something could not be told for it. */
  public boolean isBroken() {
    return broken;
  }

  /** Returns the prefixes of keys that it wants to hear of. */
  public List<byte[]> prefixes() {
    return prefixes;
  }

  /** Returns the heap that its prefixes take, in bytes: about. */
  public long bytes() {
    return bytes;
  }

  /** Tells it of those of some keys that have its prefixes, of each prefix together. */
  void tellOf(Collection<byte[]> changed) {
    for (byte[] prefix : prefixes) {
      List<byte[]> its = changed.stream().filter(key -> Prefixes.isPrefix(prefix, key)).toList();
      if (!its.isEmpty()) {
        tell(its);
      }
    }
  }

  /** Tells it that its copies of some keys are out of date; null: all are. */
  void tell(List<byte[]> keys) {
    boolean redirected = redirect != 0;
    Subscriber told = connections.apply(redirected ? redirect : client);
    if (told != null) {
      told.deliver(new Invalidation(keys, redirected));
    } else if (redirected) {
      broken = true;
      Subscriber own = connections.apply(client);
      if (own != null) {
        own.deliver(new BrokenRedirect(redirect));
      }
    }
  }
}

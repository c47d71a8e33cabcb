package dev.varve.server.config;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How much may wait for clients of each class that don't take it. Immutable.
 *
 * @param limits those that were given; others are as by default
 */
public record OutputLimits(Map<Kind, Limit> limits) {
  private static final long MIB = 1 << 20;
  private static final int WORDS = 4;

  /** The classes of clients, in the order in which they are told. */
  public enum Kind {
    /** All that are of no other class; monitors, too. */
    NORMAL(0, 0, 0),
    /** Replicas. */
    SLAVE(256 * MIB, 64 * MIB, 60),
    /** Clients that subscribe to channels. */
    PUBSUB(32 * MIB, 8 * MIB, 60);

    private final long hard;
    private final long soft;
    private final long seconds;

    Kind(long hard, long soft, long seconds) {
      this.hard = hard;
      this.soft = soft;
      this.seconds = seconds;
    }

    private Limit byDefault() {
      return new Limit(hard, soft, seconds);
    }

    private static Kind of(String word) {
      return switch (word.toLowerCase(Locale.ROOT)) {
        case "normal" -> NORMAL;
        case "slave", "replica" -> SLAVE;
        case "pubsub" -> PUBSUB;
        default ->
            throw new IllegalArgumentException(
                "Invalid client class specified in buffer limit configuration.");
      };
    }
  }

  /**
   * What is too much.
   *
   * @param hard bytes at which a client is closed at once; 0: none are
   * @param soft bytes at which it is closed if there are so many for longer than {@code seconds};
   *     0: none are
   */
  public record Limit(long hard, long soft, long seconds) {
    /** Whether there is any. */
    public boolean isAny() {
      return hard > 0 || soft > 0;
    }
  }

  /** Takes a copy. */
  public OutputLimits {
    limits = Map.copyOf(limits);
  }

  /**
   * Returns what is too much for some classes, as words say: of each its name, the hard limit, the
   * soft one, and seconds.
   *
   * @throws IllegalArgumentException if they don't; the message is Redis's
   */
  static OutputLimits parse(List<String> words) {
    if (words.size() % WORDS != 0) {
      throw new IllegalArgumentException(
          "Wrong number of arguments in buffer limit configuration.");
    }
    Map<Kind, Limit> limits = new EnumMap<>(Kind.class);
    for (int i = 0; i < words.size(); i += WORDS) {
      Kind kind = Kind.of(words.get(i));
      limits.put(kind, limit(words.subList(i + 1, i + WORDS)));
    }
    return new OutputLimits(limits);
  }

  private static Limit limit(List<String> words) {
    try {
      long seconds = Long.parseLong(words.get(2));
      if (seconds >= 0 && seconds <= Integer.MAX_VALUE) {
        return new Limit(MemorySize.parse(words.get(0)), MemorySize.parse(words.get(1)), seconds);
      }
    } catch (IllegalArgumentException e) {
      throw wrong(e);
    }
    throw wrong(null);
  }

  private static IllegalArgumentException wrong(Throwable cause) {
    return new IllegalArgumentException(
        "Error in hard, soft or soft_seconds setting in buffer limit configuration.", cause);
  }

  /** Returns what is too much for a class. */
  public Limit of(Kind kind) {
    return limits.getOrDefault(kind, kind.byDefault());
  }

  /** Returns these, but for the classes that others are given for. */
  OutputLimits with(OutputLimits others) {
    Map<Kind, Limit> all = new EnumMap<>(Kind.class);
    all.putAll(limits);
    all.putAll(others.limits);
    return new OutputLimits(all);
  }

  /** Returns the words that say all of it. */
  List<String> words() {
    List<String> words = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      Limit limit = of(kind);
      words.add(kind.name().toLowerCase(Locale.ROOT));
      words.add(Long.toString(limit.hard()));
      words.add(Long.toString(limit.soft()));
      words.add(Long.toString(limit.seconds()));
    }
    return words;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof OutputLimits its && words().equals(its.words());
  }

  @Override
  public int hashCode() {
    return words().hashCode();
  }
}

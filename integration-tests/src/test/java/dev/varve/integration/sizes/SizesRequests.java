package dev.varve.integration.sizes;

import dev.varve.integration.RawClient;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Random requests of {@link SizesClient}: values, counts and numbers of elements of every size. */
final class SizesRequests {
  /** How many keys of each type there are: few, so that clients meet. */
  private static final int KEYS = 48;

  private static final int COLLECTIONS = 6;

  /** The most random elements of a command: each costs a few seeks. */
  private static final int DRAWN = 1 << 12;

  private final SplittableRandom random;
  private final long longest;

  /** Makes those of one connection, whose values have at most so many bytes. */
  SizesRequests(SplittableRandom random, long longest) {
    this.random = random;
    this.longest = longest;
  }

  /** Returns the bytes of the next one. */
  byte[] next() {
    return random.nextBoolean() ? aboutStrings() : aboutCollections();
  }

  private byte[] aboutStrings() {
    return switch (random.nextInt(18)) {
      case 0, 1, 2 -> withValue("SET", key());
      case 3 -> withValue("APPEND", key());
      case 4 -> withValue("SETRANGE", key(), number(longest));
      case 5 -> withValue("GETSET", key());
      case 6 -> RawClient.frame("GET", key());
      case 7 -> RawClient.frame("GETRANGE", key(), number(longest), "-1");
      case 8 -> RawClient.frame("RENAME", key(), key());
      case 9 -> RawClient.frame("COPY", key(), key(), "DB", "" + random.nextInt(2), "REPLACE");
      case 10 -> RawClient.frame("EXPIRE", key(), "1000");
      case 11 -> RawClient.frame("GETEX", key(), "PERSIST");
      case 12 -> RawClient.frame("MOVE", key(), "1");
      case 13 -> RawClient.frame("SCAN", "0", "COUNT", number(1 << 20));
      case 14 -> many("MSET", 2);
      case 15 -> many("DEL", 1);
      case 16 -> many("MGET", 1);
      default -> RawClient.frame("KEYS", "*");
    };
  }

  private byte[] aboutCollections() {
    return switch (random.nextInt(6)) {
      case 0 -> aboutHashes();
      case 1 -> aboutSets();
      case 2 -> aboutSortedSets();
      case 3 -> aboutLists();
      case 4 -> aboutAnyCollection();
      default -> grow();
    };
  }

  /** Adds few large elements or many small ones, or something between. */
  private byte[] grow() {
    return switch (random.nextInt(4)) {
      case 0 -> withElements(new String[] {"HSET", key("hash")}, List.of(), true);
      case 2 -> withElements(new String[] {"RPUSH", key("list")}, List.of(), false);
      case 1 -> withElements(new String[] {"SADD", key("set")}, List.of(), false);
      default -> withElements(new String[] {"ZADD", key("zset")}, List.of("1", "2.5", "-7"), false);
    };
  }

  private byte[] aboutHashes() {
    String key = key("hash");
    return switch (random.nextInt(7)) {
      case 0 -> RawClient.frame("HGETALL", key);
      case 1 -> RawClient.frame("HVALS", key);
      case 2 -> RawClient.frame("HRANDFIELD", key, sign() + number(DRAWN), "WITHVALUES");
      case 3 -> RawClient.frame("HSCAN", key, "0", "COUNT", number(1 << 20));
      case 4 -> withElements(new String[] {"HMGET", key}, List.of(), false);
      case 5 -> withElements(new String[] {"HDEL", key}, List.of(), false);
      default -> withValue("HSETNX", key, "" + random.nextInt(100));
    };
  }

  private byte[] aboutSets() {
    String key = key("set");
    return switch (random.nextInt(8)) {
      case 0 -> RawClient.frame("SMEMBERS", key);
      case 1 -> RawClient.frame("SPOP", key, number(1 << 18));
      case 2 -> RawClient.frame("SRANDMEMBER", key, sign() + number(DRAWN));
      case 3 -> RawClient.frame("SUNIONSTORE", key("set"), key, key("set"), key("set"));
      case 4 -> RawClient.frame("SDIFF", key, key("set"));
      case 5 -> RawClient.frame("SINTER", key, key("set"));
      case 6 -> RawClient.frame("SUNION", key, key("set"), key("zset"));
      default -> withElements(new String[] {"SREM", key}, List.of(), false);
    };
  }

  private byte[] aboutSortedSets() {
    String key = key("zset");
    return switch (random.nextInt(9)) {
      case 0 -> RawClient.frame("ZRANGE", key, "0", "-1", "WITHSCORES");
      case 1 -> RawClient.frame("ZPOPMIN", key, number(1 << 18));
      case 2 -> RawClient.frame("ZRANDMEMBER", key, sign() + number(DRAWN), "WITHSCORES");
      case 3 -> RawClient.frame("ZUNIONSTORE", key("zset"), "3", key, key("zset"), key("set"));
      case 4 -> RawClient.frame("ZINTER", "2", key, key("zset"), "WITHSCORES");
      case 5 -> RawClient.frame("ZRANGEBYSCORE", key, "-inf", "2.5", "LIMIT", "1", number(1 << 20));
      case 6 -> RawClient.frame("ZREMRANGEBYSCORE", key, "2", "3");
      case 7 -> RawClient.frame("ZRANGESTORE", key("zset"), key, "0", number(1 << 20));
      default -> withElements(new String[] {"ZREM", key}, List.of(), false);
    };
  }

  private byte[] aboutLists() {
    String key = key("list");
    String some = number(1 << 18);
    return switch (random.nextInt(9)) {
      case 0 -> RawClient.frame("LRANGE", key, "0", "-1");
      case 1 -> RawClient.frame("LPOP", key, some);
      case 2 -> RawClient.frame("LTRIM", key, some, "-1");
      case 3 -> RawClient.frame("LINSERT", key, "BEFORE", "e" + random.nextInt(1000), "x");
      case 4 -> RawClient.frame("LREM", key, "0", "e" + random.nextInt(1000));
      case 5 -> RawClient.frame("SORT", key, "ALPHA", "STORE", key("list"));
      case 6 -> RawClient.frame("LMOVE", key, key("list"), "LEFT", "RIGHT");
      case 7 -> withValue("LSET", key, "" + random.nextInt(1000));
      default -> withElements(new String[] {"LPUSH", key}, List.of(), false);
    };
  }

  private byte[] aboutAnyCollection() {
    String[] types = {"hash", "set", "zset", "list"};
    String type = types[random.nextInt(types.length)];
    return switch (random.nextInt(5)) {
      case 0 -> RawClient.frame("DEL", key(type));
      case 1 -> RawClient.frame("RENAME", key(type), key(type));
      case 2 -> RawClient.frame("COPY", key(type), key(type), "REPLACE");
      case 3 -> RawClient.frame("MOVE", key(type), "1");
      default -> RawClient.frame("EXPIRE", key(type), "1000");
    };
  }

  private String key() {
    return "key:" + random.nextInt(KEYS);
  }

  private String key(String type) {
    return type + ":" + random.nextInt(COLLECTIONS);
  }

  private String number(long most) {
    return Integer.toString(length(most));
  }

  private String sign() {
    return random.nextBoolean() ? "-" : "";
  }

  private byte[] withValue(String... words) {
    byte[][] arguments = new byte[words.length + 1][];
    for (int i = 0; i < words.length; i++) {
      arguments[i] = RawClient.ascii(words[i]);
    }
    arguments[words.length] = new byte[length(longest)];
    random.nextBytes(arguments[words.length]);
    return RawClient.frame(arguments);
  }

  /**
   * A command with elements after it, which are many, or few large ones.
   *
   * @param before words one of which stands before each element; none: nothing does
   * @param paired whether a value stands after each element
   */
  private byte[] withElements(String[] words, List<String> before, boolean paired) {
    int count = length(20_000) + 1;
    long most = Math.min(longest, (1 << 20) / count + 1);
    List<byte[]> arguments = new ArrayList<>();
    for (String word : words) {
      arguments.add(RawClient.ascii(word));
    }
    for (int i = 0; i < count; i++) {
      if (!before.isEmpty()) {
        arguments.add(RawClient.ascii(before.get(random.nextInt(before.size()))));
      }
      arguments.add(
          most > 1000 ? new byte[length(most)] : RawClient.ascii("e" + random.nextInt(200_000)));
      if (paired) {
        arguments.add(new byte[length(most)]);
      }
    }
    return RawClient.frame(arguments.toArray(byte[][]::new));
  }

  /** A command of many keys of its own, which are short, or a few large ones. */
  private byte[] many(String command, int step) {
    int count = length(20_000) + 1;
    byte[][] arguments = new byte[1 + step * count][];
    arguments[0] = RawClient.ascii(command);
    for (int i = 0; i < count; i++) {
      arguments[1 + step * i] =
          RawClient.ascii(count <= 4 ? key() : "many:" + random.nextInt(100_000));
      if (step == 2) {
        arguments[2 + step * i] = new byte[length(Math.min(longest, (1 << 20) / count + 1))];
      }
    }
    return RawClient.frame(arguments);
  }

  /** Any order of magnitude is as likely as another. */
  private int length(long most) {
    int bits = random.nextInt(65 - Long.numberOfLeadingZeros(most));
    return (int) Math.min(most, random.nextLong(1L << bits) + (1L << bits >> 1));
  }
}

package dev.varve.server.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random commands that change collections of all types, each by itself or some in a transaction.
 * What they do follows from the data and the time alone: none picks by chance.
 */
final class RandomCollectionCommands {
  private static final int KEYS = 3;
  private static final int MEMBERS = 60;

  private final Random random;

  /** Milliseconds that have passed. */
  private long passed;

  RandomCollectionCommands(Random random) {
    this.random = random;
  }

  /** What one step of the storage thread is to do: a command, or a transaction's. */
  List<String[]> next() {
    if (random.nextInt(12) != 0) {
      return List.<String[]>of(command());
    }
    List<String[]> all = new ArrayList<>();
    all.add(words("MULTI"));
    for (int i = 1 + random.nextInt(5); i > 0; i--) {
      String[] command = command();
      // The test's harness removes what has expired before it counts keys, even if that is to come.
      all.add(command[0].equals("DBSIZE") ? words("DEL", "none") : command);
    }
    all.add(words("EXEC"));
    return all;
  }

  /** All keys that there can be, in all databases. */
  static List<String> keys() {
    List<String> keys = new ArrayList<>();
    for (String type : List.of("h", "s", "l", "z", "x", "b")) {
      for (int i = 0; i < KEYS; i++) {
        keys.add(type + i);
      }
    }
    return keys;
  }

  private String[] command() {
    return switch (random.nextInt(19)) {
      case 16, 17, 18 -> string(key("b"));
      case 0, 1, 2 -> hash(key("h"));
      case 3, 4 -> set(key("s"));
      case 5, 6, 7 -> list(key("l"));
      case 8, 9, 10 -> sortedSet(key("z"));
      case 11, 12, 13 -> stream(key("x"));
      default -> whole();
    };
  }

  private static String[] words(String... words) {
    return words;
  }

  private String key(String type) {
    return type + random.nextInt(KEYS);
  }

  private String member() {
    int number = random.nextInt(MEMBERS);
    return (number % 11 == 0 ? "a longer one ".repeat(8) : "m") + number;
  }

  private String value() {
    return "v"
        + random.nextInt(1000)
        + "x".repeat(random.nextInt(random.nextInt(10) == 0 ? 300 : 9));
  }

  private String number(int most) {
    return "" + random.nextInt(most);
  }

  private String time() {
    return "" + (10 + random.nextInt(3000));
  }

  /** A command of a key and some elements, more of them now and then. */
  private String[] some(String command, String key, String... before) {
    List<String> words = new ArrayList<>(List.of(command, key));
    words.addAll(List.of(before));
    for (int i = random.nextInt(8) == 0 ? 40 : 1 + random.nextInt(4); i > 0; i--) {
      switch (command) {
        case "HSET" -> words.addAll(List.of(member(), value()));
        case "ZADD" -> words.addAll(List.of(score(), member()));
        case "LPUSH", "RPUSH" -> words.add(value());
        default -> words.add(member());
      }
    }
    return words.toArray(String[]::new);
  }

  private String score() {
    return random.nextInt(4) == 0 ? "7" : random.nextInt(20) == 0 ? "-0" : number(100);
  }

  private String[] hash(String key) {
    return switch (random.nextInt(10)) {
      case 0, 1, 2, 3 -> some("HSET", key);
      case 4 -> some("HDEL", key);
      case 5 -> words("HINCRBY", key, "count" + random.nextInt(3), number(5));
      case 6 -> words("HPEXPIRE", key, time(), "FIELDS", "2", member(), member());
      case 7 -> words("HPERSIST", key, "FIELDS", "1", member());
      case 8 -> words("HSETEX", key, "PX", time(), "FIELDS", "1", member(), value());
      default -> words("HGETDEL", key, "FIELDS", "2", member(), member());
    };
  }

  /** Strings come to be in chunks, which are small ones. */
  private String[] string(String key) {
    return switch (random.nextInt(12)) {
      case 0, 1, 2 -> words("SETBIT", key, number(4000), number(2));
      case 3, 4 -> words("SETRANGE", key, number(500), value());
      case 5, 6 -> words("APPEND", key, value());
      case 7 -> words("BITFIELD", key, "SET", "u9", number(3000), number(500));
      case 8 -> words("BITOP", random.nextBoolean() ? "AND" : "OR", key, key("b"), key("b"));
      case 9 -> words("SET", key, value());
      case 10 -> words("COPY", key("b"), key, "REPLACE");
      default -> words("GETDEL", key);
    };
  }

  private String[] set(String key) {
    return switch (random.nextInt(8)) {
      case 0, 1, 2 -> some("SADD", key);
      case 3, 4 -> some("SREM", key);
      case 5 -> words("SMOVE", key, key("s"), member());
      case 6 -> words("SUNIONSTORE", key("s"), key, key("s"));
      default -> words("SDIFFSTORE", key("s"), key, key("s"));
    };
  }

  private String[] list(String key) {
    return switch (random.nextInt(12)) {
      case 0, 1 -> some("RPUSH", key);
      case 2, 3 -> some("LPUSH", key);
      case 4 -> words("LPOP", key, number(20));
      case 5 -> words("RPOP", key, number(20));
      case 6 -> words("LTRIM", key, number(4), "-" + (1 + random.nextInt(4)));
      case 7 -> words("LSET", key, number(20), value());
      case 8 -> words("LINSERT", key, "BEFORE", "v" + number(1000), value());
      case 9 -> words("LREM", key, number(3), "v" + number(1000));
      case 10 -> words("LMOVE", key, key("l"), "LEFT", "RIGHT");
      default -> words("LSET", key, "-" + (1 + random.nextInt(20)), "v" + number(1000));
    };
  }

  private String[] sortedSet(String key) {
    return switch (random.nextInt(11)) {
      case 0, 1, 2 -> some("ZADD", key);
      case 3 -> some("ZREM", key);
      case 4 -> words("ZINCRBY", key, number(9), member());
      case 5 -> words("ZPOPMIN", key, number(6));
      case 6 -> words("ZPOPMAX", key, number(6));
      case 7 -> words("ZREMRANGEBYSCORE", key, number(60), number(100));
      case 8 -> words("ZUNIONSTORE", key("z"), "2", key, key("z"));
      // What asks for ranks changes a set, too.
      case 9 -> words("ZRANK", key, member());
      default -> words("ZREMRANGEBYRANK", key, number(6), number(12));
    };
  }

  private String[] stream(String key) {
    String group = "g" + random.nextInt(2);
    String consumer = "c" + random.nextInt(3);
    return switch (random.nextInt(14)) {
      case 0, 1, 2, 3 -> words("XADD", key, "*", "f", value());
      case 4 -> words("XADD", key, "MAXLEN", random.nextBoolean() ? "~" : "=", "10", "*", "f", "v");
      case 5 -> words("XTRIM", key, "MAXLEN", number(20));
      case 6 -> words("XGROUP", "CREATE", key, group, "0", "MKSTREAM");
      case 7, 8 -> words("XREADGROUP", "GROUP", group, consumer, "COUNT", "5", "STREAMS", key, ">");
      case 9 -> words("XAUTOCLAIM", key, group, consumer, "0", "0", "COUNT", "3");
      case 10 -> words("XGROUP", "DELCONSUMER", key, group, consumer);
      case 11 -> words("XGROUP", "DESTROY", key, group);
      case 12 -> words("XDEL", key, last(random.nextInt(30)));
      default -> words("XACK", key, group, last(random.nextInt(30)), last(3));
    };
  }

  /** An id that may be one of an entry, as entries have the time for an id. */
  private String last(int back) {
    return (1_700_000_000_000L + Math.max(0, passed - back)) + "-" + random.nextInt(2);
  }

  /** Says how much time has passed. */
  void passed(long millis) {
    passed += millis;
  }

  private String[] whole() {
    List<String> keys = keys();
    String key = keys.get(random.nextInt(keys.size()));
    String other = keys.get(random.nextInt(keys.size()));
    return switch (random.nextInt(16)) {
      case 0, 1 -> words("DEL", key);
      case 2, 3, 4 -> words("SET", key, value());
      case 5 -> words("RENAME", key, other);
      case 6, 7 -> words("COPY", key, other, "REPLACE");
      case 8 -> words("COPY", key, other, "DB", "1", "REPLACE");
      case 9, 10 -> words("PEXPIRE", key, time());
      case 11 -> words("PERSIST", key);
      case 12 -> words("MOVE", key, "1");
      case 13 -> words("SWAPDB", "0", "1");
      case 14 -> random.nextInt(4) == 0 ? words("FLUSHDB") : words("DEL", key, other);
      default -> words("DBSIZE");
    };
  }
}

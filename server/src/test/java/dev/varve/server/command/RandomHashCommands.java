package dev.varve.server.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random commands on hashes, and on keys that may hold some, many of them ill-formed. */
final class RandomHashCommands {
  private static final String[] NUMBERS = {
    "0",
    "1",
    "-1",
    "10",
    "007",
    "+5",
    "3.0",
    "1e3",
    " 7",
    "",
    "abc",
    "inf",
    "nan",
    "-inf",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "0.1",
    "-2.5e-3"
  };

  private final Random random;
  private boolean queueing;

  RandomHashCommands(long seed) {
    random = new Random(seed);
  }

  String[] next() {
    String[] command = anyNext();
    // Replies by chance can't be compared within EXEC's, and CONFIG takes effect after the others.
    boolean queued = List.of("HRANDFIELD", "HSCAN", "CONFIG").contains(command[0]);
    return queueing && queued ? words("HGETALL", key()) : command;
  }

  private String[] anyNext() {
    return switch (random.nextInt(24)) {
      case 0, 1, 2, 3, 4 -> pairs(pick("HSET", "hset", "HMSET"));
      case 5 -> words("HSETNX", key(), field(), value());
      case 6 -> words(pick("HGET", "HEXISTS", "HSTRLEN"), key(), field());
      case 7 -> fields("HMGET");
      case 8, 9, 10 -> fields("HDEL");
      case 11 -> words(pick("HGETALL", "HKEYS", "HVALS", "HLEN"), key());
      case 12, 13 -> words("HINCRBY", key(), field(), pick(NUMBERS));
      case 14 -> words("HINCRBYFLOAT", key(), field(), pick(NUMBERS));
      case 15 -> words("HSCAN", key(), "0");
      case 16 -> randomField();
      case 17 -> words("OBJECT", "ENCODING", key());
      case 18, 19 -> wholeKey();
      case 20 -> rare();
      case 21 -> transaction();
      default -> illFormed();
    };
  }

  private String[] randomField() {
    return switch (random.nextInt(4)) {
      case 0 -> words("HRANDFIELD", key());
      case 1 -> words("HRANDFIELD", key(), "" + (random.nextInt(80) - 40));
      case 2 -> words("HRANDFIELD", key(), "" + random.nextInt(400), "WITHVALUES");
      default -> words("HRANDFIELD", key(), pick(NUMBERS), pick("withvalues", "bogus"));
    };
  }

  private String[] wholeKey() {
    return switch (random.nextInt(16)) {
      case 0 -> words("SET", key(), value());
      case 1 -> words("GET", key());
      case 2, 3 -> words("DEL", key());
      case 4 -> words("UNLINK", key(), key());
      case 5, 6 -> words("RENAME", key(), key());
      case 7 -> words("RENAMENX", key(), key());
      case 8, 9 -> words("COPY", key(), key(), "REPLACE");
      case 10 -> words("COPY", key(), key(), "DB", pick("0", "1"));
      case 11 -> words("MOVE", key(), pick("0", "1"));
      case 12 -> words("EXPIRE", key(), pick("100000", "200000", "0", "-1"));
      case 13 -> words("PERSIST", key());
      case 14 -> words("TYPE", key());
      default -> words(pick("GETSET", "SETNX"), key(), value());
    };
  }

  private String[] rare() {
    return switch (random.nextInt(30)) {
      case 0 -> words("FLUSHDB");
      case 1 -> words("FLUSHALL");
      case 2, 3 -> words("SWAPDB", "0", "1");
      case 4, 5, 6, 7 ->
          words("CONFIG", "SET", "hash-max-listpack-entries", pick("2", "10", "512"));
      case 8, 9 -> words("CONFIG", "SET", "hash-max-listpack-value", pick("5", "64"));
      case 10, 11, 12, 13, 14, 15 -> words("SELECT", pick("0", "1"));
      default -> pairs("HSET");
    };
  }

  private String[] transaction() {
    if (queueing) {
      queueing = false;
      return words(random.nextInt(8) == 0 ? "DISCARD" : "EXEC");
    }
    if (random.nextInt(4) != 0) {
      return words("WATCH", key());
    }
    queueing = true;
    return words("MULTI");
  }

  private String[] illFormed() {
    return switch (random.nextInt(8)) {
      case 0 -> words(pick("HSET", "HGET", "HDEL", "HMGET", "HSETNX", "HINCRBY"), key());
      case 1 -> words("HSET", key(), field(), value(), field());
      case 2 -> words("HSCAN", key(), pick("x", "-", " 1", "99999999999999999999"));
      case 3 -> words("HSCAN", key(), "0", pick("COUNT", "MATCH", "TYPE"), pick("0", "x"), "y");
      case 4 -> words("HRANDFIELD", key(), "x");
      case 5 -> words("HLEN", key(), key());
      case 6 -> words("HINCRBY", key(), field(), "x");
      default -> words("HINCRBYFLOAT", key(), field(), "x");
    };
  }

  private String[] pairs(String command) {
    List<String> words = new ArrayList<>(List.of(command, key()));
    int most = random.nextInt(12) == 0 ? 150 : 4;
    for (int i = 1 + random.nextInt(most); i > 0; i--) {
      words.add(field());
      words.add(value());
    }
    return words.toArray(String[]::new);
  }

  private String[] fields(String command) {
    List<String> words = new ArrayList<>(List.of(command, key()));
    int most = random.nextInt(10) == 0 ? 200 : 5;
    for (int i = 1 + random.nextInt(most); i > 0; i--) {
      words.add(field());
    }
    return words.toArray(String[]::new);
  }

  private String key() {
    return pick("a", "b", "c", "d", "a", "b", "\0\u00ff\r\n");
  }

  private String field() {
    return switch (random.nextInt(10)) {
      case 0 -> "";
      case 1 -> "f".repeat(random.nextInt(200));
      case 2 -> "\0\u00ff\r\n" + random.nextInt(10);
      default -> "f" + random.nextInt(random.nextBoolean() ? 20 : 300);
    };
  }

  private String value() {
    return switch (random.nextInt(6)) {
      case 0 -> pick(NUMBERS);
      case 1 -> "" + random.nextInt(1000);
      case 2 -> "v".repeat(random.nextInt(300));
      case 3 -> "";
      case 4 -> "\u0000\u0080\u00ff\r\n" + random.nextInt(10);
      default -> "v" + random.nextInt(100);
    };
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private static String[] words(String... words) {
    return words;
  }
}

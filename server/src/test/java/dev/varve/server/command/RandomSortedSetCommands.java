package dev.varve.server.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Random commands on sorted sets, and on keys that may hold some, many of them ill-formed. */
final class RandomSortedSetCommands {
  private static final String[] NUMBERS = {
    "0",
    "1",
    "-1",
    "10",
    "007",
    "+5",
    "3.0",
    " 7",
    "",
    "abc",
    "-0",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "-30",
    "300"
  };

  private static final String[] SCORES = {
    "inf",
    "-inf",
    "+inf",
    "infinity",
    "-INFINITY",
    "-0",
    "0",
    "0.1",
    "1e5",
    "-1.5e-3",
    "3.141592653589793238",
    "1e22",
    "123456789012345678",
    "9007199254740993",
    "1e17",
    "-1e16",
    "5e-324",
    "1.7976931348623157e308",
    "0x1p4",
    "0x.8",
    "1e-5",
    "0.0001",
    "4611686018427387904"
  };

  private static final String[] NO_SCORES = {
    "nan", "abc", "", "1 ", " 1", "1e400", "1e-400", "0x", "1e", ".", "1\0", "--1", "(1", "1.2.3"
  };

  /** Which answers chance has a part in, or which change what a transaction can't. */
  private static final Set<String> NOT_QUEUED = Set.of("ZRANDMEMBER", "ZSCAN", "CONFIG");

  private final Random random;
  private boolean queueing;

  RandomSortedSetCommands(long seed) {
    random = new Random(seed);
  }

  String[] next() {
    String[] command = anyNext();
    boolean queued = NOT_QUEUED.contains(command[0]);
    return queueing && queued && command.length > 1 ? words("ZCARD", command[1]) : command;
  }

  private String[] anyNext() {
    return switch (random.nextInt(34)) {
      case 0, 1, 2, 3, 4, 5, 6 -> add();
      case 7, 8 -> words("ZINCRBY", key(), score(), member());
      case 9, 10 -> members("ZREM");
      case 11 -> random.nextBoolean() ? words("ZSCORE", key(), member()) : members("ZMSCORE");
      case 12 -> words("ZCARD", key());
      case 13, 14 -> words(pick("ZRANK", "ZREVRANK"), key(), member());
      case 15, 16, 17 -> range();
      case 18 -> rangeStore();
      case 19 -> removeRange();
      case 20, 21 -> count();
      case 22, 23 -> pop();
      case 24, 25 -> combine(pick("ZUNION", "ZINTER", "ZDIFF"), List.of());
      case 26 -> combine(pick("ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE"), List.of(key()));
      case 27 -> interCard();
      case 28 -> byChance();
      case 29 -> words("OBJECT", "ENCODING", key());
      case 30, 31 -> wholeKey();
      case 32 -> random.nextBoolean() ? rare() : transaction();
      default -> illFormed();
    };
  }

  private String[] add() {
    List<String> words = new ArrayList<>(List.of(pick("ZADD", "zadd"), key()));
    boolean plain = random.nextInt(3) != 0;
    if (!plain) {
      for (int i = random.nextInt(3); i > 0; i--) {
        words.add(pick("NX", "XX", "GT", "LT", "CH", "INCR", "xx", "ch", "CH"));
      }
    }
    int most = random.nextInt(8) == 0 ? 150 : 4;
    for (int i = 1 + random.nextInt(most); i > 0; i--) {
      words.add(score());
      words.add(member());
    }
    if (random.nextInt(60) == 0) {
      words.add(pick(NO_SCORES));
    }
    return words.toArray(String[]::new);
  }

  private String[] range() {
    List<String> words = new ArrayList<>();
    int kind = random.nextInt(9);
    switch (kind) {
      case 0, 1 -> words.addAll(List.of("ZRANGE", key(), rank(), rank()));
      case 2 -> words.addAll(List.of("ZREVRANGE", key(), rank(), rank()));
      case 3 -> words.addAll(List.of("ZRANGEBYSCORE", key(), bound(), bound()));
      case 4 -> words.addAll(List.of("ZREVRANGEBYSCORE", key(), bound(), bound()));
      case 5 -> words.addAll(List.of("ZRANGEBYLEX", lexKey(), lexBound(), lexBound()));
      case 6 -> words.addAll(List.of("ZREVRANGEBYLEX", lexKey(), lexBound(), lexBound()));
      case 7 -> words.addAll(List.of("ZRANGE", key(), bound(), bound(), "BYSCORE"));
      default -> words.addAll(List.of("ZRANGE", lexKey(), lexBound(), lexBound(), "BYLEX"));
    }
    options(words, kind >= 7 || kind < 2);
    if (random.nextInt(3) == 0) {
      words.add(pick("WITHSCORES", "withscores"));
    }
    return words.toArray(String[]::new);
  }

  private void options(List<String> words, boolean mayReverse) {
    if (mayReverse && random.nextInt(3) == 0) {
      words.add(pick("REV", "rev"));
    }
    if (random.nextInt(4) == 0) {
      words.add("LIMIT");
      words.add(random.nextInt(6) == 0 ? pick(NUMBERS) : "" + (random.nextInt(12) - 1));
      words.add(random.nextInt(6) == 0 ? pick(NUMBERS) : "" + (random.nextInt(30) - 2));
    }
  }

  private String[] rangeStore() {
    List<String> words = new ArrayList<>(List.of("ZRANGESTORE", key()));
    switch (random.nextInt(3)) {
      case 0 -> words.addAll(List.of(key(), rank(), rank()));
      case 1 -> words.addAll(List.of(key(), bound(), bound(), "BYSCORE"));
      default -> words.addAll(List.of(lexKey(), lexBound(), lexBound(), "BYLEX"));
    }
    options(words, true);
    return words.toArray(String[]::new);
  }

  private String[] removeRange() {
    return switch (random.nextInt(4)) {
      case 0 -> words("ZREMRANGEBYRANK", key(), "" + random.nextInt(40), "" + random.nextInt(50));
      case 1 -> words("ZREMRANGEBYRANK", key(), rank(), rank());
      case 2 -> words("ZREMRANGEBYSCORE", key(), bound(), bound());
      default -> words("ZREMRANGEBYLEX", lexKey(), lexBound(), lexBound());
    };
  }

  private String[] count() {
    return random.nextBoolean()
        ? words("ZCOUNT", key(), bound(), bound())
        : words("ZLEXCOUNT", lexKey(), lexBound(), lexBound());
  }

  private String[] pop() {
    return switch (random.nextInt(4)) {
      case 0 -> words(pick("ZPOPMIN", "ZPOPMAX"), key());
      case 1 -> words(pick("ZPOPMIN", "ZPOPMAX"), key(), "" + random.nextInt(8));
      case 2 -> words(pick("ZPOPMIN", "ZPOPMAX"), key(), pick(NUMBERS));
      default ->
          random.nextBoolean()
              ? words("ZMPOP", "2", key(), key(), pick("MIN", "MAX", "max"))
              : words("ZMPOP", "1", key(), pick("MIN", "MAX"), "COUNT", "" + random.nextInt(5));
    };
  }

  private String[] combine(String command, List<String> first) {
    List<String> words = new ArrayList<>(List.of(command));
    words.addAll(first);
    int count = 1 + random.nextInt(4);
    words.add(random.nextInt(20) == 0 ? pick(NUMBERS) : "" + count);
    for (int i = 0; i < count; i++) {
      words.add(random.nextInt(5) == 0 ? pick("set1", "set2") : key());
    }
    boolean diff = command.startsWith("ZDIFF");
    if (random.nextInt(diff ? 12 : 3) == 0) {
      words.add(pick("WEIGHTS", "weights"));
      for (int i = 0; i < count; i++) {
        words.add(
            random.nextInt(20) == 0
                ? pick(NO_SCORES)
                : pick("1", "2", "-1", "0.5", "0", "inf", "-3"));
      }
    }
    if (random.nextInt(diff ? 12 : 3) == 0) {
      words.add("AGGREGATE");
      words.add(
          pick("SUM", "MIN", "MAX", "sum", "min", "max", random.nextInt(9) == 0 ? "x" : "MAX"));
    }
    if (random.nextInt(first.isEmpty() ? 2 : 12) == 0) {
      words.add("WITHSCORES");
    }
    return words.toArray(String[]::new);
  }

  private String[] interCard() {
    List<String> words = new ArrayList<>(List.of("ZINTERCARD", "2", key(), key()));
    if (random.nextInt(3) == 0) {
      words.add(pick("LIMIT", "limit", "bogus"));
      words.add(random.nextInt(3) == 0 ? pick(NUMBERS) : "" + random.nextInt(20));
    }
    return words.toArray(String[]::new);
  }

  private String[] byChance() {
    return switch (random.nextInt(4)) {
      case 0 -> words("ZRANDMEMBER", key());
      case 1 -> words("ZRANDMEMBER", key(), "" + (random.nextInt(80) - 40));
      case 2 -> words("ZRANDMEMBER", key(), "" + (random.nextInt(80) - 40), "WITHSCORES");
      default -> words("ZSCAN", key(), "0");
    };
  }

  private String[] wholeKey() {
    return switch (random.nextInt(18)) {
      case 0 -> words("SET", key(), member());
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
      case 15, 16 -> words(pick("SADD", "SREM"), pick("set1", "set2"), member(), member());
      default -> words(pick("GETSET", "SETNX"), key(), member());
    };
  }

  private String[] rare() {
    return switch (random.nextInt(20)) {
      case 0 -> words("FLUSHDB");
      case 1 -> words("FLUSHALL");
      case 2, 3 -> words("SWAPDB", "0", "1");
      case 4, 5, 6 ->
          words("CONFIG", "SET", "zset-max-listpack-entries", pick("0", "2", "10", "128", "512"));
      case 7, 8 -> words("CONFIG", "SET", "zset-max-listpack-value", pick("0", "5", "64", "1000"));
      case 9, 10, 11, 12, 13, 14 -> words("SELECT", pick("0", "1"));
      default -> members("SADD");
    };
  }

  private String[] transaction() {
    if (queueing) {
      queueing = false;
      return words(random.nextInt(8) == 0 ? "DISCARD" : "EXEC");
    }
    if (random.nextInt(4) == 0) {
      return words("WATCH", key());
    }
    queueing = true;
    return words("MULTI");
  }

  private String[] illFormed() {
    return switch (random.nextInt(14)) {
      case 0 -> words(pick("ZADD", "ZREM", "ZINCRBY", "ZSCORE", "ZRANGE", "ZSCAN"), key());
      case 1 -> words("ZCARD", key(), key());
      case 2 -> words("ZSCAN", key(), pick("x", "-", " 1", "99999999999999999999"));
      case 3 -> words("ZSCAN", key(), "0", pick("COUNT", "MATCH", "TYPE"), pick("0", "x"), "y");
      case 4 -> words("ZADD", key(), pick(NO_SCORES), member());
      case 5 -> words("ZADD", key(), score(), member(), pick(NO_SCORES), member());
      case 6 -> words("ZINCRBY", key(), pick(NO_SCORES), member());
      case 7 -> words("ZRANDMEMBER", key(), pick(NUMBERS), pick("WITHSCORES", "x"), "y");
      case 8 -> words("ZMPOP", pick(NUMBERS), key(), pick("MIN", "x"), pick("COUNT", "y"));
      case 9 -> words("ZMPOP", "1", key(), "MIN", "COUNT", pick(NUMBERS), pick("COUNT", "1"));
      case 10 ->
          words("ZRANGE", key(), pick(NUMBERS), pick(NUMBERS), pick("BYSCORE", "BYLEX", "x"));
      case 11 -> words("ZCOUNT", key(), pick(NO_SCORES), bound());
      case 12 -> words("ZINTERCARD", pick(NUMBERS), key(), "LIMIT", pick(NUMBERS));
      default -> words("ZRANGEBYSCORE", key(), "0", "5", pick("LIMIT", "REV", "WITHSCORES"), "1");
    };
  }

  private String[] members(String command) {
    List<String> words = new ArrayList<>(List.of(command, key()));
    for (int i = 1 + random.nextInt(random.nextInt(8) == 0 ? 60 : 5); i > 0; i--) {
      words.add(member());
    }
    return words.toArray(String[]::new);
  }

  private String key() {
    return pick("a", "b", "c", "d", "a", "b", "e", "none", "\0\u00ff\r\n");
  }

  /** Ranges of strings are promised to be right only where all scores are the same. */
  private String lexKey() {
    return pick("lex", "lex", "lex2", "lex3");
  }

  private String rank() {
    return random.nextInt(10) == 0 ? pick(NUMBERS) : "" + (random.nextInt(60) - 30);
  }

  private String score() {
    return switch (random.nextInt(8)) {
      case 0 -> pick(SCORES);
      case 1 -> "" + random.nextGaussian();
      case 2 -> "" + random.nextInt(3);
      default -> "" + (random.nextInt(random.nextBoolean() ? 10 : 300) - 5);
    };
  }

  private String bound() {
    String open = random.nextInt(4) == 0 ? "(" : "";
    return switch (random.nextInt(10)) {
      case 0 -> pick("-inf", "+inf", "", "(", " 1", "abc", "nan");
      case 1 -> open + pick(SCORES);
      default -> open + score();
    };
  }

  private String lexBound() {
    return switch (random.nextInt(8)) {
      case 0 -> "-";
      case 1 -> "+";
      case 2 -> pick("", "x", "-x", "+x", "[", "(");
      default -> pick("[", "(") + member();
    };
  }

  /** What keeps the keys of {@link #lexKey} of one score. */
  String[] addToLex() {
    List<String> words = new ArrayList<>(List.of("ZADD", pick("lex", "lex2")));
    for (int i = 1 + random.nextInt(random.nextInt(8) == 0 ? 100 : 5); i > 0; i--) {
      words.add("7");
      words.add(member());
    }
    return words.toArray(String[]::new);
  }

  private String member() {
    return switch (random.nextInt(12)) {
      case 0 -> "";
      case 1 -> "m".repeat(random.nextInt(100));
      case 2 -> "\0\u00ff\r\n" + random.nextInt(10);
      case 3 -> pick(NUMBERS);
      case 4 -> "a long common beginning of members " + random.nextInt(20);
      default -> "m" + random.nextInt(random.nextBoolean() ? 20 : 200);
    };
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private static String[] words(String... words) {
    return words;
  }
}

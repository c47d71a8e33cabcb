package dev.varve.server.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random commands on sets, and on keys that may hold some, many of them ill-formed. */
final class RandomSetCommands {
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
    "-9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "-30",
    "300"
  };

  private final Random random;
  private boolean queueing;

  RandomSetCommands(long seed) {
    random = new Random(seed);
  }

  String[] next() {
    String[] command = anyNext();
    // Chance has no part in what is compared later, and settings are changed after a transaction.
    boolean queued = List.of("SPOP", "SRANDMEMBER", "SSCAN", "CONFIG").contains(command[0]);
    return queueing && queued && command.length > 1 ? words("SCARD", command[1]) : command;
  }

  private String[] anyNext() {
    return switch (random.nextInt(26)) {
      case 0, 1, 2, 3, 4 -> members(pick("SADD", "sadd"));
      case 5, 6, 7 -> members("SREM");
      case 8 -> words("SISMEMBER", key(), member());
      case 9 -> members("SMISMEMBER");
      case 10 -> words(pick("SCARD", "SMEMBERS"), key());
      case 11, 12 -> words("SMOVE", key(), key(), member());
      case 13, 14, 15 -> keys(pick("SINTER", "SUNION", "SDIFF"), List.of());
      case 16, 17 -> keys(pick("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"), List.of(key()));
      case 18 -> interCard();
      case 19 -> words("SSCAN", key(), "0");
      case 20 -> byChance();
      case 21 -> words("OBJECT", "ENCODING", key());
      case 22, 23 -> wholeKey();
      case 24 -> random.nextBoolean() ? rare() : transaction();
      default -> illFormed();
    };
  }

  private String[] byChance() {
    return switch (random.nextInt(6)) {
      case 0 -> words("SRANDMEMBER", key());
      case 1 -> words("SRANDMEMBER", key(), "" + (random.nextInt(80) - 40));
      case 2 -> words("SPOP", key());
      case 3 -> words("SPOP", key(), "" + random.nextInt(60));
      case 4 -> words("SPOP", key(), pick(NUMBERS));
      default -> words("SRANDMEMBER", key(), pick("x", "", "-0", "007", "-9223372036854775808"));
    };
  }

  private String[] interCard() {
    int count = 1 + random.nextInt(3);
    List<String> words = new ArrayList<>(List.of("SINTERCARD"));
    words.add(random.nextInt(6) == 0 ? pick(NUMBERS) : "" + count);
    for (int i = 0; i < count; i++) {
      words.add(key());
    }
    if (random.nextInt(3) == 0) {
      words.add(pick("LIMIT", "limit", "bogus"));
      words.add(random.nextInt(3) == 0 ? pick(NUMBERS) : "" + random.nextInt(20));
    }
    return words.toArray(String[]::new);
  }

  private String[] wholeKey() {
    return switch (random.nextInt(16)) {
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
      default -> words(pick("GETSET", "SETNX"), key(), member());
    };
  }

  private String[] rare() {
    return switch (random.nextInt(20)) {
      case 0 -> words("FLUSHDB");
      case 1 -> words("FLUSHALL");
      case 2, 3 -> words("SWAPDB", "0", "1");
      case 4, 5, 6, 7, 8 ->
          words("CONFIG", "SET", "set-max-intset-entries", pick("0", "2", "10", "512"));
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
    return switch (random.nextInt(10)) {
      case 0 -> words(pick("SADD", "SREM", "SISMEMBER", "SMISMEMBER", "SMOVE", "SSCAN"), key());
      case 1 -> words("SCARD", key(), key());
      case 2 -> words("SSCAN", key(), pick("x", "-", " 1", "99999999999999999999"));
      case 3 -> words("SSCAN", key(), "0", pick("COUNT", "MATCH", "TYPE"), pick("0", "x"), "y");
      case 4 -> words("SPOP", key(), "1", "2");
      case 5 -> words("SRANDMEMBER", key(), "1", "2");
      case 6 -> words("SINTERCARD", pick(NUMBERS), key());
      case 7 -> words("SINTERCARD", "1", key(), "LIMIT");
      case 8 -> words("SINTERCARD", "2", key(), "LIMIT", "1");
      default -> words(pick("SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE", "SINTERCARD"), key());
    };
  }

  private String[] keys(String command, List<String> first) {
    List<String> words = new ArrayList<>(List.of(command));
    words.addAll(first);
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      words.add(key());
    }
    return words.toArray(String[]::new);
  }

  private String[] members(String command) {
    List<String> words = new ArrayList<>(List.of(command, key()));
    int most = random.nextInt(8) == 0 ? 200 : 5;
    boolean integers = random.nextInt(3) != 0;
    for (int i = 1 + random.nextInt(most); i > 0; i--) {
      words.add(integers ? integer() : member());
    }
    return words.toArray(String[]::new);
  }

  private String key() {
    return pick("a", "b", "c", "d", "a", "b", "e", "none", "\0\u00ff\r\n");
  }

  private String integer() {
    return random.nextInt(20) == 0
        ? pick("9223372036854775807", "-9223372036854775808", "-1", "0", "-100", "100")
        : "" + (random.nextInt(random.nextBoolean() ? 30 : 400) - 20);
  }

  private String member() {
    return switch (random.nextInt(10)) {
      case 0 -> "";
      case 1 -> "m".repeat(random.nextInt(200));
      case 2 -> "\0\u00ff\r\n" + random.nextInt(10);
      case 3 -> pick(NUMBERS);
      case 4, 5 -> integer();
      default -> "m" + random.nextInt(random.nextBoolean() ? 20 : 300);
    };
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private static String[] words(String... words) {
    return words;
  }
}

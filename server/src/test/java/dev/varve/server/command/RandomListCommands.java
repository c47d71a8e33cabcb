package dev.varve.server.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random commands on lists, and on keys that may hold some, many of them ill-formed. */
final class RandomListCommands {
  private static final String[] NUMBERS = {
    "0",
    "1",
    "-1",
    "2",
    "10",
    "007",
    "+5",
    "3.0",
    " 7",
    "",
    "abc",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "-30",
    "300"
  };

  private static final String[] TIMEOUTS = {
    "",
    "abc",
    "-1",
    "-0.5",
    " 1",
    "1 ",
    "inf",
    "-inf",
    "nan",
    "1e4932",
    "9223372036854775807",
    "1e5000",
    "0x",
    "--1"
  };

  private final Random random;
  private boolean queueing;

  RandomListCommands(long seed) {
    random = new Random(seed);
  }

  String[] next() {
    String[] command = anyNext();
    return queueing && command[0].equals("SWAPDB") ? words("LLEN", key()) : command;
  }

  private String[] anyNext() {
    return switch (random.nextInt(30)) {
      case 0, 1, 2, 3, 4, 5 -> elements(pick("LPUSH", "RPUSH", "rpush", "LPUSHX", "RPUSHX"));
      case 6, 7, 8 -> pops();
      case 9 -> words("LLEN", key());
      case 10 -> words("LINDEX", key(), index());
      case 11, 12 -> words("LSET", key(), index(), element());
      case 13, 14 -> words("LRANGE", key(), index(), index());
      case 15 -> words("LRANGE", key(), "0", "-1");
      case 16 -> trim();
      case 17, 18, 19 ->
          words("LINSERT", key(), pick("BEFORE", "after", "BEFORE", "near"), element(), element());
      case 20, 21 -> words("LREM", key(), "" + (random.nextInt(7) - 3), element());
      case 22 -> position();
      case 23 -> move();
      case 24 -> manyPop("LMPOP", List.of());
      case 25, 26 -> wholeKey();
      case 27 -> waiting();
      case 28 -> random.nextBoolean() ? rare() : transaction();
      default -> illFormed();
    };
  }

  private String[] pops() {
    String command = pick("LPOP", "RPOP");
    return switch (random.nextInt(8)) {
      case 0, 1, 2, 3 -> words(command, key());
      case 4 -> words(command, key(), pick(NUMBERS));
      default -> words(command, key(), "" + random.nextInt(60));
    };
  }

  private String[] trim() {
    int cut = random.nextInt(40);
    return switch (random.nextInt(6)) {
      case 0 -> words("LTRIM", key(), index(), index());
      case 1, 2 -> words("LTRIM", key(), "" + cut, "-1");
      case 3, 4 -> words("LTRIM", key(), "0", "-" + (cut + 1));
      default -> words("LTRIM", key(), "" + cut, "-" + (1 + random.nextInt(40)));
    };
  }

  private String[] position() {
    List<String> words = new ArrayList<>(List.of("LPOS", key(), element()));
    for (String option : List.of("RANK", "COUNT", "MAXLEN", "bogus")) {
      if (random.nextInt(option.equals("bogus") ? 30 : 3) == 0) {
        words.add(option);
        String number = random.nextInt(8) == 0 ? pick(NUMBERS) : "" + (random.nextInt(12) - 3);
        // Redis 7.0 handles the least number wrongly.
        words.add(number.equals("" + Long.MIN_VALUE) ? "1" : number);
      }
    }
    if (random.nextInt(20) == 0) {
      words.add(pick("RANK", "COUNT"));
    }
    return words.toArray(String[]::new);
  }

  private String[] move() {
    return random.nextInt(3) == 0
        ? words("RPOPLPUSH", key(), key())
        : words("LMOVE", key(), key(), side(), side());
  }

  private String side() {
    return random.nextInt(20) == 0 ? "up" : pick("LEFT", "RIGHT", "left", "right");
  }

  private String[] manyPop(String command, List<String> first) {
    List<String> words = new ArrayList<>(List.of(command));
    words.addAll(first);
    int keys = 1 + random.nextInt(3);
    words.add(random.nextInt(8) == 0 ? pick(NUMBERS) : "" + keys);
    for (int i = 0; i < keys; i++) {
      words.add(key());
    }
    words.add(side());
    while (random.nextInt(3) == 0) {
      words.add(pick("COUNT", "count", "COUNT", "bogus"));
      words.add(random.nextInt(4) == 0 ? pick(NUMBERS) : "" + random.nextInt(20));
    }
    return words.toArray(String[]::new);
  }

  /** They never wait: those that might are queued. */
  private String[] waiting() {
    String timeout = queueing && random.nextInt(4) != 0 ? pick("0", "0.1", "1") : pick(TIMEOUTS);
    return switch (random.nextInt(4)) {
      case 0 -> words(pick("BLPOP", "BRPOP"), key(), key(), timeout);
      case 1 -> words("BLMOVE", key(), key(), side(), side(), timeout);
      case 2 -> words("BRPOPLPUSH", key(), key(), timeout);
      default -> manyPop("BLMPOP", List.of(timeout));
    };
  }

  private String[] wholeKey() {
    return switch (random.nextInt(17)) {
      case 0 -> words("SET", key(), element());
      case 1 -> words("GET", key());
      case 2 -> words("DEL", key());
      // Members may not be as long as elements here.
      case 3 -> words("SADD", key(), "e" + random.nextInt(20));
      case 4 -> words("UNLINK", key(), key());
      case 5, 6 -> words("RENAME", key(), key());
      case 7 -> words("RENAMENX", key(), key());
      case 8, 9, 10 -> words("COPY", key(), key(), "REPLACE");
      case 11 -> words("COPY", key(), key(), "DB", pick("0", "1"));
      case 12 -> words("MOVE", key(), pick("0", "1"));
      case 13 -> words("EXPIRE", key(), pick("100000", "200000", "0", "-1"));
      case 14 -> words("PERSIST", key());
      case 15 -> words("TYPE", key());
      default -> words("OBJECT", "ENCODING", key());
    };
  }

  private String[] rare() {
    return switch (random.nextInt(16)) {
      case 0 -> words("FLUSHDB");
      case 1 -> words("FLUSHALL");
      case 2, 3 -> words("SWAPDB", "0", "1");
      case 4, 5, 6, 7 -> words("SELECT", pick("0", "1"));
      default -> elements("RPUSH");
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
    return switch (random.nextInt(8)) {
      case 0 -> words(pick("LPUSH", "RPUSHX", "LINDEX", "LREM", "LPOS", "BLPOP"), key());
      case 1 -> words("LLEN", key(), key());
      case 2 -> words(pick("LPOP", "RPOP"), key(), "1", "2");
      case 3 -> words("LINDEX", key(), pick(NUMBERS));
      case 4 -> words("LSET", key(), pick(NUMBERS), element());
      case 5 -> words(pick("LRANGE", "LTRIM"), key(), pick(NUMBERS), pick("0", "x"));
      case 6 -> words("LREM", key(), pick(NUMBERS), element());
      default -> words(pick("LMOVE", "RPOPLPUSH", "LMPOP", "BLMPOP", "BLMOVE"), key(), key());
    };
  }

  private String[] elements(String command) {
    List<String> words = new ArrayList<>(List.of(command, key()));
    int most = random.nextInt(8) == 0 ? 200 : 5;
    for (int i = 1 + random.nextInt(most); i > 0; i--) {
      words.add(element());
    }
    return words.toArray(String[]::new);
  }

  private String key() {
    return pick("a", "b", "c", "d", "a", "b", "e", "none", "\0\u00ff\r\n");
  }

  private String index() {
    return "" + (random.nextInt(random.nextBoolean() ? 20 : 400) - (random.nextInt(3) * 100));
  }

  private String element() {
    return switch (random.nextInt(20)) {
      case 0 -> "";
      case 1 -> "l".repeat(random.nextInt(200));
      case 2 -> "\0\u00ff\r\n" + random.nextInt(10);
      case 3 -> "L".repeat(random.nextInt(20) == 0 ? 5000 : 900);
      case 4 -> "" + (char) ('M' + random.nextInt(8)) + "m".repeat(300 + random.nextInt(5) * 50);
      case 5 -> "" + random.nextInt(30);
      default -> "e" + random.nextInt(random.nextBoolean() ? 20 : 300);
    };
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private static String[] words(String... words) {
    return words;
  }
}

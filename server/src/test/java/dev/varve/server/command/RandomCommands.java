package dev.varve.server.command;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Random commands on few keys, many of them ill-formed, whose replies follow from the ones before.
 */
final class RandomCommands {
  private static final String[] SINGLE_KEY = {
    "GET",
    "GETDEL",
    "STRLEN",
    "INCR",
    "DECR",
    "TTL",
    "PTTL",
    "EXPIRETIME",
    "PEXPIRETIME",
    "PERSIST",
    "TYPE"
  };
  private static final String[] MANY_KEYS = {"DEL", "UNLINK", "EXISTS", "TOUCH", "MGET"};
  private static final String[] EXPIRE = {"EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"};
  private static final String[] SET_OPTIONS = {
    "NX", "xx", "GET", "KEEPTTL", "EX", "PX", "EXAT", "PXAT", "PERSIST", "bogus"
  };
  private static final String[] GETEX_OPTIONS = {
    "PERSIST", "EX", "px", "EXAT", "PXAT", "KEEPTTL", "NX"
  };
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
    "-0",
    "0x1F",
    "inf",
    "nan",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "0.1",
    "-2.5e-3",
    "1e4000",
    "12345678901234567890",
    "1.7976931348623157e308",
    "3.14159265358979323846"
  };

  /** What is refused as a time, or is long past or far off. */
  private static final String[] ODD_TIMES = {
    "0",
    "-1",
    "007",
    "+5",
    "3.0",
    "",
    "abc",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "9223372036854776"
  };

  private final Random random;
  private long relativeTimes;

  RandomCommands(long seed) {
    random = new Random(seed);
  }

  String[] next() {
    return switch (random.nextInt(26)) {
      case 0, 1, 2 -> words(pick(SINGLE_KEY), key());
      case 3, 4, 5, 6 -> options(words("SET", key(), value()), SET_OPTIONS, 3);
      case 7 -> options(words("GETEX", key()), GETEX_OPTIONS, 2);
      case 8, 9 -> many(pick(MANY_KEYS), false);
      case 10 -> many(random.nextBoolean() ? "MSET" : "MSETNX", true);
      case 11, 12, 13 -> expire();
      case 14 -> words(random.nextBoolean() ? "INCRBY" : "decrby", key(), pick(NUMBERS));
      case 15 -> words("INCRBYFLOAT", key(), pick(NUMBERS));
      case 16 -> words("APPEND", key(), value());
      case 17 -> words("SETRANGE", key(), small(), value());
      case 18 -> words(random.nextBoolean() ? "GETRANGE" : "SUBSTR", key(), small(), small());
      case 19 -> words(random.nextBoolean() ? "SETNX" : "GETSET", key(), value());
      case 20 -> words(random.nextBoolean() ? "SETEX" : "PSETEX", key(), seconds(), value());
      case 21 -> words(random.nextBoolean() ? "RENAME" : "RENAMENX", key(), key());
      case 22 -> rare();
      case 23 -> copy();
      case 24 -> words("MOVE", key(), database());
      default -> illFormed();
    };
  }

  private String[] copy() {
    List<String> words = new ArrayList<>(List.of("COPY", key(), key()));
    for (int i = random.nextInt(4); i > 1; i--) {
      switch (random.nextInt(5)) {
        case 0, 1 -> words.add("replace");
        case 2, 3 -> words.addAll(List.of("DB", database()));
        default -> words.add(pick("DB", "NX"));
      }
    }
    return words.toArray(String[]::new);
  }

  private String[] rare() {
    return switch (random.nextInt(8)) {
      case 0 -> words("FLUSHDB");
      case 1 -> words("FLUSHALL", pick("SYNC", "async", "bogus"));
      case 2 -> words("SWAPDB", database(), database());
      case 3 -> words("DBSIZE");
      case 4, 5 -> words("SELECT", database());
      case 6 -> words("PING", value());
      default -> words("ECHO", value());
    };
  }

  private String[] illFormed() {
    return switch (random.nextInt(9)) {
      case 0 -> words(pick(SINGLE_KEY));
      case 1 -> words(pick(SINGLE_KEY), key(), key(), key(), "x", "y");
      case 2 -> words("noSuch" + random.nextInt(3), key(), value(), "a\r\nb", "c\0d");
      case 3 -> words("CLIENT", "noSuch");
      case 4 -> words("CONFIG", "NOSUCH", "x");
      case 5 -> words("MSET", key());
      case 6 -> words("PING", "a", "b");
      case 7 -> words("SCAN", pick("x", "-", "1x", " 1", "99999999999999999999"));
      default -> words("SCAN", "0", pick("COUNT", "MATCH", "TYPE", "x"), pick("0", "-1", "x"), "y");
    };
  }

  private String[] expire() {
    String command = pick(EXPIRE);
    List<String> words = new ArrayList<>(List.of(command, key()));
    boolean absolute = command.endsWith("AT");
    boolean milliseconds = command.startsWith("P");
    long seconds = absolute ? 4_000_000_000L + random.nextInt(5) * 1000L : relative();
    words.add(
        switch (random.nextInt(10)) {
          case 0 -> "-1";
          case 1 -> pick(ODD_TIMES);
          default -> "" + (milliseconds ? seconds * 1000 : seconds);
        });
    for (int i = random.nextInt(4); i > 1; i--) {
      words.add(pick("NX", "xx", "GT", "LT", "bogus"));
    }
    return words.toArray(String[]::new);
  }

  /**
   * Never the same twice: two servers' clocks needn't agree on which of two equal ones is later.
   */
  private long relative() {
    relativeTimes += 7;
    return 1_000_000L + (random.nextBoolean() ? relativeTimes : -relativeTimes);
  }

  private String[] options(String[] command, String[] choices, int most) {
    List<String> words = new ArrayList<>(Arrays.asList(command));
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      String option = pick(choices);
      words.add(option);
      if (option.matches("(?i)(ex|px)(at)?") && random.nextInt(12) != 0) {
        words.add(
            random.nextInt(6) == 0
                ? pick(ODD_TIMES)
                : option.length() > 2 ? "4000000000000" : "100000");
      }
    }
    return words.toArray(String[]::new);
  }

  private String[] many(String command, boolean values) {
    List<String> words = new ArrayList<>(List.of(command));
    int most = random.nextInt(10) == 0 ? 40 : 5;
    for (int i = 1 + random.nextInt(most); i > 0; i--) {
      words.add(key());
      if (values) {
        words.add(value());
      }
    }
    return words.toArray(String[]::new);
  }

  private String key() {
    return pick("a", "b", "c", "d", "e", "\0\u00ff\r\n", "", "long".repeat(30));
  }

  private String value() {
    return switch (random.nextInt(4)) {
      case 0 -> pick(NUMBERS);
      case 1 -> "" + random.nextInt(1000);
      case 2 -> "v".repeat(random.nextInt(200));
      default -> "\u0000\u0080\u00ff\r\n" + random.nextInt(10);
    };
  }

  private String seconds() {
    return random.nextInt(4) == 0 ? pick(ODD_TIMES) : "100000";
  }

  private String small() {
    return random.nextInt(8) == 0 ? pick(NUMBERS) : "" + (random.nextInt(40) - 15);
  }

  private String database() {
    return pick("0", "1", "2", "15", "16", "-1", "x", "99999999999");
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private static String[] words(String... words) {
    return words;
  }
}

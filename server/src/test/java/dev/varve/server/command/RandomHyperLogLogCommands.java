package dev.varve.server.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random commands on HyperLogLogs and on strings that look like some, many of them ill-formed. */
final class RandomHyperLogLogCommands {
  private final Random random;

  RandomHyperLogLogCommands(long seed) {
    random = new Random(seed);
  }

  String[] next() {
    return switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4, 5 -> add();
      case 6, 7 -> words("PFCOUNT", key());
      case 8, 9 -> keys("PFCOUNT");
      case 10 -> keys("PFMERGE");
      case 11, 12, 13 -> words("GET", key());
      case 14 -> words("PFDEBUG", pick("ENCODING", "decode", "GETREG", "encoding", "x", ""), key());
      case 15 -> words(pick("DEL", "STRLEN", "TTL", "PFDEBUG"), key());
      case 16 -> damage();
      case 17 -> other();
      case 18 -> words("PFDEBUG", random.nextInt(4) == 0 ? "TODENSE" : "ENCODING", key());
      default -> illFormed();
    };
  }

  private String[] add() {
    List<String> words = new ArrayList<>(List.of(pick("PFADD", "pfadd"), key()));
    int most = random.nextInt(8) == 0 ? 600 : 12;
    int range = random.nextBoolean() ? 300 : 100_000;
    for (int i = random.nextInt(most); i > 0; i--) {
      words.add(
          switch (random.nextInt(12)) {
            case 0 -> "";
            case 1 -> "long".repeat(random.nextInt(40)) + random.nextInt(range);
            case 2 -> "\0\u00ff\u0080".substring(random.nextInt(3)) + random.nextInt(range);
            default -> "" + random.nextInt(range);
          });
    }
    return words.toArray(String[]::new);
  }

  private String[] keys(String command) {
    List<String> words = new ArrayList<>(List.of(command));
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      words.add(key());
    }
    return words.toArray(String[]::new);
  }

  /**
   * Returns a command on one key alone, which is made anew afterwards: in Redis, part of a refused
   * PFADD stays.
   */
  private String[] damage() {
    return switch (random.nextInt(8)) {
      case 0 -> words("APPEND", "bad", "hello");
      case 1 -> words("SETRANGE", "bad", "0", "0123");
      case 2 -> words("SETRANGE", "bad", "4", pick("\1", "\2", "\0"));
      case 3 ->
          words("SET", "bad", "HYLL\1" + "\0".repeat(11) + pick("\u007f", "\u007f\u00fe", ""));
      case 4 -> words("SET", "bad", "HYLL\0" + "\0".repeat(11 + random.nextInt(3) * 6144));
      case 5 -> words("PFCOUNT", "bad");
      case 6 -> words("PFMERGE", "bad", "a");
      default -> words("DEL", "bad");
    };
  }

  private String[] other() {
    return switch (random.nextInt(6)) {
      case 0 -> words("SADD", "set", "x");
      case 1 -> words("EXPIRE", key(), "100000");
      case 2 -> words("CONFIG", "SET", "hll-sparse-max-bytes", pick("30", "100", "3000", "20000"));
      case 3 -> words("COPY", key(), key(), "REPLACE");
      case 4 -> words("PFCOUNT", "set");
      default -> words("SET", key(), pick("", "1", "12345678901234567", "HYLL", "x".repeat(20)));
    };
  }

  private String[] illFormed() {
    return switch (random.nextInt(5)) {
      case 0 -> words(pick("PFADD", "PFCOUNT", "PFMERGE", "PFDEBUG"));
      case 1 -> words("PFDEBUG", "ENCODING");
      case 2 -> words("PFDEBUG", "ENCODING", key(), "x");
      case 3 -> words("PFSELFTEST", "x");
      default -> words(pick("PFADD", "PFCOUNT", "PFMERGE"), "set", "a");
    };
  }

  private String key() {
    return pick("a", "b", "c", "d", "e");
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private static String[] words(String... words) {
    return words;
  }
}

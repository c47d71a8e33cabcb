package dev.varve.integration.peer;

import java.util.SplittableRandom;

/**
 * Random arguments by kind: few keys, so that commands meet; of numbers and times more odd ones
 * than life has. Text stands for bytes: Latin-1.
 */
final class RandomWords {
  /** All keys that there are. */
  static final String[] KEYS = {
    "",
    "a",
    "b",
    "c",
    "A",
    "key:1",
    "key:2",
    "key:10",
    "h[e]llo*",
    "h\\?llo",
    "\0\u00ff\r\n",
    "with blank",
    "\"quoted'",
    "\u00c3\u00a9\u0080\u0001\t",
    "long:" + "k".repeat(300),
  };

  private static final String[] ODD_NUMBERS = {
    "",
    " ",
    "-",
    "+",
    "+5",
    "007",
    "-0",
    "1 ",
    " 1",
    "1x",
    "x",
    "1.0",
    "1e3",
    "0x10",
    "1_000",
    "nan",
    "-nan",
    "inf",
    "-inf",
    "+inf",
    "infinity",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "99999999999999999999999",
    "1e400",
    "-1e400",
    "1e-400",
    "1e5000",
    "1.7976931348623157e308",
    "3.0000000000000000000000001",
    "0.1",
    "-.5",
    "5.",
    ".",
    "1e",
    "1\0",
    "\0",
    "\u00b2",
    "00000000000000000001",
    "-00",
    "--1",
    "536870912",
    "536870913",
  };

  /** Times that are refused, or that lie in the past or far off. */
  private static final String[] ODD_TIMES = {
    "0",
    "-1",
    "-9223372036854775808",
    "9223372036854775807",
    "9223372036854775",
    "9223372036854776",
    "-9223372036854776",
    "92233720368547758",
    "9200000000000000",
    "-100000",
  };

  private static final String GLOB_LETTERS = "ahelo[]^-*?\\k:1\u00ff";

  private final SplittableRandom random;
  private long relativeTimes;

  RandomWords(SplittableRandom random) {
    this.random = random;
  }

  /** A word of a kind: what a lower-case word of a template stands for. */
  String word(String kind) {
    return switch (kind) {
      case "key" -> pick(KEYS);
      case "value" -> value();
      case "member" -> pick("a", "b", "c", "1", "2", "", "m" + random.nextInt(8), "\u00ff\0");
      case "score" -> chance(4) ? decimal() : "" + (random.nextInt(20) - 10);
      case "limit" -> pick("", "", "(") + pick("-inf", "+inf", "0", "-5", "5", decimal());
      case "lex" -> pick("-", "+", "[", "(", "[a", "(b", "[m5", "(m", "x", "");
      case "longitude" -> chance(8) ? decimal() : "" + (random.nextInt(3600) - 1800) / 10.0;
      case "latitude" -> chance(8) ? decimal() : "" + (random.nextInt(1700) - 850) / 10.0;
      case "stream-id" -> streamId();
      case "bit-type" ->
          pick("u", "i", "u", "i", "x", "") + (chance(6) ? integer() : random.nextInt(70));
      case "rank" -> "" + (random.nextInt(12) - 6);
      case "int" -> integer();
      case "offset" -> chance(8) ? integer() : "" + (random.nextInt(60) - 15);
      case "write-offset" -> writeOffset();
      case "float" -> decimal();
      case "seconds" -> relativeTime(1);
      case "millis" -> relativeTime(1000);
      case "unix-seconds" -> absoluteTime(1);
      case "unix-millis" -> absoluteTime(1000);
      case "db" ->
          chance(6) ? pick("16", "-1", "99999999999", "", "x", "1.0") : pick("0", "1", "2");
      case "pattern" -> pattern();
      case "sort-pattern" -> pick("a*", "key:*", "*", "*->a", "key:*->1", "*->");
      case "text" -> text();
      case "cursor" -> chance(4) ? pick("x", "-1", "", "1x", "99999999999999999999") : "0";
      case "count" -> chance(4) ? pick("0", "-1", "x", "", "99999999999999999999") : "1000";
      case "type" -> pick("string", "STRING", "hash", "list", "nosuch", "");
      case "protover" -> chance(4) ? pick("1", "4", "x", "", "2.0", "-3", "02") : pick("2", "3");
      case "name" -> pick("me", "caf\u00e9", "with blank", "", "new\nline", "~!}", "\u007f");
      case "command-name" -> commandName();
      default -> throw new IllegalArgumentException(kind);
    };
  }

  /** A number that most commands refuse. */
  String oddNumber() {
    return pick(ODD_NUMBERS);
  }

  /** Up to so many bytes of any value but zero. */
  String bytes(int most) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      text.append((char) (1 + random.nextInt(255)));
    }
    return text.toString();
  }

  private String value() {
    return switch (random.nextInt(8)) {
      case 0, 1 -> "" + random.nextInt(1000);
      case 2 -> pick(ODD_NUMBERS);
      case 3 -> "v".repeat(random.nextInt(200));
      case 4 -> chance(10) ? "V".repeat(random.nextInt(60_000)) : "";
      case 5 -> decimal();
      case 6 -> bytes(20);
      default -> "\0\u0080\u00ff\r\n$5\r\n" + random.nextInt(10);
    };
  }

  private String integer() {
    return switch (random.nextInt(4)) {
      case 0 -> pick(ODD_NUMBERS);
      case 1 -> "" + random.nextLong();
      default -> "" + (random.nextInt(200) - 100);
    };
  }

  private String decimal() {
    return switch (random.nextInt(5)) {
      case 0 -> pick(ODD_NUMBERS);
      case 1 -> "" + random.nextLong();
      case 2 -> "" + random.nextDouble();
      case 3 -> (random.nextInt(200) - 100) + "e" + (random.nextInt(40) - 20);
      default -> "" + (random.nextInt(20_000) - 10_000) / 100.0;
    };
  }

  /** None that the servers' clocks have a part in, nor one that later versions of Redis take. */
  private String streamId() {
    return chance(8)
        ? pick(ODD_NUMBERS).replaceFirst("^[+]$", "")
        : random.nextInt(20) + pick("", "-0", "-1", "-2", "-" + random.nextInt(5));
  }

  private String writeOffset() {
    return chance(6) ? integer() : "" + random.nextInt(60);
  }

  /**
   * Never the same twice: which of two equal ones is later would be up to the servers' clocks, as
   * would be whether one near to the limit is beyond it.
   */
  private String relativeTime(long unit) {
    if (chance(4)) {
      return chance(2) ? pick(ODD_TIMES) : pick(ODD_NUMBERS);
    }
    relativeTimes += 7;
    return "" + (1_000_000L + (chance(2) ? relativeTimes : -relativeTimes)) * unit;
  }

  private String absoluteTime(long unit) {
    if (chance(4)) {
      return chance(2) ? pick(ODD_TIMES) : pick(ODD_NUMBERS);
    }
    return "" + (4_000_000_000L + random.nextInt(5) * 1000L) * unit;
  }

  private String pattern() {
    StringBuilder pattern = new StringBuilder(pick("", "", "a", "key:", "h", "*"));
    for (int i = random.nextInt(5); i > 0; i--) {
      pattern.append(GLOB_LETTERS.charAt(random.nextInt(GLOB_LETTERS.length())));
    }
    return pattern.toString();
  }

  private String text() {
    return switch (random.nextInt(5)) {
      case 0 -> "";
      case 1 -> bytes(200);
      case 2 -> "a\0b\r\nc";
      default -> "text" + random.nextInt(100);
    };
  }

  /** Returns the name of a command that both servers have, or that neither has. */
  private String commandName() {
    return pick(
        "get",
        "SET",
        "MSet",
        "del",
        "rename",
        "expire",
        "scan",
        "keys",
        "ping",
        "hello",
        "shutdown",
        "copy",
        "info",
        "append",
        "bitfoo",
        "",
        "client|id",
        "config|get",
        "get|bogus",
        "client|bogus",
        "object|encoding",
        "memory|usage",
        "command|docs",
        "incrbyfloat",
        "getrange",
        "auth",
        "|",
        "x|");
  }

  String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  boolean chance(int of) {
    return random.nextInt(of) == 0;
  }
}

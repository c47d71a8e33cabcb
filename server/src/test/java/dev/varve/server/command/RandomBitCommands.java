package dev.varve.server.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random commands on bits of strings, and LCS, many of them ill-formed. */
final class RandomBitCommands {
  private static final String[] ODD_NUMBERS = {
    "",
    "-1",
    "+1",
    " 1",
    "1 ",
    "01",
    "1x",
    "1.0",
    "abc",
    "#",
    "#-1",
    "#1x",
    "##1",
    "#9223372036854775807",
    "#288230376151711744",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808"
  };
  private static final String[] OPERANDS = {
    "0",
    "1",
    "-1",
    "127",
    "128",
    "-128",
    "-129",
    "255",
    "256",
    "65535",
    "4611686018427387904",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775806"
  };

  private final Random random;

  RandomBitCommands(long seed) {
    random = new Random(seed);
  }

  String[] next() {
    return switch (random.nextInt(22)) {
      case 0, 1, 2 -> words("SETBIT", key(), offset(), pick("0", "1"));
      case 3 -> words("GETBIT", key(), offset());
      case 4, 5 -> range(new ArrayList<>(List.of("BITCOUNT", key())), 0);
      case 6, 7, 8 -> range(new ArrayList<>(List.of("BITPOS", key(), pick("0", "1"))), 1);
      case 9, 10 -> operation();
      case 11, 12, 13, 14 -> fields(random.nextInt(6) == 0 ? "BITFIELD_RO" : "BITFIELD");
      case 15 -> words("GET", key());
      case 16 -> words("SET", key(), value());
      case 17 -> words(pick("DEL", "STRLEN", "TTL", "TYPE", "PERSIST"), key());
      case 18 -> other();
      case 19, 20 -> commonSubsequence();
      default -> illFormed();
    };
  }

  private String[] range(List<String> words, int least) {
    int given = random.nextInt(4) == 0 ? 0 : 2;
    if (least > 0 && random.nextInt(4) == 0) {
      given = 1;
    }
    for (int i = 0; i < given; i++) {
      words.add(place());
    }
    if (given == 2 && random.nextBoolean()) {
      words.add(pick("BIT", "BYTE", "bit", "byte", random.nextInt(4) == 0 ? "bits" : "Bit"));
    }
    return words.toArray(String[]::new);
  }

  private String place() {
    return switch (random.nextInt(12)) {
      case 0 -> pick(ODD_NUMBERS);
      case 1, 2, 3, 4 -> "" + (random.nextInt(40) - 20);
      default -> "" + (random.nextInt(2400) - 1200);
    };
  }

  private String[] operation() {
    List<String> words =
        new ArrayList<>(List.of("BITOP", pick("AND", "OR", "XOR", "NOT", "and", "xOr"), key()));
    int sources = words.get(1).equals("NOT") && random.nextInt(5) != 0 ? 1 : 1 + random.nextInt(5);
    for (int i = 0; i < sources; i++) {
      words.add(key());
    }
    return words.toArray(String[]::new);
  }

  private String[] fields(String command) {
    List<String> words = new ArrayList<>(List.of(command, key()));
    for (int i = random.nextInt(6); i > 0; i--) {
      switch (random.nextInt(4)) {
        case 0 -> words.addAll(List.of("OVERFLOW", pick("WRAP", "SAT", "FAIL", "sat", "fail")));
        case 1 -> words.addAll(List.of("GET", type(), fieldOffset()));
        case 2 -> words.addAll(List.of("SET", type(), fieldOffset(), operand()));
        default -> words.addAll(List.of("incrby", type(), fieldOffset(), operand()));
      }
    }
    return words.toArray(String[]::new);
  }

  private String type() {
    if (random.nextInt(30) == 0) {
      return pick("", "u", "i", "u0", "i0", "u64", "i65", "x8", "u 8", "u08", "u8\0x", "U8");
    }
    return pick("u", "i") + (1 + random.nextInt(63));
  }

  private String fieldOffset() {
    return switch (random.nextInt(20)) {
      case 0 -> pick(ODD_NUMBERS);
      case 1, 2, 3, 4, 5, 6 -> "#" + random.nextInt(20);
      default -> "" + random.nextInt(300);
    };
  }

  private String operand() {
    return switch (random.nextInt(16)) {
      case 0 -> pick(ODD_NUMBERS);
      case 1, 2, 3 -> pick(OPERANDS);
      case 4, 5 -> "" + random.nextLong();
      default -> "" + (random.nextInt(600) - 300);
    };
  }

  private String offset() {
    return switch (random.nextInt(14)) {
      case 0 -> pick(ODD_NUMBERS);
      case 1 -> "" + random.nextInt(20_000);
      default -> "" + random.nextInt(900);
    };
  }

  private String[] other() {
    return switch (random.nextInt(6)) {
      case 0 -> words("SADD", "set", "x");
      case 1 -> words("EXPIRE", key(), pick("-1", "100000"));
      case 2 -> words("SETRANGE", key(), "" + random.nextInt(50), value());
      case 3 -> words("APPEND", key(), value());
      case 4 -> words("INCR", key());
      default -> words("COPY", key(), key(), "REPLACE");
    };
  }

  private String[] commonSubsequence() {
    List<String> words =
        new ArrayList<>(List.of("LCS", pick("l", "m", key()), pick("l", "m", key())));
    if (random.nextBoolean()) {
      return words("SET", pick("l", "m"), letters());
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      switch (random.nextInt(6)) {
        case 0 -> words.add("LEN");
        case 1 -> words.addAll(List.of("MINMATCHLEN", "" + random.nextInt(5)));
        case 2 -> words.add("WITHMATCHLEN");
        case 3 -> words.add(pick("bogus", "MINMATCHLEN", "len", "idx"));
        default -> words.add("IDX");
      }
    }
    return words.toArray(String[]::new);
  }

  private String letters() {
    StringBuilder text = new StringBuilder();
    int kinds = 2 + random.nextInt(5);
    for (int i = random.nextInt(120); i > 0; i--) {
      text.append((char) ('a' + random.nextInt(kinds)));
    }
    return text.toString();
  }

  private String[] illFormed() {
    return switch (random.nextInt(9)) {
      case 0 -> words(pick("SETBIT", "GETBIT", "BITCOUNT", "BITPOS", "BITFIELD", "BITOP"));
      case 1 -> words(pick("SETBIT", "BITPOS", "BITCOUNT", "BITFIELD"), key(), "1");
      case 2 -> words("BITCOUNT", key(), "1", "2", "BIT", "x");
      case 3 -> words("BITPOS", key(), pick("2", "-1", "x", ""), "1", "2", "BIT");
      case 4 -> words("BITOP", pick("NAND", "", "NOT"), key(), key(), key());
      case 5 -> words("SETBIT", key(), offset(), pick("2", "-1", "x", "", "01"));
      case 6 -> words("BITFIELD", key(), pick("GET", "SET", "OVERFLOW", "INCRBY", "x"), "u8");
      case 7 -> words("BITFIELD", key(), "OVERFLOW", pick("x", "", "WRAP"), "GET", "u8", "0");
      default -> words("BITPOS", key(), "1", "0", "-1", "BIT", "x");
    };
  }

  private String key() {
    return random.nextInt(40) == 0 ? "set" : pick("a", "b", "c", "d", "e", "");
  }

  private String value() {
    return switch (random.nextInt(6)) {
      case 0 -> "" + random.nextInt(100_000);
      case 1 -> "";
      case 2 -> "\u00ff".repeat(random.nextInt(150));
      case 3 -> "\0".repeat(random.nextInt(150)) + (random.nextBoolean() ? "\1" : "");
      default -> bytes(random.nextInt(300));
    };
  }

  private String bytes(int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) random.nextInt(256));
    }
    return text.toString();
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private static String[] words(String... words) {
    return words;
  }
}

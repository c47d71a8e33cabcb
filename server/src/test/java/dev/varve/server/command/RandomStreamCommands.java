package dev.varve.server.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random commands on streams and their groups, and on keys that may hold some, many of them
 * ill-formed. No answer depends on the time.
 */
final class RandomStreamCommands {
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
    "1x",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "-30",
    "300"
  };

  private static final String[] IDS = {
    "-",
    "+",
    "(-",
    "(+",
    "(5",
    "(",
    "*",
    "5-*",
    "0-*",
    "0",
    "0-0",
    "0-1",
    "",
    "-1",
    "5-",
    "5--1",
    "5--0",
    " 5",
    "05-07",
    "+5-+6",
    "5 -1",
    "1x",
    "x-1",
    "1-x",
    "1-2-3",
    "(0",
    "(0-0",
    "(18446744073709551615-18446744073709551615",
    "18446744073709551615-18446744073709551615",
    "18446744073709551616",
    "18446744073709551615",
    "9223372036854775808-9223372036854775808",
    "7-3\0x",
    "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
        + "11111111111111111111111111111111111111111"
  };

  private final Random random;
  private final boolean repeats;
  private long top = 1;
  private boolean queueing;

  /**
   * Makes some.
   *
   * @param repeats whether a command may name a key twice
   */
  RandomStreamCommands(long seed, boolean repeats) {
    random = new Random(seed);
    this.repeats = repeats;
  }

  String[] next() {
    String[] command = anyNext();
    // Here what touches no keys is done after what does.
    boolean isLater = command[0].equals("SWAPDB") || command[0].equals("CONFIG");
    return queueing && isLater ? words("XLEN", key()) : command;
  }

  private String[] anyNext() {
    return switch (random.nextInt(40)) {
      case 0, 1, 2, 3, 4, 5, 6, 7 -> add();
      case 8, 9 -> delete();
      case 10, 11 -> trim();
      case 12 -> words("XLEN", key());
      case 13, 14 -> range();
      case 15, 16 -> words("XINFO", "STREAM", key());
      case 17 -> random.nextInt(4) == 0 ? setId() : words("XINFO", "GROUPS", key());
      case 18, 19 -> read();
      case 20, 21, 22, 23 -> readGroup();
      case 24, 25 -> acknowledge();
      case 26, 27 -> pending();
      case 28, 29 -> claim();
      case 30, 31 -> autoClaim();
      case 32, 33, 34 -> groupCommand();
      case 35 -> words("XINFO", "GROUPS", key());
      case 36 -> wholeKey();
      case 37 -> random.nextInt(3) == 0 ? rare() : transaction();
      default -> illFormed();
    };
  }

  private String[] add() {
    List<String> words = new ArrayList<>(List.of("XADD", key()));
    if (random.nextInt(10) == 0) {
      words.add(pick("NOMKSTREAM", "nomkstream"));
    }
    if (random.nextInt(4) == 0) {
      words.addAll(trimming());
    }
    words.add(newId());
    int fields = random.nextInt(20) == 0 ? random.nextInt(30) : 1 + random.nextInt(3);
    for (int i = 0; i < 2 * fields; i++) {
      words.add(value());
    }
    if (random.nextInt(40) == 0) {
      words.add("odd");
    }
    return words.toArray(String[]::new);
  }

  private String newId() {
    if (random.nextInt(30) == 0) {
      // The time of either is its own.
      String id = pick(IDS);
      return id.equals("*") || id.startsWith("1844") || id.startsWith("9223") ? "1" : id;
    }
    top += random.nextInt(3);
    return random.nextInt(5) == 0 ? top + "-*" : top + "-" + (random.nextInt(2) + top % 7);
  }

  private List<String> trimming() {
    List<String> words = new ArrayList<>();
    boolean byLength = random.nextBoolean();
    words.add(byLength ? pick("MAXLEN", "maxlen") : pick("MINID", "minid"));
    if (random.nextInt(3) > 0) {
      words.add(pick("=", "~", "~", "~"));
    }
    if (random.nextInt(15) == 0) {
      words.add(byLength ? pick(NUMBERS) : pick(IDS));
    } else {
      words.add(byLength ? "" + random.nextInt(60) : id());
    }
    if (random.nextInt(4) == 0) {
      words.add("LIMIT");
      words.add(random.nextInt(6) == 0 ? pick(NUMBERS) : "" + random.nextInt(12));
    }
    if (random.nextInt(30) == 0) {
      words.addAll(trimming());
    }
    return words;
  }

  private String[] trim() {
    List<String> words = new ArrayList<>(List.of("XTRIM", key()));
    words.addAll(trimming());
    return words.toArray(String[]::new);
  }

  private String[] delete() {
    List<String> words = new ArrayList<>(List.of("XDEL", key()));
    addIds(words);
    return words.toArray(String[]::new);
  }

  private void addIds(List<String> words) {
    for (int i = random.nextInt(random.nextInt(10) == 0 ? 30 : 3); i >= 0; i--) {
      words.add(random.nextInt(60) == 0 ? pick(IDS) : id());
    }
  }

  private String[] range() {
    boolean forward = random.nextBoolean();
    List<String> words = new ArrayList<>(List.of(forward ? "XRANGE" : "XREVRANGE", key()));
    String from = random.nextInt(6) == 0 ? pick(IDS) : pick("-", "-", id(), "(" + id());
    String to = random.nextInt(6) == 0 ? pick(IDS) : pick("+", "+", id(), "(" + id());
    words.add(forward ? from : to);
    words.add(forward ? to : from);
    while (random.nextInt(3) == 0) {
      words.add(pick("COUNT", "count", "COUNT", "bogus"));
      words.add(count());
    }
    return words.toArray(String[]::new);
  }

  private String count() {
    return random.nextInt(8) == 0 ? pick(NUMBERS) : "" + random.nextInt(12);
  }

  private String[] setId() {
    List<String> words = new ArrayList<>(List.of("XSETID", key()));
    String high = "" + (top + random.nextInt(3));
    words.add(
        random.nextInt(6) == 0 ? pick(IDS).replaceFirst("^(1844|9223).*", "7") : pick(high, id()));
    if (random.nextInt(4) == 0) {
      words.add("ENTRIESADDED");
      words.add(pick("5", "100", "100000", pick(NUMBERS).replaceFirst("^92.*", "9")));
    }
    if (random.nextInt(4) == 0) {
      words.add(pick("MAXDELETEDID", "maxdeletedid", "bogus"));
      words.add(id());
    }
    return words.toArray(String[]::new);
  }

  private String[] read() {
    List<String> words = new ArrayList<>(List.of("XREAD"));
    addReadOptions(words);
    int keys = 1 + random.nextInt(3);
    words.add(pick("STREAMS", "streams"));
    addKeys(words, keys);
    for (int i = 0; i < keys; i++) {
      String id = random.nextInt(8) == 0 ? pick(IDS) : pick("$", "0", id(), id(), ">");
      // Only Redis 7.4 knows +.
      words.add(id.equals("+") ? "0" : id);
    }
    return words.toArray(String[]::new);
  }

  private void addKeys(List<String> words, int keys) {
    List<String> chosen = new ArrayList<>();
    while (chosen.size() < keys) {
      String key = key();
      if (repeats || !chosen.contains(key)) {
        chosen.add(key);
      }
    }
    words.addAll(chosen);
  }

  private void addReadOptions(List<String> words) {
    if (random.nextInt(2) == 0) {
      words.add(pick("COUNT", "count"));
      words.add(count());
    }
    if (queueing && random.nextInt(3) == 0) {
      words.add("BLOCK");
      words.add(pick("0", "10", pick(NUMBERS)));
    } else if (random.nextInt(12) == 0) {
      words.add("BLOCK");
      words.add(pick("", "x", "-1", "1.5", "9223372036854775808"));
    }
    if (random.nextInt(25) == 0) {
      words.add(pick("NOACK", "bogus", "GROUP"));
    }
  }

  private String[] readGroup() {
    List<String> words = new ArrayList<>(List.of("XREADGROUP", "GROUP", group(), consumer()));
    addReadOptions(words);
    if (random.nextInt(8) == 0) {
      words.add("NOACK");
    }
    int keys = random.nextInt(4) == 0 ? 2 : 1;
    words.add("STREAMS");
    addKeys(words, keys);
    for (int i = 0; i < keys; i++) {
      String id = random.nextInt(20) == 0 ? pick(IDS) : pick(">", ">", ">", ">", "0", id(), "$");
      words.add(id.equals("+") ? ">" : id);
    }
    return words.toArray(String[]::new);
  }

  private String[] acknowledge() {
    List<String> words = new ArrayList<>(List.of("XACK", key(), group()));
    addIds(words);
    return words.toArray(String[]::new);
  }

  /** Without idle times, which pass: what is asked for by them is old or isn't. */
  private String[] pending() {
    if (random.nextInt(2) == 0) {
      return words("XPENDING", key(), group());
    }
    List<String> words = new ArrayList<>(List.of("XPENDING", key(), group()));
    // One that no entry has: entries' answers have idle times.
    words.add("IDLE");
    words.add(random.nextInt(6) == 0 ? pick("", "x", "1.5", "100000000") : "100000000");
    words.add(random.nextInt(6) == 0 ? pick(IDS) : "-");
    words.add(random.nextInt(6) == 0 ? pick(IDS) : "+");
    words.add(count());
    if (random.nextInt(3) == 0) {
      words.add(consumer());
    }
    return words.toArray(String[]::new);
  }

  private String[] claim() {
    List<String> words = new ArrayList<>(List.of("XCLAIM", key(), group(), consumer()));
    words.add(random.nextInt(10) == 0 ? pick("x", "", "-5", "100000000") : "0");
    addIds(words);
    if (random.nextInt(4) == 0) {
      words.add(pick("IDLE", "TIME", "idle"));
      words.add(pick("0", "1000", "-4", "x"));
    }
    if (random.nextInt(4) == 0) {
      words.add("RETRYCOUNT");
      words.add(pick("0", "7", "-4", "x"));
    }
    if (random.nextInt(3) == 0) {
      words.add(pick("FORCE", "force"));
    }
    if (random.nextInt(3) == 0) {
      words.add("JUSTID");
    }
    if (random.nextInt(8) == 0) {
      words.add("LASTID");
      words.add(id());
    }
    if (random.nextInt(20) == 0) {
      words.add(pick("bogus", "IDLE", "LASTID"));
    }
    return words.toArray(String[]::new);
  }

  private String[] autoClaim() {
    List<String> words = new ArrayList<>(List.of("XAUTOCLAIM", key(), group(), consumer()));
    words.add(random.nextInt(10) == 0 ? pick("x", "", "-5", "100000000") : "0");
    words.add(random.nextInt(6) == 0 ? pick(IDS) : pick("0", "-", id(), "(" + id()));
    if (random.nextInt(2) == 0) {
      words.add("COUNT");
      String count = count();
      // So much is asked for at once in Redis.
      words.add(count.startsWith("92") ? "5" : count);
    }
    if (random.nextInt(3) == 0) {
      words.add("JUSTID");
    }
    if (random.nextInt(20) == 0) {
      words.add("bogus");
    }
    return words.toArray(String[]::new);
  }

  private String[] groupCommand() {
    return switch (random.nextInt(12)) {
      case 0, 1, 2, 3 -> groupWithId("CREATE");
      case 4, 5 -> groupWithId("SETID");
      case 6 -> words("XGROUP", "DESTROY", key(), group());
      case 7, 8 -> words("XGROUP", "CREATECONSUMER", key(), group(), consumer());
      case 9 -> words("XGROUP", "DELCONSUMER", key(), group(), consumer());
      case 10 -> words("XGROUP", pick("bogus", "CREATE", "DESTROY", "SETID"), key());
      default -> words("XINFO", "CONSUMERS", key(), "none");
    };
  }

  private String[] groupWithId(String command) {
    List<String> words = new ArrayList<>(List.of("XGROUP", command, key(), group()));
    words.add(random.nextInt(10) == 0 ? pick(IDS) : pick("0", "$", "$", id()));
    while (random.nextInt(3) == 0) {
      switch (random.nextInt(5)) {
        case 0, 1 -> words.add("MKSTREAM");
        case 2, 3 -> {
          words.add("ENTRIESREAD");
          words.add(random.nextInt(3) == 0 ? pick(NUMBERS) : "" + random.nextInt(40));
        }
        default -> words.add("bogus");
      }
    }
    return words.toArray(String[]::new);
  }

  private String[] wholeKey() {
    return switch (random.nextInt(17)) {
      case 0 -> words("SET", key(), value());
      case 1 -> words("GET", key());
      case 2 -> words("DEL", key());
      case 3 -> words("RPUSH", key(), "e");
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
      default -> words("CONFIG", "SET", "stream-node-max-entries", pick("1", "2", "5", "10"));
    };
  }

  private String[] transaction() {
    if (queueing) {
      queueing = false;
      return words(random.nextInt(8) == 0 ? "DISCARD" : "EXEC");
    }
    queueing = true;
    return words("MULTI");
  }

  private String[] illFormed() {
    return switch (random.nextInt(12)) {
      case 0 -> words(pick("XADD", "XRANGE", "XDEL", "XTRIM", "XLEN", "XREAD", "XACK"), key());
      case 1 -> words("XADD", key(), pick("MAXLEN", "MINID", "LIMIT"), pick(NUMBERS), "a");
      case 2 -> words("XADD", key(), "LIMIT", "1", "MAXLEN", "~", "2", "a", "b");
      case 3 -> words("XTRIM", key(), pick("MAXLEN", "bogus", "LIMIT"), pick(NUMBERS));
      case 4 -> words("XREAD", "STREAMS", key(), key(), "0");
      case 5 -> words("XREAD", "COUNT", "1", key(), "0");
      case 6 -> words("XREADGROUP", "STREAMS", key(), key(), "0", "0", "COUNT", "1");
      case 7 -> words("XREADGROUP", "GROUP", group(), consumer(), "STREAMS", key(), key(), "0");
      case 8 -> words("XPENDING", key(), group(), "-", pick("+", "IDLE"));
      case 9 -> words("XINFO", pick("STREAM", "GROUPS", "CONSUMERS", "bogus"), key(), "FULL", "x");
      case 10 -> words("XINFO", "STREAM", key(), pick("FULL", "x"), pick("COUNT", "y"), "z");
      default -> words(pick("XINFO", "XGROUP"), pick("bogus", "STREAM", "CREATE"));
    };
  }

  private String key() {
    return pick("a", "b", "c", "d", "a", "b", "a", "none", "\0\u00ff\r\n");
  }

  private String group() {
    return pick("g", "g", "g", "h", "h", "", "i\0\u00ff");
  }

  private String consumer() {
    return pick("alice", "alice", "bob", "", "c\0\u00ff");
  }

  private String id() {
    long near = Math.max(0, top - random.nextInt(random.nextInt(4) == 0 ? 300 : 30));
    return random.nextInt(6) == 0 ? "" + near : near + "-" + (random.nextInt(2) + near % 7);
  }

  private String value() {
    return switch (random.nextInt(12)) {
      case 0 -> "";
      case 1 -> "\0\u00ff\r\n";
      case 2 -> "" + random.nextInt(300);
      case 3 -> "l".repeat(random.nextInt(20));
      default -> "e" + random.nextInt(20);
    };
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private static String[] words(String... words) {
    return words;
  }
}

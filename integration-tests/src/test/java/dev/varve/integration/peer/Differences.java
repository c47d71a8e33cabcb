package dev.varve.integration.peer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where the replies of Redis and Varve to one request may differ, and how. This is the whole list;
 * the reasons are in {@code docs/commands.md}.
 */
final class Differences {
  private static final long CLOCK_MILLIS = 5000;
  private static final Pattern WAITS = Pattern.compile("\n(b[lrz].*(pop|move|push)|xread.*)\r");
  private static final String LATER_FIELDS = " lib-name= lib-ver=";

  private Differences() {}

  /** Whether two replies that aren't the same are as alike as they should be. */
  static boolean allow(List<String> request, String redis, String varve) {
    if (request.isEmpty() || redis.isEmpty() || varve.isEmpty() || isError(redis)) {
      return false;
    }
    String command = request.getFirst().toUpperCase(Locale.ROOT);
    String subcommand = request.size() > 1 ? request.get(1).toUpperCase(Locale.ROOT) : "";
    return switch (command) {
      // The servers look at their clocks one after the other.
      case "TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME" -> isSameTime(redis, varve);
      // Varve answers in the order of the keys' bytes, or of members' hash; a call of SCAN looks at
      // other keys.
      case "KEYS", "SMEMBERS", "SINTER", "SUNION", "SDIFF", "HGETALL", "HKEYS", "HVALS" ->
          sorted(redis).equals(sorted(varve));
      // Redis compares only up to a zero byte.
      case "SORT", "SORT_RO" ->
          isSameType(redis, varve) && (redis.indexOf('\0') >= 0 || varve.indexOf('\0') >= 0);
      case "SCAN" -> isSameScan(request.get(1), redis, varve);
      case "HSCAN", "SSCAN", "ZSCAN" -> isSameScan(request.get(2), redis, varve);
      case "SPOP" -> sorted(redis).equals(sorted(varve));
      // As many, and any.
      case "SRANDMEMBER", "HRANDFIELD", "ZRANDMEMBER" ->
          (Replies.isAggregate(redis) && Replies.isAggregate(varve))
              ? Replies.elements(redis).size() == Replies.elements(varve).size()
              : isSameType(redis, varve);
      case "DUMP" -> isSameType(redis, varve) && redis.length() > 5 && varve.length() > 5;
      // Since when an entry is pending; how much a node of a stream holds.
      case "XPENDING" -> withoutIntegers(redis).equals(withoutIntegers(varve));
      case "XINFO" -> withoutNodes(redis).equals(withoutNodes(varve));
      case "RANDOMKEY" -> redis.length() > 5 && varve.length() > 5;
      // What tells of the one server: its time, its figures, numbers of connections.
      case "TIME", "INFO", "LASTSAVE" -> isSameType(redis, varve);
      case "HELLO", "ROLE" -> withoutIntegers(redis).equals(withoutIntegers(varve));
      case "CLIENT" ->
          switch (subcommand) {
            case "ID" -> isSameType(redis, varve);
            case "INFO", "LIST" -> aboutClient(redis).equals(aboutClient(varve));
            default -> false;
          };
      // There are fewer commands and settings here; that is all that may be missing.
      case "COMMAND" ->
          switch (subcommand) {
            case "", "COUNT", "LIST", "DOCS" -> isSameType(redis, varve);
            case "INFO" ->
                request.size() == 2
                    || request.stream().skip(2).anyMatch(Differences::isContainer)
                    || withoutNotes(redis).equals(withoutNotes(varve));
            default -> false;
          };
      case "CONFIG" -> subcommand.equals("GET") && sorted(redis).equals(sorted(varve));
      // Varve doesn't track the use of keys, nor share values, and tells of bytes on disk.
      case "OBJECT" ->
          switch (subcommand) {
            case "ENCODING" ->
                redis.equals("$3\r\nraw\r\n")
                    || redis.equals("$6\r\nembstr\r\n")
                    || (isCollection(redis) && isCollection(varve));
            case "IDLETIME", "REFCOUNT" -> redis.startsWith(":");
            default -> false;
          };
      case "MEMORY" -> isSameType(redis, varve);
      // How long commands took, of the same ones; and, as in later versions, of those that waited
      // in
      // vain.
      case "LATENCY" -> subcommand.equals("HISTOGRAM") && names(redis).equals(names(varve));
      default -> false;
    };
  }

  private static boolean isContainer(String word) {
    return word.matches("(?i)client|command|config|memory|object");
  }

  /** An encoding that follows from what is there: Redis's follows from what was there, too. */
  private static boolean isCollection(String encoding) {
    return encoding.matches("(?s)[$].*\r\n(listpack|hashtable|intset|skiplist|quicklist)\r\n");
  }

  private static boolean isError(String reply) {
    return reply.startsWith("-");
  }

  private static boolean isSameType(String redis, String varve) {
    return redis.charAt(0) == varve.charAt(0);
  }

  private static boolean isSameTime(String redis, String varve) {
    if (!redis.startsWith(":") || !varve.startsWith(":")) {
      return false;
    }
    long one = Long.parseLong(redis.substring(1).strip());
    long other = Long.parseLong(varve.substring(1).strip());
    return one > 0 && other > 0 && Math.abs(one - other) < CLOCK_MILLIS;
  }

  private static boolean isSameScan(String cursor, String redis, String varve) {
    if (!Replies.isAggregate(redis) || !Replies.isAggregate(varve)) {
      return false;
    }
    List<String> one = Replies.elements(redis);
    List<String> other = Replies.elements(varve);
    boolean whole =
        cursor.matches("[+-]?0+")
            && one.getFirst().equals("$1\r\n0\r\n")
            && other.getFirst().equals(one.getFirst());
    // Redis may tell a key twice.
    return !whole
        || new HashSet<>(Replies.elements(one.get(1)))
            .equals(new HashSet<>(Replies.elements(other.get(1))));
  }

  /**
   * Returns what is told of the last client, without what differs from server to server or from
   * moment to moment, or comes from a later Redis.
   */
  private static List<String> aboutClient(String reply) {
    List<String> fields = new ArrayList<>();
    String last = reply.strip().replaceFirst("(?s).*[\r\n]", "");
    for (String field : last.replace(LATER_FIELDS, "").split(" ", -1)) {
      fields.add(
          field.replaceFirst(
              "^(txt:id|id|addr|laddr|fd|age|idle|qbuf|qbuf-free|argv-mem|multi-mem|rbs|rbp|obl|oll|omem"
                  + "|tot-mem|events)=.*",
              "$1"));
    }
    return fields;
  }

  private static String withoutNotes(String reply) {
    return reply.replaceAll("[$]5\r\nnotes\r\n[$]\\d+\r\n[^\r]*\r\n", "");
  }

  private static String withoutNodes(String reply) {
    return reply.replaceAll("(radix-tree-(?:keys|nodes)\r\n):\\d+\r\n", "$1");
  }

  private static String withoutIntegers(String reply) {
    return reply.replaceAll(":\\d+\r\n", "");
  }

  /** The keys of a map of commands, but for those that may wait. */
  private static Set<String> names(String reply) {
    Set<String> names = new HashSet<>();
    List<String> elements = Replies.elements(reply);
    for (int i = 0; i < elements.size(); i += 2) {
      names.add(elements.get(i));
    }
    names.removeIf(name -> WAITS.matcher(name).find());
    return names;
  }

  /** The elements of an array in order; of a map, each key with its value. */
  private static List<String> sorted(String reply) {
    if (!Replies.isAggregate(reply)) {
      return List.of(reply);
    }
    List<String> elements = new ArrayList<>(Replies.elements(reply));
    Collections.sort(elements);
    return elements;
  }
}

package dev.varve.benchmarks;

import static dev.varve.benchmarks.RespConnection.ascii;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * A kind of collection that {@link LargeLoad} makes large: the requests that fill it, read it whole
 * and in pages, ask it for single elements and take some out, and what must be answered.
 *
 * <p>Elements are numbered from 1 on. In requests single words stand for the key ({@code K}) and an
 * element's name ({@code N}), value ({@code V}), number ({@code I}), id in a stream ({@code 1-I}),
 * place ({@code H}, one less than its number) and the place nine after it ({@code J}). Immutable.
 *
 * @param name the name of the kind, as TYPE answers it
 * @param put what adds an element
 * @param whole what reads everything
 * @param scan what reads a page from cursor {@code C} on; empty if there is no such command
 * @param valuesOf how many bulk strings an element is in answers to {@code whole} and {@code scan}
 * @param ordered whether {@code whole} answers elements in the order of their numbers
 * @param asks requests for single elements
 * @param takes requests that take the first elements, or any, out
 */
record LargeCollection(
    String name,
    String put,
    String whole,
    String scan,
    int valuesOf,
    boolean ordered,
    List<Ask> asks,
    List<Ask> takes) {

  /** The key of the collection. */
  static final String KEY = "large";

  private static final int NAME_LENGTH = 16;

  /** Twelve digits follow, as redis-benchmark draws them. */
  private static final String NAME_PREFIX = "elem";

  private static final String VALUE_PREFIX = "value::";
  private static final String ANYTHING = "*";

  static final List<LargeCollection> KINDS =
      List.of(
          new LargeCollection(
              "hash",
              "HSET K N V",
              "HGETALL K",
              "HSCAN K C COUNT 1000",
              2,
              false,
              List.of(new Ask("HGET K N", "V"), new Ask("HRANDFIELD K", "*")),
              List.of(new Ask("HDEL K N", "*"))),
          new LargeCollection(
              "set",
              "SADD K N",
              "SMEMBERS K",
              "SSCAN K C COUNT 1000",
              1,
              false,
              List.of(new Ask("SISMEMBER K N", "1"), new Ask("SRANDMEMBER K", "*")),
              List.of(new Ask("SPOP K", "*"))),
          new LargeCollection(
              "list",
              "RPUSH K N",
              "LRANGE K 0 -1",
              "",
              1,
              true,
              List.of(new Ask("LINDEX K H", "N"), new Ask("LRANGE K H J", "*")),
              List.of(new Ask("LPOP K", "*"), new Ask("RPOP K", "*"))),
          new LargeCollection(
              "zset",
              "ZADD K I N",
              "ZRANGE K 0 -1 WITHSCORES",
              "ZSCAN K C COUNT 1000",
              2,
              true,
              List.of(
                  new Ask("ZSCORE K N", "I"),
                  new Ask("ZRANK K N", "H"),
                  new Ask("ZRANGE K H J", "*")),
              List.of(new Ask("ZPOPMIN K", "*"), new Ask("ZPOPMAX K", "*"))),
          new LargeCollection(
              "stream",
              "XADD K 1-I name N",
              "XRANGE K - +",
              "",
              3,
              true,
              List.of(
                  new Ask("XRANGE K 1-I + COUNT 10", "*"),
                  new Ask("XREAD COUNT 10 STREAMS K 1-I", "*")),
              List.of(new Ask("XDEL K 1-I", "*"))));

  /**
   * @throws java.util.NoSuchElementException if there is no such kind
   */
  static LargeCollection of(String name) {
    return KINDS.stream().filter(kind -> kind.name.equals(name)).findFirst().orElseThrow();
  }

  /** Whether elements have to be added in the order of their numbers, by one connection. */
  boolean inOrder() {
    return name.equals("list") || name.equals("stream");
  }

  /** The words of a request about the element of the given number. */
  static byte[][] request(String template, int number) {
    String[] words = template.split(" ", -1);
    byte[][] request = new byte[words.length][];
    for (int i = 0; i < words.length; i++) {
      request[i] = word(words[i], number);
    }
    return request;
  }

  /**
   * The number of the element that bulk strings of an answer show.
   *
   * @throws IllegalStateException if they don't belong together
   */
  int number(byte[][] element) {
    byte[] name = element[inStream() ? 2 : 0];
    int number = 0;
    for (int i = NAME_PREFIX.length(); i < name.length; i++) {
      number = 10 * number + name[i] - '0';
    }
    expect(word("N", number), name);
    if (inStream()) {
      expect(word("1-I", number), element[0]);
    } else if (valuesOf == 2) {
      expect(word(name().equals("hash") ? "V" : "I", number), element[1]);
    }
    return number;
  }

  private boolean inStream() {
    return name.equals("stream");
  }

  private static byte[] word(String template, int number) {
    return switch (template) {
      case "K" -> ascii(KEY);
      case "N" -> padded(NAME_PREFIX, number);
      case "V" -> padded(VALUE_PREFIX, number);
      case "I" -> ascii(Integer.toString(number));
      case "H" -> ascii(Integer.toString(number - 1));
      case "J" -> ascii(Integer.toString(number + 8));
      case "1-I" -> ascii("1-" + number);
      default -> ascii(template);
    };
  }

  private static byte[] padded(String prefix, int number) {
    byte[] name = new byte[NAME_LENGTH];
    for (int i = 0; i < prefix.length(); i++) {
      name[i] = (byte) prefix.charAt(i);
    }
    int rest = number;
    for (int i = NAME_LENGTH - 1; i >= prefix.length(); i--) {
      name[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return name;
  }

  private static void expect(byte[] expected, byte[] found) {
    if (!Arrays.equals(expected, found)) {
      throw new IllegalStateException("instead of " + text(expected) + ": " + text(found));
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  /**
   * A request about one element and what it must be answered, both as templates.
   *
   * @param reply {@code *} for anything but an error or nothing
   */
  record Ask(String request, String reply) {

    /** The command's name. */
    String command() {
      return request.substring(0, request.indexOf(' '));
    }

    /**
     * @throws IllegalStateException if that isn't the answer about the element of that number
     */
    void check(Object found, int number) {
      if (found == null) {
        throw new IllegalStateException(request + " of " + number + ": nothing");
      }
      if (!reply.equals(ANYTHING)) {
        expect(word(reply, number), found instanceof byte[] b ? b : ascii(found.toString()));
      }
    }
  }
}

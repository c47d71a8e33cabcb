package dev.varve.integration.peer;

import java.util.ArrayList;
import java.util.List;

/** Cuts bytes into RESP values, as they came. Text stands for bytes: Latin-1. */
final class Replies {
  private static final String AGGREGATES = "*%~>";
  private static final String STRINGS = "$=";

  private final String bytes;
  private int position;

  private Replies(String bytes, int position) {
    this.bytes = bytes;
    this.position = position;
  }

  /** Cuts the replies to several requests apart. */
  static List<String> split(String bytes) {
    Replies rest = new Replies(bytes, 0);
    List<String> replies = new ArrayList<>();
    while (rest.position < bytes.length()) {
      replies.add(rest.next());
    }
    return replies;
  }

  /** The elements of an aggregate; a map's keys and values by turns. */
  static List<String> elements(String aggregate) {
    return split(aggregate.substring(lineEnd(aggregate, 0)));
  }

  static boolean isAggregate(String reply) {
    return AGGREGATES.indexOf(reply.charAt(0)) >= 0 && reply.charAt(1) != '-';
  }

  private String next() {
    int start = position;
    int open = 1;
    while (open > 0) {
      char type = bytes.charAt(position);
      int header = position + 1;
      position = lineEnd(bytes, position);
      int count = 0;
      if (AGGREGATES.indexOf(type) >= 0 || STRINGS.indexOf(type) >= 0) {
        count = Integer.parseInt(bytes.substring(header, position - 2));
      }
      open--;
      if (AGGREGATES.indexOf(type) >= 0) {
        open += Math.max(count, 0) * (type == '%' ? 2 : 1);
      } else if (STRINGS.indexOf(type) >= 0 && count >= 0) {
        position += count + 2;
      }
    }
    return bytes.substring(start, position);
  }

  private static int lineEnd(String bytes, int from) {
    int end = bytes.indexOf("\r\n", from);
    if (end < 0) {
      throw new AssertionError("no reply: " + bytes.substring(from));
    }
    return end + 2;
  }
}

package dev.varve.server.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes replies apart that {@link CommandHarness} returns. */
public final class Replies {
  private static final Pattern BULK = Pattern.compile("\\$(\\d+)\r\n");

  private Replies() {}

  /** Returns all bulk strings of a reply, in order, whatever they are nested in. */
  public static List<String> strings(String reply) {
    List<String> strings = new ArrayList<>();
    Matcher header = BULK.matcher(reply);
    for (int at = 0; header.find(at); ) {
      int length = Integer.parseInt(header.group(1));
      strings.add(reply.substring(header.end(), header.end() + length));
      at = header.end() + length;
    }
    return strings;
  }
}

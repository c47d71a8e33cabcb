package dev.varve.server.simulation;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.Replies;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that commands tell of the keys there can be, in a form that doesn't follow from their ids.
 */
final class KeyspaceDump {
  private KeyspaceDump() {}

  /** What is there, by database and key. */
  static Map<String, String> of(CommandHarness server) {
    Map<String, String> all = new TreeMap<>();
    Session session = server.connect();
    for (String database : List.of("0", "1")) {
      server.execute(session, "SELECT", database);
      for (String key : RandomCollectionCommands.keys()) {
        String type = server.execute(session, "TYPE", key);
        // A hash whose fields are all past their deadlines is there until it is removed.
        boolean isGoing =
            type.equals("+hash\r\n") && server.execute(session, "HLEN", key).equals(":0\r\n");
        if (!type.equals("+none\r\n") && !isGoing) {
          all.put(database + "/" + key, type + value(server, session, type.strip(), key));
        }
      }
    }
    server.clients().kill(session);
    return all;
  }

  private static String value(CommandHarness server, Session session, String type, String key) {
    String deadline = server.execute(session, "PEXPIRETIME", key);
    return deadline
        + switch (type) {
          case "+string" -> server.execute(session, "GET", key);
          case "+hash" -> hash(server, session, key);
          case "+list" ->
              server.execute(session, "LLEN", key)
                  + Replies.strings(server.execute(session, "LRANGE", key, "0", "-1"));
          case "+set" -> {
            List<String> members = Replies.strings(server.execute(session, "SMEMBERS", key));
            Collections.sort(members);
            yield server.execute(session, "SCARD", key) + members;
          }
          case "+zset" -> sortedSet(server, session, key);
          case "+stream" ->
              server.execute(session, "XLEN", key)
                  + server.execute(session, "XRANGE", key, "-", "+")
                  + server.execute(session, "XREVRANGE", key, "+", "-", "COUNT", "3")
                  + server.execute(session, "XINFO", "STREAM", key, "FULL", "COUNT", "0");
          default -> throw new AssertionError(type);
        };
  }

  private static String hash(CommandHarness server, Session session, String key) {
    List<String> pairs = Replies.strings(server.execute(session, "HGETALL", key));
    Map<String, String> fields = new TreeMap<>();
    for (int i = 0; i < pairs.size(); i += 2) {
      fields.put(pairs.get(i), pairs.get(i + 1));
    }
    List<String> until =
        new ArrayList<>(List.of("HPEXPIRETIME", key, "FIELDS", "" + fields.size()));
    until.addAll(fields.keySet());
    List<String> values = new ArrayList<>(List.of("HMGET", key));
    values.addAll(fields.keySet());
    return server.execute(session, "HLEN", key)
        + fields
        + (fields.isEmpty() ? "" : server.execute(session, until.toArray(String[]::new)))
        + (fields.isEmpty() ? "" : server.execute(session, values.toArray(String[]::new)));
  }

  private static String sortedSet(CommandHarness server, Session session, String key) {
    List<String> pairs =
        Replies.strings(server.execute(session, "ZRANGE", key, "0", "-1", "WITHSCORES"));
    StringBuilder text = new StringBuilder(server.execute(session, "ZCARD", key));
    text.append(pairs);
    for (int i = 0; i < pairs.size(); i += 8) {
      String rank = server.execute(session, "ZRANK", key, pairs.get(i));
      String score = server.execute(session, "ZSCORE", key, pairs.get(i));
      text.append(rank).append(score);
    }
    return text.toString();
  }
}

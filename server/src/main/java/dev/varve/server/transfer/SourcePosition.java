package dev.varve.server.transfer;

import java.io.IOException;

/**
 * Up to where the log of a server was applied. It is kept in the target, under a key of its own, by
 * the transaction that applies: so what was applied and what is known of it never differ.
 *
 * @param log the name of the log
 * @param offset bytes of it
 * @param database what is selected there
 */
record SourcePosition(String log, long offset, int database) {
  /** Returns what the target has of a source; null if nothing. Selects database 0. */
  static SourcePosition read(Link target, String key) throws IOException {
    target.call("SELECT", "0");
    String text = target.call("GET", key);
    if (text == null) {
      return null;
    }
    String[] words = text.split(" ", -1);
    if (words.length != 3) {
      throw new IOException("key \"" + key + "\" has something else than a position: " + text);
    }
    return new SourcePosition(words[0], Long.parseLong(words[1]), Integer.parseInt(words[2]));
  }

  String text() {
    return log + " " + offset + " " + database;
  }
}

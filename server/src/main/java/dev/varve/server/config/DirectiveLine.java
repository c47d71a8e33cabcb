package dev.varve.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A line of a configuration file in Redis's syntax: blanks separate words, quotes of both kinds
 * hold together. Chars stand for bytes.
 */
final class DirectiveLine {
  private static final Pattern PLAIN = Pattern.compile("[\\w./:@%+,=*~-]+");

  private final String line;
  private int at;

  private DirectiveLine(String line) {
    this.line = line;
  }

  /** Returns the words of a line, the directive first; null if its quotes don't match. */
  static List<String> split(String line) {
    DirectiveLine words = new DirectiveLine(line);
    List<String> result = new ArrayList<>();
    while (words.skipBlanks()) {
      String word = words.next();
      if (word == null) {
        return null;
      }
      result.add(word);
    }
    return result;
  }

  private boolean skipBlanks() {
    while (at < line.length() && Character.isWhitespace(line.charAt(at))) {
      at++;
    }
    return at < line.length();
  }

  private String next() {
    StringBuilder word = new StringBuilder();
    while (at < line.length() && !Character.isWhitespace(line.charAt(at))) {
      char c = line.charAt(at);
      if (c != '"' && c != '\'') {
        word.append(c);
        at++;
      } else if (!quoted(c, word)) {
        return null;
      }
    }
    return word.toString();
  }

  /** Appends what is quoted; false if the quote doesn't end, or a word goes on after it. */
  private boolean quoted(char quote, StringBuilder word) {
    at++;
    while (at < line.length()) {
      char c = line.charAt(at++);
      if (c == quote) {
        return at == line.length() || Character.isWhitespace(line.charAt(at));
      }
      if (c != '\\' || at == line.length()) {
        word.append(c);
      } else if (quote == '"') {
        word.append(escaped());
      } else if (line.charAt(at) == '\'') {
        word.append('\'');
        at++;
      } else {
        word.append(c);
      }
    }
    return false;
  }

  private char escaped() {
    char c = line.charAt(at++);
    if (c == 'x' && at + 2 <= line.length()) {
      int high = Character.digit(line.charAt(at), 16);
      int low = Character.digit(line.charAt(at + 1), 16);
      if (high >= 0 && low >= 0) {
        at += 2;
        return (char) (high * 16 + low);
      }
    }
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'a' -> (char) 7;
      default -> c;
    };
  }

  /** Returns the line of a directive; words that would not be read back are quoted. */
  static String format(String name, List<String> words) {
    StringBuilder text = new StringBuilder(name);
    for (String word : words) {
      text.append(' ').append(PLAIN.matcher(word).matches() ? word : quoted(word));
    }
    return text.toString();
  }

  private static String quoted(String word) {
    StringBuilder text = new StringBuilder("\"");
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c >= ' ' && c <= '~') {
        text.append(c);
      } else {
        text.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
      }
    }
    return text.append('"').toString();
  }
}

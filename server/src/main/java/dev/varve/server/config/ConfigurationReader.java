package dev.varve.server.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads settings from a file in Redis's syntax and from the command line, which wins. A directive
 * that is given twice counts as it is given last.
 */
public final class ConfigurationReader {
  private final Map<Setting<?>, Object> values = new HashMap<>();

  private ConfigurationReader() {}

  /**
   * Reads {@code [file] [--directive value …]}.
   *
   * @throws ConfigurationException if the file can't be read, or a directive is unknown or its
   *     value ill
   */
  public static Configuration read(List<String> arguments) throws ConfigurationException {
    ConfigurationReader reader = new ConfigurationReader();
    int next = 0;
    if (!arguments.isEmpty() && !arguments.getFirst().startsWith("--")) {
      reader.readFile(Path.of(arguments.getFirst()));
      next = 1;
    }
    while (next < arguments.size()) {
      String option = arguments.get(next++);
      if (!option.startsWith("--")) {
        throw new ConfigurationException(
            "command line: '" + option + "' is not a directive: --name value");
      }
      int first = next;
      while (next < arguments.size() && !arguments.get(next).startsWith("--")) {
        next++;
      }
      List<String> words = arguments.subList(first, next);
      reader.set("command line", option.substring(2), words.isEmpty() ? List.of("") : words);
    }
    return new Configuration(reader.values);
  }

  private void readFile(Path file) throws ConfigurationException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new ConfigurationException(
          file + ": can't be read: " + e.getClass().getSimpleName() + ": " + e.getMessage(), e);
    }
    for (int number = 1; number <= lines.size(); number++) {
      String line = lines.get(number - 1).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String where = file + ":" + number;
      List<String> words = Words.split(line);
      if (words == null) {
        throw new ConfigurationException(where + ": unbalanced quotes");
      }
      set(
          where,
          words.getFirst(),
          words.size() == 1 ? List.of("") : words.subList(1, words.size()));
    }
  }

  private void set(String where, String name, List<String> words) throws ConfigurationException {
    Setting<?> setting = Settings.find(name);
    if (setting == null) {
      throw new ConfigurationException(
          where
              + ": unknown directive '"
              + name
              + "'; known are "
              + String.join(" ", Settings.all().stream().map(Setting::name).toList()));
    }
    try {
      values.put(setting, setting.type().parse(words));
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          where
              + ": "
              + setting.name()
              + " '"
              + String.join(" ", words)
              + "': "
              + e.getMessage()
              + "; accepted: "
              + setting.type().accepted(),
          e);
    }
  }

  /** Splits a line as Redis does: blanks separate, quotes of both kinds hold together. */
  private static final class Words {
    private final String line;
    private int at;

    private Words(String line) {
      this.line = line;
    }

    /** Returns the words of a line; null if its quotes don't match. */
    static List<String> split(String line) {
      Words words = new Words(line);
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

    /** Appends what is quoted; false if the quote doesn't end, or a word goes on behind it. */
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
  }
}

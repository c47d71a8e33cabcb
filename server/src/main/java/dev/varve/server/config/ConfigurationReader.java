package dev.varve.server.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads settings from a file in Redis's syntax and from the command line, which wins. A directive
 * that is given twice counts as it is given last.
 */
public final class ConfigurationReader {
  private final Map<Setting<?>, Object> values = new HashMap<>();
  private Path file;

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
      reader.file = Path.of(arguments.getFirst()).toAbsolutePath();
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
    return new Configuration(reader.values, reader.file);
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
      List<String> words = DirectiveLine.split(line);
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
}

package dev.varve.server.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads settings from a file in Redis's syntax, which may include others, from the environment
 * ({@code VARVE_MAXMEMORY}, for containers), which wins over the file, and from the command line,
 * which wins over both. A directive that is given twice counts as it is given last, unless its type
 * adds up.
 */
public final class ConfigurationReader {
  /** In front of a setting's name in upper case, its dashes as underscores. */
  private static final String ENVIRONMENT = "VARVE_";

  /** What another file says, in this place. */
  private static final String INCLUDE = "include";

  /** Gives a command another name, or none: no setting, as CONFIG knows nothing of it. */
  private static final String RENAME_COMMAND = "rename-command";

  /** Defines a user: no setting, either. */
  static final String USER = "user";

  private static final int MOST_DEPTH = 16;

  private final Map<Setting<?>, Object> values = new HashMap<>();
  private final List<Configuration.Renaming> renamings = new ArrayList<>();
  private final List<Configuration.UserLine> users = new ArrayList<>();
  private Path file;

  private ConfigurationReader() {}

  /**
   * Reads {@code [file] [--directive value …]}, and the environment of the process. The arguments'
   * chars stand for bytes.
   *
   * @throws ConfigurationException if the file can't be read, or a directive is unknown or its
   *     value ill
   */
  public static Configuration read(List<String> arguments) throws ConfigurationException {
    return read(arguments, System.getenv());
  }

  /** As {@link #read(List)}, with an environment of the caller's. */
  static Configuration read(List<String> arguments, Map<String, String> environment)
      throws ConfigurationException {
    ConfigurationReader reader = new ConfigurationReader();
    int next = 0;
    if (!arguments.isEmpty() && !arguments.getFirst().startsWith("--")) {
      Path given = path("command line", arguments.getFirst());
      reader.file = given.toAbsolutePath();
      reader.readFile(given.toString(), given, 0);
      next = 1;
    }
    reader.readEnvironment(environment);
    while (next < arguments.size()) {
      String option = arguments.get(next++);
      if (!option.startsWith("--")) {
        throw new ConfigurationException(
            "command line: '" + ByteText.shown(option) + "' is not a directive: --name value");
      }
      int first = next;
      while (next < arguments.size() && !arguments.get(next).startsWith("--")) {
        next++;
      }
      List<String> words = arguments.subList(first, next);
      reader.directive("command line", option.substring(2), words, 0);
    }
    return new Configuration(reader.values, reader.file, reader.renamings, reader.users);
  }

  private void readEnvironment(Map<String, String> environment) throws ConfigurationException {
    for (Setting<?> setting : Settings.known()) {
      String name = ENVIRONMENT + setting.name().toUpperCase(Locale.ROOT).replace('-', '_');
      String value = environment.get(name);
      if (value != null) {
        List<String> words =
            value.isEmpty() ? List.of("") : DirectiveLine.split(ByteText.encode(value));
        if (words == null) {
          throw new ConfigurationException(name + ": unbalanced quotes");
        }
        set(name, setting.name(), words);
      }
    }
  }

  private static Path path(String where, String bytes) throws ConfigurationException {
    try {
      return Path.of(new SettingType.FilePath(false, "a path").parse(List.of(bytes)));
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          where + ": file '" + ByteText.shown(bytes) + "': " + e.getMessage(), e);
    }
  }

  /**
   * Reads a file.
   *
   * @param what names it in errors, and for an included one the line that includes it
   */
  private void readFile(String what, Path file, int depth) throws ConfigurationException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new ConfigurationException(
          what + ": can't be read: " + e.getClass().getSimpleName() + ": " + e.getMessage(), e);
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
      directive(where, words.getFirst(), words.subList(1, words.size()), depth);
    }
  }

  private void directive(String where, String name, List<String> words, int depth)
      throws ConfigurationException {
    if (name.equalsIgnoreCase(RENAME_COMMAND)) {
      if (words.size() != 2) {
        throw new ConfigurationException(where + ": rename-command takes a name and its successor");
      }
      renamings.add(new Configuration.Renaming(where, words.getFirst(), words.getLast()));
      return;
    }
    if (name.equalsIgnoreCase(USER)) {
      if (words.isEmpty()) {
        throw new ConfigurationException(where + ": user takes a name and rules");
      }
      users.add(
          new Configuration.UserLine(where, words.getFirst(), words.subList(1, words.size())));
      return;
    }
    if (!name.equalsIgnoreCase(INCLUDE)) {
      set(where, name, words);
      return;
    }
    if (words.size() != 1) {
      throw new ConfigurationException(where + ": include takes one file");
    }
    if (depth == MOST_DEPTH) {
      throw new ConfigurationException(where + ": files include each other too deeply");
    }
    Path file = path(where, words.getFirst());
    readFile(where + ": include " + file, file, depth + 1);
  }

  private void set(String where, String name, List<String> words) throws ConfigurationException {
    Setting<?> setting = Settings.find(name);
    if (setting == null) {
      throw new ConfigurationException(
          where
              + ": unknown directive '"
              + ByteText.shown(name)
              + "'; known are "
              + String.join(" ", Settings.all().stream().map(Setting::name).toList()));
    }
    try {
      put(setting, words);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          where
              + ": "
              + setting.name()
              + " '"
              + ByteText.shown(String.join(" ", words))
              + "': "
              + e.getMessage()
              + "; accepted: "
              + setting.type().accepted(),
          e);
    }
  }

  private <T> void put(Setting<T> setting, List<String> words) {
    T value = setting.type().parse(words);
    @SuppressWarnings("unchecked") // a value is only ever one that its setting's type has parsed
    T earlier = (T) values.get(setting);
    values.put(setting, earlier == null ? value : setting.type().after(earlier, value));
  }
}

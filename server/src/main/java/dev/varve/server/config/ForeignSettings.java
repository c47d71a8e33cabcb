package dev.varve.server.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The directives of Redis 7.0.15 that mean nothing here: its configuration files are taken as they
 * are, CONFIG knows the names and keeps the values, and nothing else does. Read from the resource
 * {@code foreign.settings}, where the reason stands over each group; it is the setting's meaning.
 */
final class ForeignSettings {
  private static final String RESOURCE = "foreign.settings";

  private ForeignSettings() {}

  /** Returns them in the order of the resource, each with the name it had in Redis before or "". */
  static Map<Setting<?>, String> read() {
    Map<Setting<?>, String> settings = new LinkedHashMap<>();
    String reason = "";
    for (String line : text().lines().toList()) {
      if (line.startsWith("[")) {
        reason = line.substring(1, line.length() - 1);
      } else if (!line.isEmpty() && !line.startsWith("#")) {
        List<String> columns = new ArrayList<>();
        for (String column : line.split("\\|", -1)) {
          columns.add(column.strip());
        }
        String[] names = columns.get(0).split(" ", -1);
        boolean fixed = columns.size() > 3 && columns.get(3).equals("fixed");
        settings.put(
            new Setting<>(names[0], type(columns.get(1)), List.of(columns.get(2)), !fixed, reason),
            names.length > 1 ? names[1] : "");
      }
    }
    return settings;
  }

  private static SettingType<?> type(String column) {
    List<String> words = List.of(column.split(" ", -1));
    return switch (words.getFirst()) {
      case "yesno" -> new SettingType.YesNo();
      case "text" -> new SettingType.Text("a text");
      case "words" -> new SettingType.Words(Integer.MAX_VALUE, "words");
      case "nothing" -> new SettingType.Nothing();
      case "number" ->
          new SettingType.WholeNumber(
              Integer.parseInt(words.get(1)), Integer.parseInt(words.get(2)));
      case "memory" -> new SettingType.Memory(Long.parseLong(words.get(1)), Long.MAX_VALUE, null);
      case "one" -> new SettingType.Word(words.subList(1, words.size()));
      default -> throw new IllegalStateException(RESOURCE + ": " + column);
    };
  }

  private static String text() {
    try (InputStream resource = ForeignSettings.class.getResourceAsStream(RESOURCE)) {
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

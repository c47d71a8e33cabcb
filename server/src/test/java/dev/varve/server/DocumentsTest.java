package dev.varve.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.bootstrap.Varve;
import dev.varve.server.command.Commands;
import dev.varve.server.config.Configuration;
import dev.varve.server.config.ConfigurationException;
import dev.varve.server.config.ConfigurationReader;
import dev.varve.server.config.Setting;
import dev.varve.server.config.Settings;
import dev.varve.server.dispatch.CommandSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the documents say is what the tables say. */
final class DocumentsTest {

  private static final Path README = Path.of("../README.md");
  private static final Path SETTINGS = Path.of("../docs/settings.md");
  private static final Path SAMPLE = Path.of("src/distribution/conf/varve.conf");

  @TempDir Path folder;

  /** {@code -Dvarve.documents=write} puts the table there. */
  @Test
  void readmeHasTheTableOfSettings() throws IOException {
    String readme = Files.readString(README);
    String table = section(readme, "<!-- settings: .*? -->\n", "<!-- end of settings -->");
    if ("write".equals(System.getProperty("varve.documents"))) {
      Files.writeString(README, readme.replace(table, table()));
    } else {
      assertEquals(table(), table);
    }
  }

  /** As the README's. */
  @Test
  void settingsThatMeanNothingAreNamedWithTheReason() throws IOException {
    String page = Files.readString(SETTINGS);
    String table = section(page, "<!-- foreign: .*? -->\n", "<!-- end of foreign -->");
    if ("write".equals(System.getProperty("varve.documents"))) {
      Files.writeString(SETTINGS, page.replace(table, foreignList()));
    } else {
      assertEquals(foreignList(), table);
    }
  }

  @Test
  void readmeNamesEveryCommand() throws IOException {
    String text = section(Files.readString(README), "\n## Commands\n", "`COMMAND DOCS`");
    TreeSet<String> named = new TreeSet<>();
    Matcher words = Pattern.compile("\\b[A-Z][A-Z_-]{2,}\\b").matcher(text);
    while (words.find()) {
      named.add(words.group());
    }
    TreeSet<String> commands = new TreeSet<>();
    for (CommandSpec command : Commands.table().commands()) {
      commands.add(command.fullName().toUpperCase(Locale.ROOT));
    }
    assertEquals(commands, named);
  }

  @Test
  void readmeNamesEverySubcommand() throws IOException {
    String readme = Files.readString(README);
    for (String name : new CommandLine(new Varve()).getSubcommands().keySet()) {
      assertTrue(readme.contains("`varve " + name), name);
    }
  }

  /** With every directive's # taken away, the sample says what holds without it. */
  @Test
  void sampleConfigurationShowsEveryDefault() throws IOException, ConfigurationException {
    List<String> directives = new ArrayList<>();
    TreeSet<String> missing = new TreeSet<>();
    for (Setting<?> setting : Settings.all()) {
      missing.add(setting.name());
    }
    for (String line : Files.readAllLines(SAMPLE)) {
      assertTrue(line.isEmpty() || line.startsWith("#"), line);
      String bare = line.replaceFirst("^# ", "");
      if (missing.remove(bare.replaceFirst(" .*", ""))) {
        directives.add(bare);
      }
    }
    assertEquals(new TreeSet<>(), missing, "not in " + SAMPLE);
    Path file = Files.write(folder.resolve("varve.conf"), directives);
    Configuration shown = ConfigurationReader.read(List.of(file.toString()));
    Configuration defaults = ConfigurationReader.read(List.of());
    for (Setting<?> setting : Settings.all()) {
      assertEquals(defaults.get(setting), shown.get(setting), setting.name());
    }
  }

  /** The table of settings, in Markdown. */
  private static String table() {
    StringBuilder text =
        new StringBuilder(
            "| directive | default | takes | CONFIG SET | meaning |\n|---|---|---|---|---|\n");
    for (Setting<?> setting : Settings.all()) {
      String value = String.join(" ", setting.defaultWords());
      text.append("| `").append(setting.name()).append("` | ");
      text.append(value.isEmpty() ? "" : "`" + value + "`").append(" | ");
      text.append(setting.type().accepted()).append(" | ");
      text.append(setting.mutable() ? "yes" : "").append(" | ");
      text.append(setting.meaning()).append(" |\n");
    }
    return text.toString();
  }

  /** The list of settings that mean nothing here, with the reasons, in Markdown. */
  private static String foreignList() {
    Map<String, List<String>> byReason = new LinkedHashMap<>();
    for (Setting<?> setting : Settings.foreign()) {
      byReason
          .computeIfAbsent(setting.meaning(), _ -> new ArrayList<>())
          .add("`" + setting.name() + "`");
    }
    StringBuilder text = new StringBuilder();
    byReason.forEach(
        (reason, names) ->
            text.append("- ")
                .append(reason)
                .append("\n  ")
                .append(String.join(", ", names))
                .append('\n'));
    return text.toString();
  }

  private static String section(String text, String begin, String end) {
    Matcher matcher =
        Pattern.compile(begin + "(.*?)" + Pattern.quote(end), Pattern.DOTALL).matcher(text);
    assertTrue(matcher.find(), () -> "nothing between " + begin + " and " + end);
    return matcher.group(1);
  }
}

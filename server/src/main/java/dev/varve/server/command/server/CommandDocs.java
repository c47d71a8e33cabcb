package dev.varve.server.command.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The texts of the manual that COMMAND DOCS answers with, by the full names of commands; read from
 * the resource {@code commands.docs} when somebody first asks for them. Immutable.
 */
final class CommandDocs {
  private static final String RESOURCE = "commands.docs";

  /**
   * What the manual says of a command.
   *
   * @param since the version of Redis that it came with
   * @param summary what it does, a sentence
   * @param complexity how long it takes; empty: nothing is said of that
   * @param deprecation since when there is something better; null: there is nothing
   * @param history how it has changed, oldest first
   */
  record Entry(
      String since,
      String summary,
      String complexity,
      Deprecation deprecation,
      List<Change> history) {}

  /**
   * There is something better.
   *
   * @param since the version of Redis from which on there is
   * @param replacedBy what it is
   */
  record Deprecation(String since, String replacedBy) {}

  /**
   * A change of a command.
   *
   * @param since the version of Redis that brought it
   * @param text what is new
   */
  record Change(String since, String text) {}

  /** Made when the texts are first asked for. */
  private static final class Texts {
    private static final CommandDocs ALL = new CommandDocs(text());
  }

  private final Map<String, Entry> entries = new HashMap<>();

  private CommandDocs(String text) {
    Draft draft = null;
    for (String line : text.lines().toList()) {
      if (line.startsWith("[")) {
        add(draft);
        draft = new Draft(line.substring(1, line.length() - 1));
      } else if (!line.isEmpty() && !line.startsWith("#")) {
        draft.take(line);
      }
    }
    add(draft);
  }

  /** Returns the texts of all commands. */
  static CommandDocs all() {
    return Texts.ALL;
  }

  /** Returns what the manual says of a command of this full name. */
  Entry of(String fullName) {
    Entry entry = entries.get(fullName);
    if (entry == null) {
      throw new IllegalStateException(RESOURCE + " doesn't have " + fullName);
    }
    return entry;
  }

  /** Returns the full names of the commands that it has texts of. */
  Set<String> names() {
    return Set.copyOf(entries.keySet());
  }

  private void add(Draft draft) {
    if (draft != null && entries.put(draft.name, draft.entry()) != null) {
      throw new IllegalStateException(RESOURCE + " has " + draft.name + " twice");
    }
  }

  private static String text() {
    try (InputStream resource = CommandDocs.class.getResourceAsStream(RESOURCE)) {
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An entry whose lines are being read. */
  private static final class Draft {
    private final String name;
    private String since = "";
    private String summary = "";
    private String complexity = "";
    private Deprecation deprecation;
    private final List<Change> history = new ArrayList<>();

    private Draft(String name) {
      this.name = name;
    }

    private void take(String line) {
      int space = line.indexOf(' ');
      String rest = line.substring(space + 1);
      switch (line.substring(0, space)) {
        case "since" -> since = rest;
        case "summary" -> summary = rest;
        case "complexity" -> complexity = rest;
        case "deprecated" -> deprecation = new Deprecation(version(rest), afterVersion(rest));
        case "changed" -> history.add(new Change(version(rest), afterVersion(rest)));
        default -> throw new IllegalStateException(RESOURCE + ": " + line);
      }
    }

    private static String version(String text) {
      return text.substring(0, text.indexOf(' '));
    }

    private static String afterVersion(String text) {
      return text.substring(text.indexOf(' ') + 1);
    }

    private Entry entry() {
      return new Entry(since, summary, complexity, deprecation, List.copyOf(history));
    }
  }
}

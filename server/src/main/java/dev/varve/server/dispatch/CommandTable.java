package dev.varve.server.dispatch;

import dev.varve.protocol.Request;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The commands that there are, each under its own name or under one that it was given instead.
 * Lookups in requests produce no garbage. Immutable.
 */
public final class CommandTable {
  private final CommandTable original;
  private final Map<String, CommandSpec> byName;
  private final List<CommandSpec> commands;
  private final Names top;
  private final Map<CommandSpec, Names> containers = new HashMap<>();
  private final Map<String, CommandSpec> byFullName = new HashMap<>();

  /**
   * Makes a table.
   *
   * @throws IllegalArgumentException if two commands have the same name
   */
  public CommandTable(List<CommandSpec> commands) {
    this(byOwnNames(commands), null);
    int number = 0;
    for (CommandSpec command : all()) {
      command.number(number++);
    }
  }

  private CommandTable(Map<String, CommandSpec> byName, CommandTable original) {
    this.original = original == null ? this : original;
    this.byName = Collections.unmodifiableMap(byName);
    commands = List.copyOf(byName.values());
    top = new Names(byName);
    byName.forEach(
        (name, command) -> {
          byFullName.put(name, command);
          if (!command.subcommands().isEmpty()) {
            Map<String, CommandSpec> subcommands = byOwnNames(command.subcommands());
            containers.put(command, new Names(subcommands));
            subcommands.forEach((sub, its) -> byFullName.put(name + "|" + sub, its));
          }
        });
  }

  private static Map<String, CommandSpec> byOwnNames(List<CommandSpec> commands) {
    Map<String, CommandSpec> byName = new LinkedHashMap<>();
    for (CommandSpec command : commands) {
      if (byName.put(command.name(), command) != null) {
        throw new IllegalArgumentException("two commands named " + command);
      }
    }
    return byName;
  }

  /**
   * Returns a table in which a command goes by another name only; by none if that is empty.
   *
   * @throws IllegalArgumentException if there is no such command, or already one of the new name;
   *     the message is Redis's
   */
  public CommandTable renamed(String oldName, String newName) {
    Map<String, CommandSpec> names = new LinkedHashMap<>(byName);
    CommandSpec command = names.remove(oldName.toLowerCase(Locale.ROOT));
    if (command == null) {
      throw new IllegalArgumentException("No such command in rename-command");
    }
    if (!newName.isEmpty() && names.put(newName.toLowerCase(Locale.ROOT), command) != null) {
      throw new IllegalArgumentException("Target command name already exists");
    }
    return new CommandTable(names, original);
  }

  /** Returns the table in which all commands have their own names. */
  public CommandTable original() {
    return original;
  }

  /** Returns all commands, without subcommands. */
  public List<CommandSpec> commands() {
    return commands;
  }

  /** Returns all commands and subcommands, each container in front of what it contains. */
  public List<CommandSpec> all() {
    List<CommandSpec> all = new ArrayList<>();
    for (CommandSpec command : commands) {
      all.add(command);
      all.addAll(command.subcommands());
    }
    return all;
  }

  /** Returns the command or subcommand ({@code client|list}) of a name in any case, or null. */
  public CommandSpec find(String fullName) {
    return byFullName.get(fullName.toLowerCase(Locale.ROOT));
  }

  /**
   * Returns the command that a request asks for: of a container with more arguments, the
   * subcommand. Null if there is none.
   */
  public CommandSpec find(Request request) {
    return find(request, 0);
  }

  /** As {@link #find(Request)}, for a command whose name is the argument {@code index}. */
  public CommandSpec find(Request request, int index) {
    CommandSpec command = top.find(request, index);
    if (command == null
        || command.subcommands().isEmpty()
        || request.argumentCount() == index + 1) {
      return command;
    }
    return containers.get(command).find(request, index + 1);
  }

  /** Returns the command that the first argument alone names, or null. */
  CommandSpec container(Request request) {
    return top.find(request, 0);
  }

  /** An open-addressing hash table over the first eight letters and the length of names. */
  private static final class Names {
    private static final long MIX = 0x9E3779B97F4A7C15L;

    private final CommandSpec[] slots;
    private final byte[][] names;
    private final long[] words;

    Names(Map<String, CommandSpec> commands) {
      int size = Integer.highestOneBit(Math.max(4, commands.size())) * 4;
      slots = new CommandSpec[size];
      names = new byte[size][];
      words = new long[size];
      commands.forEach(this::add);
    }

    private void add(String name, CommandSpec command) {
      long word = Request.upperCaseWord(name);
      int at = slot(word, name.length());
      while (slots[at] != null) {
        at = (at + 1) & (slots.length - 1);
      }
      slots[at] = command;
      names[at] = name.toUpperCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1);
      words[at] = word;
    }

    private int slot(long word, int length) {
      return (int) (((word ^ length) * MIX) >>> 40) & (slots.length - 1);
    }

    CommandSpec find(Request request, int index) {
      int length = request.argumentLength(index);
      long word = request.upperCaseWord(index);
      for (int at = slot(word, length); slots[at] != null; at = (at + 1) & (slots.length - 1)) {
        if (words[at] == word
            && names[at].length == length
            && (length <= Long.BYTES || request.equalsIgnoreCase(index, names[at]))) {
          return slots[at];
        }
      }
      return null;
    }
  }
}

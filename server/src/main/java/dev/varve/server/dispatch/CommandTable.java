package dev.varve.server.dispatch;

import dev.varve.protocol.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The commands that there are. Lookups in requests produce no garbage. Immutable. */
public final class CommandTable {
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
    this.commands = List.copyOf(commands);
    top = new Names(this.commands);
    for (CommandSpec command : this.commands) {
      add(command);
      if (!command.subcommands().isEmpty()) {
        containers.put(command, new Names(command.subcommands()));
        command.subcommands().forEach(this::add);
      }
    }
  }

  private void add(CommandSpec command) {
    if (byFullName.put(command.fullName(), command) != null) {
      throw new IllegalArgumentException("two commands named " + command);
    }
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
    private final long[] words;

    Names(List<CommandSpec> commands) {
      int size = Integer.highestOneBit(Math.max(4, commands.size())) * 4;
      slots = new CommandSpec[size];
      words = new long[size];
      for (CommandSpec command : commands) {
        long word = Request.upperCaseWord(command.name());
        int at = slot(word, command.name().length());
        while (slots[at] != null) {
          at = (at + 1) & (size - 1);
        }
        slots[at] = command;
        words[at] = word;
      }
    }

    private int slot(long word, int length) {
      return (int) (((word ^ length) * MIX) >>> 40) & (slots.length - 1);
    }

    CommandSpec find(Request request, int index) {
      int length = request.argumentLength(index);
      long word = request.upperCaseWord(index);
      for (int at = slot(word, length); slots[at] != null; at = (at + 1) & (slots.length - 1)) {
        CommandSpec command = slots[at];
        if (words[at] == word
            && command.upperCaseName().length == length
            && (length <= Long.BYTES || request.equalsIgnoreCase(index, command.upperCaseName()))) {
          return command;
        }
      }
      return null;
    }
  }
}

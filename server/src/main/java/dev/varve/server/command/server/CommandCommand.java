package dev.varve.server.command.server;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.GlobPattern;
import dev.varve.server.command.support.HelpReply;
import dev.varve.server.command.support.LenientKeys;
import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.CommandFlag;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.CommandTable;
import dev.varve.server.dispatch.KeyFlag;
import dev.varve.server.dispatch.KeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/** COMMAND and its subcommands. */
final class CommandCommand {
  private static final byte[] FILTERBY = Arguments.word("FILTERBY");

  /** Where in a request about a command that command's own request begins. */
  private static final int INNER = 2;

  private CommandCommand() {}

  static void all(CommandContext context) {
    List<CommandSpec> commands = context.services().commands().commands();
    context.reply().arrayHeader(commands.size());
    for (CommandSpec command : commands) {
      CommandReply.info(context.reply(), command);
    }
  }

  static void count(CommandContext context) {
    context.reply().integer(context.services().commands().commands().size());
  }

  static void info(CommandContext context) {
    Request request = context.request();
    if (request.argumentCount() == INNER) {
      all(context);
      return;
    }
    context.reply().arrayHeader(request.argumentCount() - INNER);
    for (int i = INNER; i < request.argumentCount(); i++) {
      CommandSpec command = context.services().commands().find(request.argumentString(i));
      if (command == null) {
        context.reply().nullBulk();
      } else {
        CommandReply.info(context.reply(), command);
      }
    }
  }

  static void docs(CommandContext context) {
    Request request = context.request();
    CommandTable table = context.services().commands();
    List<CommandSpec> wanted = table.commands();
    if (request.argumentCount() > INNER) {
      wanted = new ArrayList<>();
      for (int i = INNER; i < request.argumentCount(); i++) {
        CommandSpec command = table.find(request.argumentString(i));
        if (command != null) {
          wanted.add(command);
        }
      }
    }
    context.reply().mapHeader(wanted.size());
    for (CommandSpec command : wanted) {
      context.reply().bulk(command.fullName());
      CommandReply.docs(context.reply(), command);
    }
  }

  static void list(CommandContext context) {
    Predicate<CommandSpec> filter = filter(context.request());
    List<CommandSpec> found = context.services().commands().all().stream().filter(filter).toList();
    context.reply().arrayHeader(found.size());
    for (CommandSpec command : found) {
      context.reply().bulk(command.fullName());
    }
  }

  private static Predicate<CommandSpec> filter(Request request) {
    if (request.argumentCount() == INNER) {
      return command -> true;
    }
    if (request.argumentCount() != INNER + 3 || !request.equalsIgnoreCase(INNER, FILTERBY)) {
      throw Errors.syntax();
    }
    String value = request.argumentString(INNER + 2);
    return switch (request.argumentString(INNER + 1).toLowerCase(Locale.ROOT)) {
      case "module" -> command -> false;
      case "aclcat" ->
          command ->
              command.categories().stream()
                  .map(AclCategory::label)
                  .anyMatch(label -> label.equalsIgnoreCase(value));
      case "pattern" -> {
        GlobPattern pattern = new GlobPattern(request.argumentBytes(INNER + 2), true);
        yield command -> pattern.matches(command.fullName());
      }
      default -> throw Errors.syntax();
    };
  }

  static void getKeys(CommandContext context) {
    Request request = context.request();
    List<Key> keys = keys(innerCommand(context), request);
    context.reply().arrayHeader(keys.size());
    for (Key key : keys) {
      context.reply().bulk(request.argumentBytes(key.index));
    }
  }

  static void getKeysAndFlags(CommandContext context) {
    Request request = context.request();
    List<Key> keys = keys(innerCommand(context), request);
    ReplySink reply = context.reply();
    reply.arrayHeader(keys.size());
    for (Key key : keys) {
      reply.arrayHeader(2);
      reply.bulk(request.argumentBytes(key.index));
      CommandReply.keyFlags(reply, key.flags);
    }
  }

  private record Key(int index, Set<KeyFlag> flags) {}

  private static CommandSpec innerCommand(CommandContext context) {
    Request request = context.request();
    CommandSpec command = context.services().commands().find(request, INNER);
    if (command == null) {
      throw new CommandException("ERR Invalid command specified");
    }
    if (!command.hasKeys()) {
      throw new CommandException("ERR The command has no key arguments");
    }
    if (!command.accepts(request.argumentCount() - INNER)) {
      throw new CommandException("ERR Invalid number of arguments specified for command");
    }
    return command;
  }

  private static List<Key> keys(CommandSpec command, Request request) {
    List<Key> keys = new ArrayList<>();
    KeySpec.KeyConsumer add = (index, flags) -> keys.add(new Key(index, flags));
    if (!command.forEachKey(request, INNER, add)
        && !command.forEachSpecifiedKey(request, INNER, add)) {
      LenientKeys.forEach(command, request, INNER, add);
      if (keys.isEmpty() && !command.is(CommandFlag.NO_MANDATORY_KEYS)) {
        throw new CommandException("ERR Invalid arguments specified for command");
      }
    }
    return keys;
  }

  static void help(CommandContext context) {
    HelpReply.write(
        context,
        "(no subcommand)",
        "    Tell all about every command.",
        "COUNT",
        "    Tell how many commands there are.",
        "LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]",
        "    List the names of commands.",
        "INFO [<command-name> ...]",
        "    Tell all about some commands, or about every one.",
        "DOCS [<command-name> ...]",
        "    Tell what the manual has on some commands, or on every one.",
        "GETKEYS <full-command>",
        "    Find the keys among a command's arguments.",
        "GETKEYSANDFLAGS <full-command>",
        "    Find the keys among a command's arguments and what is done with them.");
  }
}

package dev.varve.server.command.server;

import dev.varve.protocol.ReplySink;
import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.Argument;
import dev.varve.server.dispatch.CommandFlag;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.KeyFlag;
import dev.varve.server.dispatch.KeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The shapes in which COMMAND INFO and COMMAND DOCS tell of a command. */
final class CommandReply {
  private CommandReply() {}

  static void info(ReplySink reply, CommandSpec command) {
    KeyRange range = KeyRange.of(command.keySpecs());
    reply.arrayHeader(10);
    reply.bulk(command.fullName());
    reply.integer(command.arity());
    reply.setHeader(command.flags().size());
    for (CommandFlag flag : command.flags()) {
      reply.simpleString(flag.label());
    }
    reply.integer(range.first());
    reply.integer(range.last());
    reply.integer(range.step());
    reply.setHeader(command.categories().size());
    for (AclCategory category : command.categories()) {
      reply.simpleString("@" + category.label());
    }
    reply.setHeader(command.tips().size());
    for (String tip : command.tips()) {
      reply.bulk(tip);
    }
    reply.setHeader(command.keySpecs().size());
    for (KeySpec spec : command.keySpecs()) {
      keySpec(reply, spec);
    }
    List<CommandSpec> subcommands = command.subcommands();
    if (subcommands.isEmpty()) {
      reply.setHeader(0);
    } else {
      reply.arrayHeader(subcommands.size());
      for (CommandSpec subcommand : subcommands) {
        info(reply, subcommand);
      }
    }
  }

  /**
   * The keys of a command as one range, as clients of old know it.
   *
   * @param first index of the first key; 0 if there are none
   * @param last index of the last key, from the end if negative
   * @param step arguments from key to key
   */
  private record KeyRange(int first, int last, int step) {
    /** Ranges that follow each other, as RENAME's, become one. */
    static KeyRange of(List<KeySpec> specs) {
      if (specs.isEmpty()) {
        return new KeyRange(0, 0, 0);
      }
      KeySpec first = specs.getFirst();
      KeySpec last = specs.getLast();
      return new KeyRange(
          first.first(), last.last() >= 0 ? last.first() + last.last() : last.last(), first.step());
    }
  }

  private static void keySpec(ReplySink reply, KeySpec spec) {
    reply.mapHeader(spec.notes() == null ? 3 : 4);
    if (spec.notes() != null) {
      reply.bulk("notes");
      reply.bulk(spec.notes());
    }
    reply.bulk("flags");
    keyFlags(reply, spec.flags());
    reply.bulk("begin_search");
    reply.mapHeader(2);
    reply.bulk("type");
    reply.bulk("index");
    reply.bulk("spec");
    reply.mapHeader(1);
    reply.bulk("index");
    reply.integer(spec.first());
    reply.bulk("find_keys");
    reply.mapHeader(2);
    reply.bulk("type");
    reply.bulk("range");
    reply.bulk("spec");
    reply.mapHeader(3);
    reply.bulk("lastkey");
    reply.integer(spec.last());
    reply.bulk("keystep");
    reply.integer(spec.step());
    reply.bulk("limit");
    reply.integer(0);
  }

  static void keyFlags(ReplySink reply, Set<KeyFlag> flags) {
    reply.setHeader(flags.size());
    for (KeyFlag flag : flags) {
      reply.simpleString(flag.label());
    }
  }

  static void docs(ReplySink reply, CommandSpec command) {
    List<String> flags = docFlags(command);
    reply.mapHeader(
        4
            + (flags.isEmpty() ? 0 : 1)
            + (command.deprecatedSince() == null ? 0 : 2)
            + (command.history().isEmpty() ? 0 : 1)
            + (command.arguments().isEmpty() ? 0 : 1)
            + (command.subcommands().isEmpty() ? 0 : 1));
    pair(reply, "summary", command.summary());
    pair(reply, "since", command.since());
    pair(reply, "group", command.group().label());
    pair(reply, "complexity", command.complexity());
    if (!flags.isEmpty()) {
      reply.bulk("doc_flags");
      statuses(reply, flags);
    }
    if (command.deprecatedSince() != null) {
      pair(reply, "deprecated_since", command.deprecatedSince());
      pair(reply, "replaced_by", command.replacedBy());
    }
    if (!command.history().isEmpty()) {
      reply.bulk("history");
      history(reply, command.history());
    }
    if (!command.arguments().isEmpty()) {
      reply.bulk("arguments");
      arguments(reply, command.arguments());
    }
    if (!command.subcommands().isEmpty()) {
      reply.bulk("subcommands");
      reply.mapHeader(command.subcommands().size());
      for (CommandSpec subcommand : command.subcommands()) {
        reply.bulk(subcommand.fullName());
        docs(reply, subcommand);
      }
    }
  }

  private static void history(ReplySink reply, List<CommandSpec.Change> changes) {
    reply.setHeader(changes.size());
    for (CommandSpec.Change change : changes) {
      reply.arrayHeader(2);
      reply.bulk(change.since());
      reply.bulk(change.text());
    }
  }

  private static List<String> docFlags(CommandSpec command) {
    return command.deprecatedSince() == null ? List.of() : List.of("deprecated");
  }

  private static void arguments(ReplySink reply, List<Argument> arguments) {
    reply.arrayHeader(arguments.size());
    for (Argument argument : arguments) {
      argument(reply, argument);
    }
  }

  private static void argument(ReplySink reply, Argument argument) {
    List<String> flags = argumentFlags(argument);
    boolean nested = !argument.arguments().isEmpty();
    reply.mapHeader(
        2
            + (argument.keySpec() < 0 ? 0 : 1)
            + (argument.token() == null ? 0 : 1)
            + (argument.since() == null ? 0 : 1)
            + (argument.deprecatedSince() == null ? 0 : 1)
            + (flags.isEmpty() ? 0 : 1)
            + (nested ? 1 : 0));
    pair(reply, "name", argument.name());
    pair(reply, "type", argument.type());
    if (argument.keySpec() >= 0) {
      reply.bulk("key_spec_index");
      reply.integer(argument.keySpec());
    }
    if (argument.token() != null) {
      pair(reply, "token", argument.token());
    }
    if (argument.since() != null) {
      pair(reply, "since", argument.since());
    }
    if (argument.deprecatedSince() != null) {
      pair(reply, "deprecated_since", argument.deprecatedSince());
    }
    if (!flags.isEmpty()) {
      reply.bulk("flags");
      statuses(reply, flags);
    }
    if (nested) {
      reply.bulk("arguments");
      arguments(reply, argument.arguments());
    }
  }

  private static List<String> argumentFlags(Argument argument) {
    List<String> flags = new ArrayList<>();
    if (argument.optional()) {
      flags.add("optional");
    }
    if (argument.multiple()) {
      flags.add("multiple");
    }
    return flags;
  }

  private static void pair(ReplySink reply, String name, String value) {
    reply.bulk(name);
    reply.bulk(value);
  }

  private static void statuses(ReplySink reply, List<String> values) {
    reply.setHeader(values.size());
    for (String value : values) {
      reply.simpleString(value);
    }
  }
}

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
  /** Commands that servers and those who develop them send. */
  private static final Set<String> INTERNAL =
      Set.of("debug", "pfdebug", "pfselftest", "replconf", "restore-asking");

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
    private static final KeyRange NONE = new KeyRange(0, 0, 0);

    /** Ranges that follow each other, as RENAME's, become one, if Redis would make one of them. */
    static KeyRange of(List<KeySpec> specs) {
      if (specs.size() == 1) {
        return ofOne(specs.getFirst());
      }
      KeyRange all = NONE;
      for (KeySpec spec : specs) {
        KeyRange range = ofOne(spec);
        if (range.isNone()) {
          continue;
        }
        boolean follows = all.isNone() || all.last == range.first - 1;
        if (range.step != 1 || !follows) {
          return NONE;
        }
        all = all.isNone() ? range : new KeyRange(all.first, range.last, 1);
      }
      return all;
    }

    private boolean isNone() {
      return step == 0;
    }

    private static KeyRange ofOne(KeySpec spec) {
      if (spec.begin() instanceof KeySpec.AtIndex(int first)
          && spec.find() instanceof KeySpec.InRange(int last, int step, int limit)) {
        return new KeyRange(first, last >= 0 ? first + last : last, step);
      }
      return NONE;
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
    begin(reply, spec.begin());
    reply.bulk("find_keys");
    find(reply, spec.find());
  }

  private static void begin(ReplySink reply, KeySpec.Begin begin) {
    reply.mapHeader(2);
    switch (begin) {
      case KeySpec.AtIndex(int index) -> {
        pair(reply, "type", "index");
        reply.bulk("spec");
        reply.mapHeader(1);
        pair(reply, "index", index);
      }
      case KeySpec.AfterKeyword keyword -> {
        pair(reply, "type", "keyword");
        reply.bulk("spec");
        reply.mapHeader(2);
        pair(reply, "keyword", keyword.word());
        pair(reply, "startfrom", keyword.from());
      }
      case KeySpec.Unknown _ -> unknown(reply);
    }
  }

  private static void find(ReplySink reply, KeySpec.Find find) {
    reply.mapHeader(2);
    switch (find) {
      case KeySpec.InRange(int last, int step, int limit) -> {
        pair(reply, "type", "range");
        reply.bulk("spec");
        reply.mapHeader(3);
        pair(reply, "lastkey", last);
        pair(reply, "keystep", step);
        pair(reply, "limit", limit);
      }
      case KeySpec.Counted(int number, int first, int step) -> {
        pair(reply, "type", "keynum");
        reply.bulk("spec");
        reply.mapHeader(3);
        pair(reply, "keynumidx", number);
        pair(reply, "firstkey", first);
        pair(reply, "keystep", step);
      }
      case KeySpec.Unknown _ -> unknown(reply);
    }
  }

  private static void unknown(ReplySink reply) {
    pair(reply, "type", "unknown");
    reply.bulk("spec");
    reply.mapHeader(0);
  }

  static void keyFlags(ReplySink reply, Set<KeyFlag> flags) {
    reply.setHeader(flags.size());
    for (KeyFlag flag : KeyFlag.values()) {
      if (flags.contains(flag)) {
        reply.simpleString(flag.label());
      }
    }
  }

  static void docs(ReplySink reply, CommandSpec command) {
    CommandDocs.Entry docs = CommandDocs.all().of(command.fullName());
    List<String> flags = docFlags(command, docs);
    reply.mapHeader(
        3
            + (docs.complexity().isEmpty() ? 0 : 1)
            + (flags.isEmpty() ? 0 : 1)
            + (docs.deprecation() == null ? 0 : 2)
            + (docs.history().isEmpty() ? 0 : 1)
            + (command.arguments().isEmpty() ? 0 : 1)
            + (command.subcommands().isEmpty() ? 0 : 1));
    pair(reply, "summary", docs.summary());
    pair(reply, "since", docs.since());
    pair(reply, "group", command.group().label());
    if (!docs.complexity().isEmpty()) {
      pair(reply, "complexity", docs.complexity());
    }
    if (!flags.isEmpty()) {
      reply.bulk("doc_flags");
      statuses(reply, flags);
    }
    if (docs.deprecation() != null) {
      pair(reply, "deprecated_since", docs.deprecation().since());
      pair(reply, "replaced_by", docs.deprecation().replacedBy());
    }
    if (!docs.history().isEmpty()) {
      reply.bulk("history");
      history(reply, docs.history());
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

  private static void history(ReplySink reply, List<CommandDocs.Change> changes) {
    reply.setHeader(changes.size());
    for (CommandDocs.Change change : changes) {
      reply.arrayHeader(2);
      reply.bulk(change.since());
      reply.bulk(change.text());
    }
  }

  private static List<String> docFlags(CommandSpec command, CommandDocs.Entry docs) {
    if (docs.deprecation() != null) {
      return List.of("deprecated");
    }
    return INTERNAL.contains(command.fullName()) ? List.of("syscmd") : List.of();
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
    if (argument.tokenRepeated()) {
      flags.add("multiple_token");
    }
    return flags;
  }

  private static void pair(ReplySink reply, String name, String value) {
    reply.bulk(name);
    reply.bulk(value);
  }

  private static void pair(ReplySink reply, String name, int value) {
    reply.bulk(name);
    reply.integer(value);
  }

  private static void statuses(ReplySink reply, List<String> values) {
    reply.setHeader(values.size());
    for (String value : values) {
      reply.simpleString(value);
    }
  }
}

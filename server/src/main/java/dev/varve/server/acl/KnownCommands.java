package dev.varve.server.acl;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.LenientKeys;
import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.CommandTable;
import dev.varve.server.dispatch.KeyFlag;
import dev.varve.server.dispatch.KeySpec;
import dev.varve.server.dispatch.KeySpec.KeyConsumer;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What rules have to know of commands, by their own names, whatever others they go by. Immutable.
 */
final class KnownCommands {
  /** What names channels, in arguments from the first on. */
  private static final Set<String> CHANNELS =
      Set.of("publish", "spublish", "subscribe", "ssubscribe", "psubscribe");

  private static final Set<String> ONE_CHANNEL = Set.of("publish", "spublish");
  private static final String BY_PATTERN = "psubscribe";

  /** How the keys of a command are found. */
  private enum Keys {
    NONE,
    /** By its key specs, if what they say of the arguments can be right. */
    SPECIFIED,
    /** By its own way. */
    FOUND
  }

  private final CommandTable table;
  private final List<CommandSpec> all;
  private final Keys[] keys;
  private final boolean[] hasKeys;
  private final boolean[] channels;

  /** Whether what is done with that key is always the same. */
  private final boolean[] oneUse;

  private final boolean[] reads;
  private final boolean[] writes;

  KnownCommands(CommandTable table) {
    this.table = table;
    this.all = table.all();
    this.keys = new Keys[all.size()];
    this.hasKeys = new boolean[all.size()];
    this.channels = new boolean[all.size()];
    this.oneUse = new boolean[all.size()];
    this.reads = new boolean[all.size()];
    this.writes = new boolean[all.size()];
    for (CommandSpec command : all) {
      keys[command.number()] = keysOf(command);
      hasKeys[command.number()] = keys[command.number()] != Keys.NONE;
      if (keys[command.number()] == Keys.SPECIFIED) {
        oneUse[command.number()] = true;
        reads[command.number()] = reads(command.keySpecs().getFirst().flags());
        writes[command.number()] = writes(command.keySpecs().getFirst().flags());
      }
      channels[command.number()] = CHANNELS.contains(command.fullName());
    }
  }

  private static Keys keysOf(CommandSpec command) {
    Keys keys = Keys.NONE;
    for (KeySpec spec : command.keySpecs()) {
      if (spec.is(KeyFlag.VARIABLE_FLAGS)) {
        return Keys.FOUND;
      }
      if (!spec.is(KeyFlag.NOT_KEY)) {
        keys = Keys.SPECIFIED;
      }
    }
    return keys;
  }

  int size() {
    return all.size();
  }

  /** All commands, without subcommands. */
  List<CommandSpec> commands() {
    return table.commands();
  }

  List<CommandSpec> all() {
    return all;
  }

  /** The command or subcommand ({@code client|list}) of a name in any case; null: none. */
  CommandSpec find(String fullName) {
    return table.find(fullName);
  }

  /** The category of a name in any case; null: none. */
  static AclCategory category(String name) {
    for (AclCategory category : AclCategory.values()) {
      if (category.label().equals(name.toLowerCase(Locale.ROOT))) {
        return category;
      }
    }
    return null;
  }

  /** Whether a command has keys; then it has no channels. */
  boolean hasKeys(CommandSpec command) {
    return hasKeys[command.number()];
  }

  /**
   * Which argument of a command is the only key, whatever is done with it; 0 if there may be others
   * or it isn't there.
   */
  int soleKey(CommandSpec command, Request request, int offset) {
    int index = command.soleKey();
    return index > 0 && offset + index < request.argumentCount() ? offset + index : 0;
  }

  /** Whether a command does the same with its only key whatever its arguments. */
  boolean hasOneUse(CommandSpec command) {
    return oneUse[command.number()];
  }

  /** Whether that reads the key. */
  boolean readsSoleKey(CommandSpec command) {
    return reads[command.number()];
  }

  /** Whether that writes the key. */
  boolean writesSoleKey(CommandSpec command) {
    return writes[command.number()];
  }

  /** Whether a key is read that these things are done with. */
  static boolean reads(Set<KeyFlag> flags) {
    return flags.contains(KeyFlag.ACCESS);
  }

  /** Whether a key is written that these things are done with. */
  static boolean writes(Set<KeyFlag> flags) {
    return flags.contains(KeyFlag.INSERT)
        || flags.contains(KeyFlag.DELETE)
        || flags.contains(KeyFlag.UPDATE);
  }

  /** Hands over the index of each argument that is a key, and what is done with it. */
  void forEachKey(CommandSpec command, Request request, int offset, KeyConsumer action) {
    if (keys[command.number()] == Keys.SPECIFIED
        && specified(command.keySpecs(), request, offset, action)) {
      return;
    }
    if (request.argumentCount() - offset > 1 && !command.findKeys(request, offset, action)) {
      LenientKeys.forEach(command, request, offset, action);
    }
  }

  /** False: the specs say that the arguments are wrong, or not all; none was handed over then. */
  private static boolean specified(
      List<KeySpec> specs, Request request, int offset, KeyConsumer action) {
    if (specs.size() > 1 || specs.getFirst().is(KeyFlag.INCOMPLETE)) {
      for (int i = 0; i < specs.size(); i++) {
        KeySpec spec = specs.get(i);
        if (counts(spec, request, offset)
            && (spec.is(KeyFlag.INCOMPLETE) || !spec.forEachKey(request, offset, (_, _) -> {}))) {
          return false;
        }
      }
    }
    boolean right = true;
    for (int i = 0; i < specs.size(); i++) {
      KeySpec spec = specs.get(i);
      if (counts(spec, request, offset)) {
        right = spec.forEachKey(request, offset, action);
      }
    }
    return right;
  }

  /** Whether a spec speaks of keys that are there: its word may not be. */
  private static boolean counts(KeySpec spec, Request request, int offset) {
    if (spec.is(KeyFlag.NOT_KEY)) {
      return false;
    }
    if (!(spec.begin() instanceof KeySpec.AfterKeyword keyword)) {
      return true;
    }
    int count = request.argumentCount() - offset;
    int first = keyword.of(request, offset, count);
    return first >= 0 && first < count;
  }

  boolean hasChannels(CommandSpec command) {
    return channels[command.number()];
  }

  /** How many arguments of a command after its name are channels. */
  static int channelCount(CommandSpec command, Request request, int offset) {
    int count = request.argumentCount() - offset - 1;
    return ONE_CHANNEL.contains(command.name()) ? Math.min(1, count) : count;
  }

  /** Whether a command's channels are patterns. */
  static boolean areChannelPatterns(CommandSpec command) {
    return command.name().equals(BY_PATTERN);
  }
}

package dev.varve.server.command.key;

import dev.varve.server.command.support.EncodingName;
import dev.varve.server.command.support.HelpReply;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** OBJECT and MEMORY: how single keys are kept. */
final class ObjectCommands {
  private ObjectCommands() {}

  /** The name that Redis has for how it would keep such a string after SET. */
  static void encoding(CommandContext context) {
    if (find(context)) {
      context.reply().bulk(EncodingName.of(context));
    }
  }

  /** No two keys share a value here. */
  static void refCount(CommandContext context) {
    if (find(context)) {
      context.reply().integer(1);
    }
  }

  /** Other keys may share what is known of one, see AccessTimes: it was idle for that at least. */
  static void idleTime(CommandContext context) {
    if (find(context)) {
      context.reply().integer(context.keyspace().idleSeconds());
    }
  }

  static void frequency(CommandContext context) {
    if (find(context)) {
      throw new CommandException(
          "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note"
              + " that when switching between policies at runtime LRU and LFU data will take some"
              + " time to adjust.");
    }
  }

  /** Looks the key up that a subcommand is about; answers null if there is none. */
  private static boolean find(CommandContext context) {
    context.selectKey(2);
    boolean live = context.keyspace().findCountedUntold();
    if (!live) {
      context.reply().nullBulk();
    }
    return live;
  }

  static void objectHelp(CommandContext context) {
    HelpReply.write(
        context,
        "ENCODING <key>",
        "    Tell how Redis would keep what the key holds.",
        "FREQ <key>",
        "    Not tracked, as nothing is evicted.",
        "IDLETIME <key>",
        "    Tell for how many seconds at least the key was not used.",
        "REFCOUNT <key>",
        "    Tell how many keys share the value: 1.");
  }
}

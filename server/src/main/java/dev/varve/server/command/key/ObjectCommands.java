package dev.varve.server.command.key;

import dev.varve.protocol.DecimalLong;
import dev.varve.server.command.support.HelpReply;
import dev.varve.server.command.support.StringCopy;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** OBJECT and MEMORY: how single keys are kept. */
final class ObjectCommands {
  /** Redis keeps longer strings apart from the object that points to them. */
  private static final int LONGEST_EMBEDDED = 44;

  private ObjectCommands() {}

  /** The name that Redis has for how it would keep such a string after SET. */
  static void encoding(CommandContext context) {
    if (find(context)) {
      Keyspace keyspace = context.keyspace();
      if (!keyspace.isString()) {
        context.reply().bulk(keyspace.encodingName());
      } else if (isNumber(keyspace)) {
        context.reply().bulk("int");
      } else {
        context.reply().bulk(keyspace.valueLength() <= LONGEST_EMBEDDED ? "embstr" : "raw");
      }
    }
  }

  private static boolean isNumber(Keyspace keyspace) {
    if (keyspace.valueLength() > DecimalLong.MAX_LENGTH) {
      return false;
    }
    byte[] text = StringCopy.of(keyspace);
    return DecimalLong.isLong(text, 0, text.length);
  }

  /** No two keys share a value here. */
  static void refCount(CommandContext context) {
    if (find(context)) {
      context.reply().integer(1);
    }
  }

  static void idleTime(CommandContext context) {
    if (find(context)) {
      throw new CommandException("ERR Keys are never evicted, idle time not tracked.");
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
        "    Not tracked, as nothing is evicted.",
        "REFCOUNT <key>",
        "    Tell how many keys share the value: 1.");
  }
}

package dev.varve.server.command.script;

import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.storage.StorageException;
import java.util.Set;

/** What a script may do by what it says of itself, and by the command that calls it. */
enum ScriptPower {
  /** It changes nothing. */
  READS,
  /** It writes, but doesn't begin to add to data that takes more on the disk than it may. */
  WRITES,
  /** It writes even then. */
  WRITES_BEYOND_QUOTA;

  /**
   * Returns that of what is called now.
   *
   * @param flags what it says of itself; null: nothing
   * @param readOnly whether it is called by a command that promises so
   * @throws CommandException if both don't fit, or it may not be called now
   */
  static ScriptPower of(CommandContext context, Set<ScriptFlag> flags, boolean readOnly) {
    if (readOnly && flags != null && ScriptFlag.allowsWrites(flags)) {
      throw new CommandException(
          "ERR Can not execute a script with write flag using *_ro command.");
    }
    if (readOnly || !ScriptFlag.allowsWrites(flags)) {
      return READS;
    }
    if (flags == null) {
      return WRITES;
    }
    StorageException noWrites = context.services().storage().noWrites();
    if (noWrites != null) {
      throw new CommandException(
          "MISCONF Redis is configured to persist data to AOF, but it's currently unable to persist"
              + " to disk. Writable scripts are blocked. Use 'no-writes' flag for read only"
              + " scripts. AOF error: "
              + noWrites.getMessage());
    }
    if (flags.contains(ScriptFlag.ALLOW_OOM)) {
      return WRITES_BEYOND_QUOTA;
    }
    if (context.services().quota().isExceeded()) {
      throw new CommandException(
          "OOM allow-oom flag is not set on the script, can not run it when used disk space >"
              + " 'max-db-size'");
    }
    return WRITES;
  }
}

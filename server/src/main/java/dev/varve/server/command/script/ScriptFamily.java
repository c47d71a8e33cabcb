package dev.varve.server.command.script;

import static dev.varve.server.dispatch.Argument.key;
import static dev.varve.server.dispatch.Argument.oneOf;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.Argument.word;
import static dev.varve.server.dispatch.CommandFlag.ALLOW_BUSY;
import static dev.varve.server.dispatch.CommandFlag.LOADING;
import static dev.varve.server.dispatch.CommandFlag.MOVABLEKEYS;
import static dev.varve.server.dispatch.CommandFlag.NOSCRIPT;
import static dev.varve.server.dispatch.CommandFlag.NO_MANDATORY_KEYS;
import static dev.varve.server.dispatch.CommandFlag.READONLY;
import static dev.varve.server.dispatch.CommandFlag.SKIP_MONITOR;
import static dev.varve.server.dispatch.CommandFlag.STALE;
import static dev.varve.server.dispatch.CommandSpec.command;
import static dev.varve.server.dispatch.KeyFlag.ACCESS;
import static dev.varve.server.dispatch.KeyFlag.RO;
import static dev.varve.server.dispatch.KeyFlag.RW;
import static dev.varve.server.dispatch.KeyFlag.UPDATE;

import dev.varve.server.command.support.HelpReply;
import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandHandler;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import dev.varve.server.dispatch.KeyFlag;
import dev.varve.server.dispatch.KeySpec;
import java.util.ArrayList;
import java.util.List;

/** The commands that run scripts, and keep them. */
public final class ScriptFamily {
  static final CommandGroup GROUP = CommandGroup.SCRIPTING;
  private static final String READ_WRITE =
      "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE";
  private static final String READ_ONLY =
      "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS";

  private ScriptFamily() {}

  /** Returns the commands, with a cache of scripts of their own. */
  public static List<CommandSpec> commands() {
    EvalCommands evals = new EvalCommands(new ScriptCache());
    List<CommandSpec> all = new ArrayList<>();
    all.add(
        calling("eval", READ_WRITE, false, evals::eval)
            .replicating(EvalCommands::mayWrite)
            .arguments(arguments("script"))
            .build());
    all.add(
        calling("evalsha", null, false, evals::evalSha)
            .replicating(evals::mayWriteBySha)
            .arguments(arguments("sha1"))
            .build());
    all.add(
        calling("eval_ro", READ_ONLY, true, evals::evalReadOnly)
            .arguments(arguments("script"))
            .build());
    all.add(
        calling("evalsha_ro", null, true, evals::evalShaReadOnly)
            .arguments(arguments("sha1"))
            .build());
    all.add(script(evals));
    return all;
  }

  /** Begins a command that runs a script or function. */
  static CommandSpec.Builder calling(
      String name, String notes, boolean readOnly, CommandHandler handler) {
    CommandSpec.Builder builder =
        command(name, -3, GROUP, Execution.WRITE, handler)
            .flags(NOSCRIPT, STALE, SKIP_MONITOR, NO_MANDATORY_KEYS, MOVABLEKEYS)
            .categories(AclCategory.SCRIPTING)
            .keys(
                notes,
                new KeySpec.AtIndex(2),
                new KeySpec.Counted(0, 1, 1),
                readOnly ? new KeyFlag[] {RO, ACCESS} : new KeyFlag[] {RW, ACCESS, UPDATE});
    return readOnly ? builder.flags(READONLY) : builder;
  }

  /** Returns the arguments of a command that runs what {@code first} names. */
  static dev.varve.server.dispatch.Argument[] arguments(String first) {
    return new dev.varve.server.dispatch.Argument[] {
      plain(first, "string"),
      plain("numkeys", "integer"),
      key("key", 0).asOptional().asMultiple(),
      plain("arg", "string").asOptional().asMultiple()
    };
  }

  private static CommandSpec script(EvalCommands evals) {
    return command("script", -2, GROUP, Execution.LOOP, null)
        .subcommands(
            command("load", 3, GROUP, Execution.WRITE, evals::load)
                .flags(NOSCRIPT, STALE)
                .categories(AclCategory.SCRIPTING)
                .tips("request_policy:all_nodes", "response_policy:all_succeeded")
                .arguments(plain("script", "string")),
            command("exists", -3, GROUP, Execution.LOOP, evals::exists)
                .flags(NOSCRIPT)
                .categories(AclCategory.SCRIPTING)
                .tips("request_policy:all_shards", "response_policy:agg_logical_and")
                .arguments(plain("sha1", "string").asMultiple()),
            command("flush", -2, GROUP, Execution.LOOP, evals::flush)
                .flags(NOSCRIPT)
                .categories(AclCategory.SCRIPTING)
                .tips("request_policy:all_nodes", "response_policy:all_succeeded")
                .arguments(
                    oneOf("async", word("async", "ASYNC"), word("sync", "SYNC"))
                        .asOptional()
                        .since("6.2.0")),
            command("kill", 2, GROUP, Execution.LOOP, EvalCommands::kill)
                .flags(NOSCRIPT, ALLOW_BUSY)
                .categories(AclCategory.SCRIPTING)
                .tips("request_policy:all_shards", "response_policy:one_succeeded"),
            command("debug", 3, GROUP, Execution.LOOP, EvalCommands::debug)
                .flags(NOSCRIPT)
                .categories(AclCategory.SCRIPTING)
                .arguments(
                    oneOf("mode", word("yes", "YES"), word("sync", "SYNC"), word("no", "NO"))),
            command("help", 2, GROUP, Execution.LOOP, ScriptFamily::help)
                .flags(LOADING, STALE)
                .categories(AclCategory.SCRIPTING))
        .build();
  }

  private static void help(CommandContext context) {
    HelpReply.write(
        context,
        "DEBUG (YES|SYNC|NO)",
        "    Set the debug mode for subsequent scripts executed.",
        "EXISTS <sha1> [<sha1> ...]",
        "    Return information about the existence of the scripts in the script cache.",
        "FLUSH [ASYNC|SYNC]",
        "    Flush the Lua scripts cache. Very dangerous on replicas.",
        "    When called without the optional mode argument, the behavior is determined by the",
        "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
        "    * ASYNC: Asynchronously flush the scripts cache.",
        "    * SYNC: Synchronously flush the scripts cache.",
        "KILL",
        "    Kill the currently executing Lua script.",
        "LOAD <script>",
        "    Load a script into the scripts cache without executing it.");
  }
}

package dev.varve.server.command.script;

import static dev.varve.server.dispatch.Argument.oneOf;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.Argument.word;
import static dev.varve.server.dispatch.CommandFlag.ALLOW_BUSY;
import static dev.varve.server.dispatch.CommandFlag.DENYOOM;
import static dev.varve.server.dispatch.CommandFlag.LOADING;
import static dev.varve.server.dispatch.CommandFlag.NOSCRIPT;
import static dev.varve.server.dispatch.CommandFlag.STALE;
import static dev.varve.server.dispatch.CommandFlag.WRITE;
import static dev.varve.server.dispatch.CommandSpec.command;

import dev.varve.server.command.support.HelpReply;
import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandFlag;
import dev.varve.server.dispatch.CommandHandler;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/** The commands that keep libraries of functions, and call functions. */
public final class FunctionFamily {
  private static final String READ_WRITE =
      "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE";
  private static final String READ_ONLY =
      "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS";

  private FunctionFamily() {}

  /** Returns the commands, which know of functions that only read together. */
  public static List<CommandSpec> commands() {
    FunctionCommands functions = new FunctionCommands();
    return List.of(
        ScriptFamily.calling("fcall", READ_WRITE, false, functions::call)
            .replicating(functions::mayWrite)
            .arguments(ScriptFamily.arguments("function"))
            .build(),
        ScriptFamily.calling("fcall_ro", READ_ONLY, true, functions::callReadOnly)
            .arguments(ScriptFamily.arguments("function"))
            .build(),
        command("function", -2, ScriptFamily.GROUP, Execution.LOOP, null)
            .subcommands(
                load(functions),
                delete(functions),
                flush(functions),
                dump(),
                restore(functions),
                list(),
                statistics(),
                kill(),
                help())
            .build());
  }

  private static CommandSpec.Builder sub(
      String name, int arity, Execution execution, CommandHandler handler, CommandFlag... flags) {
    return command(name, arity, ScriptFamily.GROUP, execution, handler)
        .flags(flags)
        .categories(AclCategory.SCRIPTING);
  }

  private static CommandSpec.Builder load(FunctionCommands functions) {
    return sub("load", -3, Execution.WRITE, functions::load, NOSCRIPT, WRITE, DENYOOM)
        .tips("request_policy:all_shards", "response_policy:all_succeeded")
        .arguments(word("replace", "REPLACE").asOptional(), plain("function-code", "string"));
  }

  private static CommandSpec.Builder delete(FunctionCommands functions) {
    return sub("delete", 3, Execution.WRITE, functions::delete, NOSCRIPT, WRITE)
        .tips("request_policy:all_shards", "response_policy:all_succeeded")
        .arguments(plain("library-name", "string"));
  }

  private static CommandSpec.Builder flush(FunctionCommands functions) {
    return sub("flush", -2, Execution.WRITE, functions::flush, NOSCRIPT, WRITE)
        .tips("request_policy:all_shards", "response_policy:all_succeeded")
        .arguments(oneOf("async", word("async", "ASYNC"), word("sync", "SYNC")).asOptional());
  }

  private static CommandSpec.Builder dump() {
    return sub("dump", 2, Execution.WRITE, FunctionCommands::dump, NOSCRIPT);
  }

  private static CommandSpec.Builder restore(FunctionCommands functions) {
    return sub("restore", -3, Execution.WRITE, functions::restore, NOSCRIPT, WRITE, DENYOOM)
        .tips("request_policy:all_shards", "response_policy:all_succeeded")
        .arguments(
            plain("serialized-value", "string"),
            oneOf(
                    "policy",
                    word("flush", "FLUSH"),
                    word("append", "APPEND"),
                    word("replace", "REPLACE"))
                .asOptional());
  }

  private static CommandSpec.Builder list() {
    return sub("list", -2, Execution.WRITE, FunctionCommands::list, NOSCRIPT)
        .tips("nondeterministic_output_order")
        .arguments(
            plain("library-name-pattern", "string").token("LIBRARYNAME").asOptional(),
            word("withcode", "WITHCODE").asOptional());
  }

  private static CommandSpec.Builder statistics() {
    return sub("stats", 2, Execution.LOOP, FunctionCommands::statistics, NOSCRIPT, ALLOW_BUSY)
        .tips("nondeterministic_output", "request_policy:all_shards", "response_policy:special");
  }

  private static CommandSpec.Builder kill() {
    return sub("kill", 2, Execution.LOOP, FunctionCommands::kill, NOSCRIPT, ALLOW_BUSY)
        .tips("request_policy:all_shards", "response_policy:one_succeeded");
  }

  private static CommandSpec.Builder help() {
    return sub("help", 2, Execution.LOOP, FunctionFamily::help, LOADING, STALE);
  }

  private static void help(CommandContext context) {
    HelpReply.write(
        context,
        "LOAD [REPLACE] <FUNCTION CODE>",
        "    Create a new library with the given library name and code.",
        "DELETE <LIBRARY NAME>",
        "    Delete the given library.",
        "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
        "    Return general information on all the libraries:",
        "    * Library name",
        "    * The engine used to run the Library",
        "    * Library description",
        "    * Functions list",
        "    * Library code (if WITHCODE is given)",
        "    It also possible to get only function that matches a pattern using LIBRARYNAME"
            + " argument.",
        "STATS",
        "    Return information about the current function running:",
        "    * Function name",
        "    * Command used to run the function",
        "    * Duration in MS that the function is running",
        "    If no function is running, return nil",
        "    In addition, returns a list of available engines.",
        "KILL",
        "    Kill the current running function.",
        "FLUSH [ASYNC|SYNC]",
        "    Delete all the libraries.",
        "    When called without the optional mode argument, the behavior is determined by the",
        "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
        "    * ASYNC: Asynchronously flush the libraries.",
        "    * SYNC: Synchronously flush the libraries.",
        "DUMP",
        "    Return a serialized payload representing the current libraries, can be restored using"
            + " FUNCTION RESTORE command",
        "RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
        "    Restore the libraries represented by the given payload, it is possible to give a"
            + " restore policy to",
        "    control how to handle existing libraries (default APPEND):",
        "    * FLUSH: delete all existing libraries.",
        "    * APPEND: appends the restored libraries to the existing libraries. On collision,"
            + " abort.",
        "    * REPLACE: appends the restored libraries to the existing libraries, On collision,"
            + " replace the old",
        "      libraries with the new libraries (notice that even on this option there is a chance"
            + " of failure",
        "      in case of functions name collision with another library).");
  }
}

package dev.varve.server.command.script;

import dev.varve.lua.runtime.LuaFunction;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.util.Locale;

/** EVAL and EVALSHA, and SCRIPT's part in what they know. */
final class EvalCommands {
  private static final String NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL.";
  private static final int SHA_LENGTH = 40;
  private static final byte[] SYNC = Arguments.word("SYNC");
  private static final byte[] ASYNC = Arguments.word("ASYNC");
  private static final byte[] YES = Arguments.word("YES");
  private static final byte[] NO = Arguments.word("NO");

  private final ScriptCache cache;

  EvalCommands(ScriptCache cache) {
    this.cache = cache;
  }

  void eval(CommandContext context) {
    eval(context, false);
  }

  void evalReadOnly(CommandContext context) {
    eval(context, true);
  }

  void evalSha(CommandContext context) {
    evalSha(context, false);
  }

  void evalShaReadOnly(CommandContext context) {
    evalSha(context, true);
  }

  /** Any thread: whether the script of an EVAL may write, or its first line is wrong. */
  static boolean mayWrite(Request request) {
    try {
      return ScriptFlag.allowsWrites(ScriptHeader.of(request.argumentBytes(1)).flags());
    } catch (CommandException _) {
      return true;
    }
  }

  /**
   * Any thread: whether the script of an EVALSHA may write; one that isn't known writes nothing.
   */
  boolean mayWriteBySha(Request request) {
    Script script = cache.find(request.argumentString(1).toLowerCase(Locale.ROOT));
    return script != null && ScriptFlag.allowsWrites(script.header().flags());
  }

  private void eval(CommandContext context, boolean readOnly) {
    int keys = keyCount(context, Arguments.longValue(context, 2));
    byte[] text = context.request().argumentBytes(1);
    String sha = Script.sha1(text);
    Script script = cache.find(sha);
    if (script == null) {
      script = new Script(sha, text, ScriptHeader.of(text));
      LuaFunction _ = ScriptInterpreter.of(context).compiled(script);
      add(context, script, false);
    }
    run(context, script, keys, readOnly);
  }

  private void evalSha(CommandContext context, boolean readOnly) {
    Request request = context.request();
    if (request.argumentLength(1) != SHA_LENGTH) {
      throw new CommandException(NO_SCRIPT);
    }
    int keys = keyCount(context, Arguments.longValue(context, 2));
    Script script = cache.find(request.argumentString(1).toLowerCase(Locale.ROOT));
    if (script == null) {
      throw new CommandException(NO_SCRIPT);
    }
    run(context, script, keys, readOnly);
  }

  /** Returns how many of the arguments are keys, if it can be so many. */
  static int keyCount(CommandContext context, long said) {
    if (said > context.request().argumentCount() - 3) {
      throw new CommandException("ERR Number of keys can't be greater than number of args");
    }
    if (said < 0) {
      throw new CommandException("ERR Number of keys can't be negative");
    }
    return (int) said;
  }

  private static void run(CommandContext context, Script script, int keys, boolean readOnly) {
    ScriptInterpreter scripts = ScriptInterpreter.of(context);
    LuaFunction compiled = scripts.compiled(script);
    ScriptPower power = ScriptPower.of(context, script.header().flags(), readOnly);
    scripts.runScript(context, compiled, script.sha(), keys, power);
  }

  /** Remembering a script changes no more than what it costs, so a run that is given up may. */
  private void add(CommandContext context, Script script, boolean byLoad) {
    cache.add(script, byLoad, context.services().config().scriptBytes() / 4);
    context.services().runningScript().kept(cache.count());
  }

  void load(CommandContext context) {
    byte[] text = context.request().argumentBytes(2);
    String sha = Script.sha1(text);
    Script script = cache.find(sha);
    if (script == null) {
      script = new Script(sha, text, ScriptHeader.of(text));
      LuaFunction _ = ScriptInterpreter.of(context).compiled(script);
    }
    add(context, script, true);
    context.reply().bulk(sha);
  }

  void exists(CommandContext context) {
    Request request = context.request();
    context.reply().arrayHeader(request.argumentCount() - 2);
    for (int i = 2; i < request.argumentCount(); i++) {
      String sha = request.argumentString(i).toLowerCase(Locale.ROOT);
      context.reply().integer(cache.has(sha) ? 1 : 0);
    }
  }

  void flush(CommandContext context) {
    checkFlush(context, "ERR SCRIPT FLUSH only support SYNC|ASYNC option");
    cache.clear();
    context.services().runningScript().kept(0);
    context.reply().ok();
  }

  /** Checks the option of a FLUSH, which makes no difference. */
  static void checkFlush(CommandContext context, String error) {
    Request request = context.request();
    if (request.argumentCount() > 2
        && (request.argumentCount() > 3
            || !(request.equalsIgnoreCase(2, SYNC) || request.equalsIgnoreCase(2, ASYNC)))) {
      throw new CommandException(error);
    }
  }

  static void debug(CommandContext context) {
    Request request = context.request();
    if (request.equalsIgnoreCase(2, NO)) {
      context.reply().ok();
    } else if (request.equalsIgnoreCase(2, YES) || request.equalsIgnoreCase(2, SYNC)) {
      throw new CommandException("ERR there is no debugger of scripts");
    } else {
      throw new CommandException("ERR Use SCRIPT DEBUG YES/SYNC/NO");
    }
  }

  static void kill(CommandContext context) {
    kill(context, false);
  }

  /** Ends what runs. */
  static void kill(CommandContext context, boolean function) {
    String error = context.services().runningScript().kill(function);
    if (error != null) {
      throw new CommandException(error);
    }
    context.reply().ok();
  }
}

package dev.varve.server.command.script;

import static dev.varve.lua.library.Arguments.define;

import dev.varve.lua.Lua;
import dev.varve.lua.library.RandomNumbers;
import dev.varve.lua.runtime.Events;
import dev.varve.lua.runtime.Frame;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaFunction;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Values;
import dev.varve.lua.tree.Closure;
import dev.varve.protocol.Request;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.Monitors;
import dev.varve.server.dispatch.RunningScript;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What scripts run in on a thread that executes commands: an interpreter of Lua with Redis's table,
 * whose globals nobody can change, and compiled scripts. One script runs at a time. Not
 * thread-safe.
 */
final class ScriptInterpreter {
  /** A part of the thread's stack, as estimates are of frames that are compiled. */
  private static final long STACK_BYTES = RunningScript.STACK_BYTES / 2;

  /** What is written of a compiled script's size: it takes more than its text. */
  private static final int COMPILED_BYTES = 40;

  private static final String STACK_OVERFLOW = "ERR stack overflow";
  private static final LuaString KEYS = LuaString.of("KEYS");
  private static final LuaString ARGV = LuaString.of("ARGV");
  private static final List<String> LEFT_OUT = List.of("newproxy", "setfenv", "getfenv");

  private final Interpreter lua;
  private final RandomNumbers random = new RandomNumbers(0);
  private final LuaTable globals;
  private final RedisTable redis;
  private final Libraries libraries;
  private final LuaTable functionGlobals;

  /** What functions have as their globals: empty, it finds what its metatable says. */
  private final LuaTable functionEnvironment;

  private final LuaTable functionMetatable;
  private final long compiledLimit;
  private final Map<String, LuaFunction> compiled = new LinkedHashMap<>(16, 0.75f, true);
  private long compiledBytes;
  private final Map<String, Integer> sizes = new LinkedHashMap<>();

  /** The one that is under way; null: none is. */
  private ScriptRun run;

  /** The database that was selected when it began: a script's SELECT is its own. */
  private int database;

  private int replyMark;

  /**
   * Makes one.
   *
   * @param bytes heap that scripts may hold
   * @param compiledLimit heap that compiled scripts may take beside
   */
  ScriptInterpreter(long bytes, long compiledLimit) {
    this.compiledLimit = compiledLimit;
    lua = Lua.interpreter(STACK_BYTES, random);
    Lua.installCodecs(lua);
    lua.watch(this::look);
    globals = lua.globals();
    functionEnvironment = lua.table();
    functionMetatable = lua.table();
    LEFT_OUT.forEach(name -> globals.set(name, null));
    define(lua, globals, "pcall", CommandCalls::protectedCall);
    redis = new RedisTable(this, lua);
    LuaTable ofFunctions = redis.ofRuns();
    functionGlobals = copyOf(globals);
    functionGlobals.set("redis", ofFunctions);
    functionGlobals.set("_G", functionGlobals);
    LuaTable ofScripts = copyOf(ofFunctions);
    redis.addForEval(ofScripts);
    globals.set("redis", ofScripts);
    globals.set("__redis__err__handler", lua.function((l, a) -> handled(a)));
    protect(globals);
    protect(functionGlobals);
    lockRecursively(lua.stringMetatable());
    functionMetatable.set(Events.INDEX, functionGlobals);
    functionEnvironment.metatable(functionMetatable);
    lockRecursively(functionEnvironment);
    lua.root(globals);
    lua.root(functionEnvironment);
    libraries = new Libraries(this, lua);
    lua.heap().limit(lua.heap().measure() + bytes);
  }

  /** Returns that of a context's thread. */
  static ScriptInterpreter of(CommandContext context) {
    return context.scripts(
        ScriptInterpreter.class,
        () -> {
          long all = context.services().config().scriptBytes();
          return context.isRehearsal()
              ? new ScriptInterpreter(all / 16, all / 64)
              : new ScriptInterpreter(all * 3 / 8, all / 8);
        });
  }

  private LuaTable copyOf(LuaTable from) {
    LuaTable copy = lua.table();
    for (int place = from.placeFrom(0); place >= 0; place = from.placeFrom(place + 1)) {
      copy.set(from.keyAt(place), from.valueAt(place));
    }
    return copy;
  }

  private static Object absent(Interpreter lua, Object[] arguments) {
    LuaString name = arguments.length == 2 ? Values.string(arguments[1]) : null;
    if (arguments.length != 2) {
      throw lua.error("Wrong number of arguments to luaProtectedTableError");
    }
    if (name == null) {
      throw lua.error("Second argument to luaProtectedTableError must be a string or number");
    }
    throw lua.error(
        "Script attempted to access nonexistent global variable '" + LuaReply.text(name) + "'");
  }

  private static void lockRecursively(LuaTable table) {
    if (table.readonly()) {
      return;
    }
    table.readonly(true);
    for (int place = table.placeFrom(0); place >= 0; place = table.placeFrom(place + 1)) {
      if (table.valueAt(place) instanceof LuaTable inner) {
        lockRecursively(inner);
      }
    }
    if (table.metatable() != null) {
      lockRecursively(table.metatable());
    }
  }

  Interpreter lua() {
    return lua;
  }

  RedisTable redis() {
    return redis;
  }

  Libraries libraries() {
    return libraries;
  }

  /**
   * Locks a table for scripts, with all that it leads to, and has reading what isn't there fail.
   */
  void protect(LuaTable table) {
    LuaTable metatable = lua.table();
    define(lua, metatable, Events.INDEX.toString(), ScriptInterpreter::absent);
    table.metatable(metatable);
    lockRecursively(table);
  }

  /** Compiles a library, whose functions find as globals what {@link #functionsFind} says. */
  LuaFunction load(byte[] library) {
    lua.globals(functionEnvironment);
    return Lua.load(lua, library, "@user_function");
  }

  /** Sets what functions find as globals from now on; null: what they find when they run. */
  void functionsFind(LuaTable table) {
    functionMetatable.set(Events.INDEX, table == null ? functionGlobals : table);
  }

  /** Returns what runs; null: nothing does. */
  ScriptRun run() {
    return run;
  }

  private void look() {
    if (run != null) {
      run.look();
    }
  }

  // Compiling

  /**
   * Returns a script as a function, compiled if it isn't yet.
   *
   * @throws CommandException if it is no program
   */
  LuaFunction compiled(Script script) {
    LuaFunction known = compiled.get(script.sha());
    if (known != null) {
      return known;
    }
    byte[] body = script.header().body(script.text());
    LuaFunction made;
    try {
      lua.globals(globals);
      made = Lua.load(lua, body, "@user_script");
    } catch (LuaError e) {
      throw new CommandException("ERR Error compiling script (new function): " + e.getMessage());
    } catch (StackOverflowError e) {
      throw new CommandException("ERR Error compiling script (new function): chunk too complex");
    } finally {
      lua.reset();
    }
    keep(script.sha(), made, COMPILED_BYTES * body.length);
    return made;
  }

  private void keep(String sha, LuaFunction made, int bytes) {
    compiled.put(sha, made);
    sizes.put(sha, bytes);
    compiledBytes += bytes;
    Iterator<String> oldest = compiled.keySet().iterator();
    List<String> dropped = new ArrayList<>();
    while (compiledBytes > compiledLimit && dropped.size() < compiled.size() - 1) {
      String next = oldest.next();
      dropped.add(next);
      compiledBytes -= sizes.remove(next);
    }
    dropped.forEach(compiled::remove);
  }

  // Running

  /**
   * Runs a script of EVAL and answers with what it gives.
   *
   * @param keys how many of the arguments, from the fourth on, are keys
   */
  void runScript(
      CommandContext context, LuaFunction script, String sha, int keys, ScriptPower power) {
    begin(context, sha, false, power);
    try {
      lua.globals(globals);
      Request request = context.request();
      globals.set(KEYS, arguments(request, 3, 3 + keys));
      globals.set(ARGV, arguments(request, 3 + keys, request.argumentCount()));
      answer(script.call(lua));
    } catch (LuaError e) {
      fail(e, sha);
    } catch (ScriptKilled killed) {
      endKilled(sha, killed);
    } catch (StackOverflowError e) {
      failWith(STACK_OVERFLOW);
    } finally {
      globals.set(KEYS, null);
      globals.set(ARGV, null);
      end(context);
    }
  }

  /** As {@link #runScript}, of a library's function. */
  void runFunction(
      CommandContext context, LuaFunction function, String name, int keys, ScriptPower power) {
    begin(context, name, true, power);
    try {
      lua.globals(functionEnvironment);
      Request request = context.request();
      LuaTable keyTable = arguments(request, 3, 3 + keys);
      LuaTable rest = arguments(request, 3 + keys, request.argumentCount());
      answer(function.call(lua, keyTable, rest));
    } catch (LuaError e) {
      fail(e, name);
    } catch (ScriptKilled killed) {
      endKilled(name, killed);
    } catch (StackOverflowError e) {
      failWith(STACK_OVERFLOW);
    } finally {
      end(context);
    }
  }

  /** A library's text begins to run. */
  void beginLoading(CommandContext context) {
    run = ScriptRun.ofLoading(context);
  }

  /** The library's text has come to its end. */
  void endLoading() {
    run = null;
    lua.reset();
  }

  private void begin(CommandContext context, String name, boolean function, ScriptPower power) {
    run = new ScriptRun(context, power);
    database = context.session().database();
    replyMark = context.isRehearsal() ? 0 : context.replyMark();
    Monitors monitors = context.services().monitors();
    if (monitors.isAny() && !context.isRehearsal() && run.keeps(context.request().byteSize())) {
      context.effect(monitors.ofScript(context.session(), context.spec(), context.request()));
    }
    random.seedLater(() -> context.keyspace().random().nextInt());
    if (run.isLent()) {
      Request request = context.request();
      List<byte[]> command = new ArrayList<>();
      for (int i = 0; i < request.argumentCount(); i++) {
        command.add(request.argumentBytes(i));
      }
      RunningScript script = context.services().runningScript();
      run.announce(script.begin(name, function, command, run.beganMillis()));
    }
  }

  private void end(CommandContext context) {
    if (run.isLent()) {
      context.services().runningScript().end();
    }
    run = null;
    context.session().database(database);
    lua.reset();
  }

  private LuaTable arguments(Request request, int from, int to) {
    LuaTable table = lua.table(to - from, 0);
    for (int i = from; i < to; i++) {
      table.set(i - from + 1, lua.string(request.argumentBytes(i)));
    }
    return table;
  }

  /** Answers with the first value that was given; what is rehearsed isn't answered. */
  private void answer(Object result) {
    CommandContext context = run.context();
    if (context.isRehearsal()) {
      return;
    }
    try {
      reply(context).write(Values.first(result));
    } catch (CommandException noRoom) {
      failWith(noRoom.getMessage());
    }
  }

  private LuaReply reply(CommandContext context) {
    return new LuaReply(lua, context.reply(), run.version(), context.services().errors());
  }

  /** Answers with an error that nobody has caught. Makes no value of Lua: memory may be short. */
  private void fail(LuaError e, String name) {
    CommandContext context = run.context();
    if (context.isRehearsal()) {
      return;
    }
    if (e.value() instanceof LuaTable table) {
      reply(context).writeError(table, place(name));
    } else {
      reply(context).writeError("ERR " + lua.operations().text(e.value()), place(name));
    }
  }

  /** Returns where the script has come to, as Redis says it after an error. */
  private String place(String name) {
    Frame frame = innermostLua();
    return frame == null
        ? ""
        : " script: " + name + ", on " + source(frame) + ":" + line(frame) + ".";
  }

  /** Answers with an error, whatever was answered before. */
  private void failWith(String error) {
    CommandContext context = run.context();
    if (!context.isRehearsal()) {
      context.rollBackReply(replyMark);
      context.reply().error(error);
    }
  }

  private static String source(Frame frame) {
    return frame.function instanceof Closure closure ? closure.source() : "=[C]";
  }

  private static int line(Frame frame) {
    return frame.site == null ? 1 : frame.site.line();
  }

  private Frame innermostLua() {
    Frame frame = lua.top();
    while (frame != null && (frame.function == null || frame.function.chunk() == null)) {
      frame = frame.parent;
    }
    return frame;
  }

  /**
   * What it has written stays, as of any script that ends with an error; not if the server stops.
   */
  private void endKilled(String name, ScriptKilled killed) {
    CommandContext context = run.context();
    if (context.services().runningScript().isStopped()) {
      throw killed;
    }
    if (!context.isRehearsal()) {
      context.rollBackReply(replyMark);
      reply(context).writeError("ERR Script killed by user with SCRIPT KILL...", place(name));
    }
  }

  /** The function that Redis has among the globals: it makes a table of an error. */
  private Object handled(Object[] arguments) {
    Object error = Values.first(arguments);
    LuaTable table;
    if (error instanceof LuaTable given) {
      table = given;
    } else {
      table = lua.table(0, 3);
      byte[] text = ("ERR " + lua.operations().text(error)).getBytes(StandardCharsets.ISO_8859_1);
      table.set(ReplyValues.ERROR, lua.string(text));
    }
    Frame frame = innermostLua();
    if (frame != null) {
      lua.operations()
          .setIndex(table, LuaString.of("source"), LuaString.of(source(frame)), null, null);
      lua.operations().setIndex(table, LuaString.of("line"), (double) line(frame), null, null);
    }
    return table;
  }
}

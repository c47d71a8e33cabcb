package dev.varve.server.command.script;

import static dev.varve.lua.library.Arguments.define;

import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaFunction;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Values;
import dev.varve.server.datatype.FunctionLibraries;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The libraries of functions that an interpreter has loaded. They follow what the database has:
 * what they hold beside, in their local variables, is that interpreter's, and lasts as long as it.
 */
final class Libraries {
  private static final Logger LOG = LoggerFactory.getLogger(Libraries.class);

  private final ScriptInterpreter scripts;
  private final Interpreter lua;
  private final LuaTable whileLoading;

  /** The functions of all, so that they count as memory that is held. */
  private final LuaTable held;

  private final Map<String, Library> loaded = new HashMap<>();

  /** By their names in lower case: they are found in any. */
  private final Map<String, Library.Function> functions = new HashMap<>();

  /** What is loaded. */
  private Map<String, FunctionLibraries.Library> followed = Map.of();

  /** The one that is being loaded; null: none is. */
  private Library loading;

  Libraries(ScriptInterpreter scripts, Interpreter lua) {
    this.scripts = scripts;
    this.lua = lua;
    held = lua.table();
    lua.root(held);
    LuaTable redis = lua.table();
    define(lua, redis, "register_function", (l, a) -> register(a));
    scripts.redis().log(redis);
    scripts.redis().version(redis);
    scripts.protect(redis);
    whileLoading = lua.table();
    whileLoading.set("redis", redis);
    scripts.protect(whileLoading);
    lua.root(whileLoading);
  }

  /** Loads what the database has and isn't loaded, and drops what it hasn't. */
  @SuppressWarnings("ReferenceEquality") // what is not the same was loaded later
  void follow(CommandContext context) {
    Map<String, FunctionLibraries.Library> wanted = context.keyspace().transaction().libraries();
    if (followed == wanted) {
      return;
    }
    for (String name : new HashSet<>(loaded.keySet())) {
      FunctionLibraries.Library its = wanted.get(name);
      if (its == null || its.code() != loaded.get(name).code()) {
        drop(name);
      }
    }
    wanted.forEach(
        (name, its) -> {
          if (!loaded.containsKey(name)) {
            loadStored(context, name, its.code());
          }
        });
    followed = wanted;
  }

  private void drop(String name) {
    Library dropped = loaded.remove(name);
    held.set(LuaString.of(name), null);
    for (String function : dropped.functions().keySet()) {
      functions.remove(function.toLowerCase(Locale.ROOT));
    }
  }

  /** One that can't be loaded has no functions. */
  private void loadStored(CommandContext context, String name, byte[] code) {
    Library library;
    try {
      library = load(context, LibraryHeader.of(code), code);
    } catch (CommandException e) {
      LOG.warn("The library of functions {} can't be loaded: {}", name, e.getMessage());
      library = new Library(name, code);
    }
    add(library);
  }

  private void add(Library library) {
    loaded.put(library.name(), library);
    LuaTable bodies = lua.table();
    for (Library.Function function : library.functions().values()) {
      bodies.set(bodies.length() + 1, function.body());
      functions.put(function.name().toLowerCase(Locale.ROOT), function);
    }
    held.set(LuaString.of(library.name()), bodies);
  }

  /** Returns a library that is loaded; null: there is none of its name. */
  Library find(String name) {
    return loaded.get(name);
  }

  /** Returns a function; null: there is none. */
  Library.Function function(String name) {
    return functions.get(name.toLowerCase(Locale.ROOT));
  }

  /** Returns the names, in lower case, of the functions that say that they change no keys. */
  Set<String> readers() {
    Set<String> names = new HashSet<>();
    functions.forEach(
        (name, function) -> {
          if (!ScriptFlag.allowsWrites(function.flags())) {
            names.add(name);
          }
        });
    return names;
  }

  /**
   * Runs a library's text, which tells its functions; they can't be called by it yet.
   *
   * @throws CommandException if it is none
   */
  Library load(CommandContext context, LibraryHeader header, byte[] code) {
    Library library = new Library(header.name(), code);
    LuaFunction chunk;
    try {
      chunk = scripts.load(header.body(code));
    } catch (LuaError e) {
      throw new CommandException("ERR Error compiling function: " + e.getMessage());
    } finally {
      lua.reset();
    }
    loading = library;
    scripts.functionsFind(whileLoading);
    scripts.beginLoading(context);
    try {
      chunk.call(lua);
    } catch (LuaError e) {
      throw new CommandException("ERR Error registering functions: " + text(e));
    } catch (StackOverflowError e) {
      throw new CommandException("ERR Error registering functions: stack overflow");
    } finally {
      scripts.endLoading();
      scripts.functionsFind(null);
      loading = null;
    }
    if (library.functions().isEmpty()) {
      throw new CommandException("ERR No functions registered");
    }
    return library;
  }

  private static String text(LuaError e) {
    if (e.value() instanceof LuaTable table) {
      LuaString text = Values.string(table.get(ReplyValues.ERROR));
      return text == null ? "" : LuaReply.text(text);
    }
    return "ERR " + e.getMessage();
  }

  // redis.register_function

  private Object register(Object[] a) {
    if (loading == null) {
      throw failure("redis.register_function can only be called on FUNCTION LOAD command");
    }
    if (a.length < 1 || a.length > 2) {
      throw failure("wrong number of arguments to redis.register_function");
    }
    add(a.length == 1 ? named(a[0]) : positional(a));
    return Interpreter.NOTHING;
  }

  private LuaError failure(String message) {
    return scripts.redis().failure(message);
  }

  private void add(Library.Function function) {
    if (!LibraryHeader.isName(function.name())) {
      throw failure(LibraryHeader.wrongName());
    }
    if (loading.functions().putIfAbsent(function.name(), function) != null) {
      throw failure("Function already exists in the library");
    }
  }

  private Library.Function positional(Object[] a) {
    LuaString name = Values.string(a[0]);
    if (name == null) {
      throw failure("first argument to redis.register_function must be a string");
    }
    if (!(a[1] instanceof LuaFunction body)) {
      throw failure("second argument to redis.register_function must be a function");
    }
    return new Library.Function(name.toString(), null, EnumSet.noneOf(ScriptFlag.class), body);
  }

  private Library.Function named(Object argument) {
    if (!(argument instanceof LuaTable table)) {
      throw failure(
          "calling redis.register_function with a single argument is only applicable to Lua table"
              + " (representing named arguments).");
    }
    String name = null;
    byte[] description = null;
    LuaFunction body = null;
    Set<ScriptFlag> flags = EnumSet.noneOf(ScriptFlag.class);
    for (int place = table.placeFrom(0); place >= 0; place = table.placeFrom(place + 1)) {
      LuaString key = Values.string(table.keyAt(place));
      if (key == null) {
        throw failure("named argument key given to redis.register_function is not a string");
      }
      Object value = table.valueAt(place);
      switch (LuaReply.text(key).toLowerCase(Locale.ROOT)) {
        case "function_name" -> name = string("function_name", value).toString();
        case "description" -> description = string("description", value).bytes();
        case "callback" -> {
          if (!(value instanceof LuaFunction function)) {
            throw failure("callback argument given to redis.register_function must be a function");
          }
          body = function;
        }
        case "flags" -> flags = flags(value);
        default -> throw failure("unknown argument given to redis.register_function");
      }
    }
    if (name == null) {
      throw failure("redis.register_function must get a function name argument");
    }
    if (body == null) {
      throw failure("redis.register_function must get a callback argument");
    }
    return new Library.Function(name, description, flags, body);
  }

  private LuaString string(String argument, Object value) {
    LuaString string = Values.string(value);
    if (string == null) {
      throw failure(argument + " argument given to redis.register_function must be a string");
    }
    return string;
  }

  private Set<ScriptFlag> flags(Object value) {
    if (!(value instanceof LuaTable table)) {
      throw failure(
          "flags argument to redis.register_function must be a table representing function flags");
    }
    Set<ScriptFlag> flags = EnumSet.noneOf(ScriptFlag.class);
    for (int i = 1; table.get((double) i) != null; i++) {
      LuaString label = Values.string(table.get((double) i));
      ScriptFlag flag =
          label == null ? null : ScriptFlag.find(LuaReply.text(label).toLowerCase(Locale.ROOT));
      if (flag == null) {
        throw failure("unknown flag given");
      }
      flags.add(flag);
    }
    return flags;
  }

  /** As the bytes of a text whose chars are bytes. */
  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}

package dev.varve.server.command.script;

import static dev.varve.lua.library.Arguments.define;

import dev.varve.lua.library.Arguments;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Values;
import dev.varve.protocol.ProtocolVersion;
import dev.varve.server.dispatch.ServerInfo;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The table {@code redis} of scripts. */
final class RedisTable {
  private static final Logger LOG = LoggerFactory.getLogger("dev.varve.script");
  private static final int NONE = 0;
  private static final int AOF = 1;
  private static final int REPLICA = 2;
  private static final int ALL = AOF | REPLICA;
  private static final int DEBUG_LEVEL = 0;
  private static final int VERBOSE_LEVEL = 1;
  private static final int NOTICE_LEVEL = 2;
  private static final int WARNING_LEVEL = 3;
  private static final String WRONG_ARGUMENTS = "wrong number or type of arguments";

  private final ScriptInterpreter scripts;
  private final Interpreter lua;

  RedisTable(ScriptInterpreter scripts, Interpreter lua) {
    this.scripts = scripts;
    this.lua = lua;
  }

  /** Makes the table of scripts and functions that run. */
  LuaTable ofRuns() {
    LuaTable t = lua.table();
    CommandCalls calls = new CommandCalls(scripts, lua);
    define(lua, t, "call", (l, a) -> calls.call(a, true));
    define(lua, t, "pcall", (l, a) -> calls.call(a, false));
    define(lua, t, "acl_check_cmd", (l, a) -> calls.isAllowed(a));
    log(t);
    version(t);
    define(lua, t, "setresp", (l, a) -> setProtocol(a));
    define(lua, t, "sha1hex", (l, a) -> sha1(a));
    define(lua, t, "error_reply", (l, a) -> errorReply(a));
    define(lua, t, "status_reply", (l, a) -> statusReply(a));
    define(lua, t, "set_repl", (l, a) -> setReplication(a));
    t.set("REPL_NONE", (double) NONE);
    t.set("REPL_AOF", (double) AOF);
    t.set("REPL_SLAVE", (double) REPLICA);
    t.set("REPL_REPLICA", (double) REPLICA);
    t.set("REPL_ALL", (double) ALL);
    return t;
  }

  /** Adds what only EVAL's scripts have. */
  void addForEval(LuaTable t) {
    define(lua, t, "breakpoint", (l, a) -> false);
    define(lua, t, "debug", (l, a) -> Interpreter.NOTHING);
    define(lua, t, "replicate_commands", (l, a) -> true);
  }

  /** Adds {@code log} and its levels. */
  void log(LuaTable t) {
    define(lua, t, "log", (l, a) -> log(a));
    t.set("LOG_DEBUG", (double) DEBUG_LEVEL);
    t.set("LOG_VERBOSE", (double) VERBOSE_LEVEL);
    t.set("LOG_NOTICE", (double) NOTICE_LEVEL);
    t.set("LOG_WARNING", (double) WARNING_LEVEL);
  }

  /** Adds which version of Redis this is like. */
  void version(LuaTable t) {
    t.set("REDIS_VERSION_NUM", (double) ServerInfo.REDIS_VERSION_NUMBER);
    t.set("REDIS_VERSION", LuaString.of(ServerInfo.REDIS_VERSION));
  }

  /** An error of one of these functions: a table, and no place. */
  LuaError failure(String message) {
    return new LuaError(ReplyValues.error(lua, "ERR " + message, false));
  }

  private Object log(Object[] a) {
    if (a.length < 2) {
      throw failure("redis.log() requires two arguments or more.");
    }
    Double number = Values.number(a[0]);
    if (number == null) {
      throw failure("First argument must be a number (log level).");
    }
    int level = (int) Arguments.toLong(number);
    if (level < DEBUG_LEVEL || level > WARNING_LEVEL) {
      throw failure("Invalid debug level.");
    }
    StringBuilder text = new StringBuilder();
    for (int i = 1; i < a.length; i++) {
      LuaString part = Values.string(a[i]);
      if (part != null) {
        text.append(i == 1 ? "" : " ").append(utf8(part));
      }
    }
    lua.heap().charge(2L * text.length());
    ScriptRun run = scripts.run();
    if (run == null) {
      write(level, text.toString());
    } else if (run.keeps(2L * text.length())) {
      run.context().effect(() -> write(level, text.toString()));
    }
    return Interpreter.NOTHING;
  }

  private static String utf8(LuaString part) {
    return new String(part.bytes(), StandardCharsets.UTF_8);
  }

  private static void write(int level, String text) {
    switch (level) {
      case DEBUG_LEVEL -> LOG.trace("{}", text);
      case VERBOSE_LEVEL -> LOG.debug("{}", text);
      case NOTICE_LEVEL -> LOG.info("{}", text);
      default -> LOG.warn("{}", text);
    }
  }

  private Object setProtocol(Object[] a) {
    if (a.length != 1) {
      throw failure("redis.setresp() requires one argument.");
    }
    Double number = Values.number(a[0]);
    int wanted = number == null ? 0 : (int) Arguments.toLong(number);
    if (wanted != 2 && wanted != 3) {
      throw failure("RESP version must be 2 or 3.");
    }
    scripts.run().version(wanted == 2 ? ProtocolVersion.RESP2 : ProtocolVersion.RESP3);
    return Interpreter.NOTHING;
  }

  private Object sha1(Object[] a) {
    if (a.length != 1) {
      throw failure("wrong number of arguments");
    }
    LuaString text = Values.string(a[0]);
    byte[] bytes = text == null ? LuaString.EMPTY.bytes() : text.bytes();
    lua.spend(bytes.length / 16);
    return LuaString.of(Script.sha1(bytes));
  }

  private Object errorReply(Object[] a) {
    if (a.length != 1 || !(a[0] instanceof LuaString message)) {
      return ReplyValues.error(lua, "ERR " + WRONG_ARGUMENTS, false);
    }
    String text = LuaReply.text(message);
    return ReplyValues.error(lua, text.startsWith("-") ? text.substring(1) : text, false);
  }

  private Object statusReply(Object[] a) {
    if (a.length != 1 || !(a[0] instanceof LuaString message)) {
      return ReplyValues.error(lua, "ERR " + WRONG_ARGUMENTS, false);
    }
    LuaTable status = lua.table(0, 1);
    status.set(ReplyValues.STATUS, message);
    return status;
  }

  private Object setReplication(Object[] a) {
    if (a.length != 1) {
      throw failure("redis.set_repl() requires two arguments.");
    }
    Double flags = Values.number(a[0]);
    if (flags != null && (Arguments.toLong(flags) & ~ALL) != 0) {
      throw failure(
          "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
    }
    return Interpreter.NOTHING;
  }
}

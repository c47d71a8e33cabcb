package dev.varve.server.command.script;

import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Values;
import dev.varve.protocol.DoubleFormat;
import dev.varve.protocol.Request;
import dev.varve.protocol.RequestBuilder;
import dev.varve.server.datatype.CommandMemory;
import dev.varve.server.datatype.Misses;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.datatype.WrongTypeException;
import dev.varve.server.dispatch.AclLog;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.CommandFlag;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Denial;
import dev.varve.server.dispatch.Execution;
import dev.varve.server.dispatch.Monitors;
import dev.varve.server.dispatch.NeedsRole;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.SlowCommands;
import dev.varve.server.dispatch.Users;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/** The commands that scripts call: {@code redis.call} and what is like it. */
final class CommandCalls {
  /** Steps of a script that a call of a command counts as. */
  private static final int STEPS_A_CALL = 50;

  /** What a command takes of the stack. */
  private static final int STACK_BYTES = 128 << 10;

  /** What a message takes beside its bytes until it is sent. */
  private static final int EFFECT_BYTES = 200;

  /** What replicas would hear of though it changes no key: read-only scripts may not call it. */
  private static final Set<String> MAY_REPLICATE = Set.of("publish", "spublish", "pfcount");

  private final ScriptInterpreter scripts;
  private final Interpreter lua;
  private final RequestBuilder builder = new RequestBuilder();
  private final ReplyValues values;

  CommandCalls(ScriptInterpreter scripts, Interpreter lua) {
    this.scripts = scripts;
    this.lua = lua;
    this.values = new ReplyValues(lua);
  }

  /**
   * Calls a command.
   *
   * @param raises whether an error is thrown, and not returned
   */
  Object call(Object[] arguments, boolean raises) {
    ScriptRun run = scripts.run();
    if (run == null) {
      throw new LuaError(
          error("redis.call/pcall can only be called inside a script invocation", false));
    }
    Object result = call(run, arguments);
    if (raises && values.isError()) {
      throw new LuaError(result);
    }
    return result;
  }

  private Object call(ScriptRun run, Object[] arguments) {
    values.begin(run.version());
    String wrong = read(arguments);
    if (wrong != null) {
      return refused(wrong, false);
    }
    Request request = builder.build();
    lua.spend(STEPS_A_CALL);
    lua.needStack(STACK_BYTES);
    CommandContext context = run.context();
    CommandSpec spec = context.services().commands().find(request);
    String refusal = refusal(run, spec, request);
    if (refusal != null) {
      count(context, spec, "ERR");
      return refused(refusal, true);
    }
    String unavailable = run.refusalOf(spec);
    if (unavailable != null) {
      values.error(unavailable);
      count(context, spec, values.errorCode());
      return values.take();
    }
    if (spec.is(CommandFlag.WRITE)) {
      run.writes();
    }
    if (MAY_REPLICATE.contains(spec.name()) && !run.keeps(request.byteSize() + EFFECT_BYTES)) {
      values.error(CommandMemory.REFUSAL);
      return values.take();
    }
    if (spec.execution() == Execution.POOL && !run.isLent()) {
      throw new NeedsRole();
    }
    if (context.isRehearsal()) {
      execute(context, spec, request);
    } else {
      executeCounted(context, spec, request);
    }
    return values.take();
  }

  /** Executes a command that counts, at least unless the script is given up later. */
  private void executeCounted(CommandContext context, CommandSpec spec, Request request) {
    show(context, spec, request);
    if (spec.is(CommandFlag.READONLY) && scripts.run().readsFirst()) {
      context
          .services()
          .trackedReads()
          .rememberDeclared(context.session(), context.spec(), context.request(), spec);
    }
    SlowCommands slow = context.services().slowCommands();
    long began = slow.nanoTime();
    execute(context, spec, request);
    long nanos = slow.nanoTime() - began;
    spec.statistics().called(1, nanos, slow.isDistributed());
    if (slow.isSlow(nanos) && scripts.run().keeps(request.byteSize() + EFFECT_BYTES)) {
      Request copy = request.copy();
      context.effect(() -> slow.note(context.session(), spec, copy, nanos));
    }
    if (values.isError()) {
      spec.statistics().failed();
    }
  }

  private void show(CommandContext context, CommandSpec spec, Request request) {
    Monitors monitors = context.services().monitors();
    if (monitors.isAny() && scripts.run().keeps(request.byteSize() + EFFECT_BYTES)) {
      Runnable shown = monitors.ofScriptsCall(context.session(), spec, request);
      if (shown != null) {
        context.effect(shown);
      }
    }
  }

  private void execute(CommandContext context, CommandSpec spec, Request request) {
    try {
      context.runWithinScript(spec, request, values);
    } catch (ReadNeeded | Misses.NoMemory | NeedsRole | LuaError e) {
      throw e;
    } catch (RuntimeException e) {
      if (context.isRehearsal()
          && !(e instanceof CommandException || e instanceof WrongTypeException)) {
        throw e;
      }
      values.reset();
      values.error(context.services().failureLine(spec, e));
    }
    if (values.isError() && !context.isRehearsal()) {
      context.services().errors().add(values.errorCode(), 1);
    }
  }

  private static void count(CommandContext context, CommandSpec spec, String code) {
    if (context.isRehearsal()) {
      return;
    }
    if (spec != null) {
      spec.statistics().rejected();
    }
    context.services().errors().add(code, 1);
  }

  /** Reads the arguments; what is wrong with them, or null. */
  private String read(Object[] arguments) {
    if (arguments.length == 0) {
      return "Please specify at least one argument for this redis lib call";
    }
    builder.begin();
    for (Object argument : arguments) {
      byte[] bytes =
          switch (argument) {
            case LuaString string -> string.bytes();
            case Double number -> number(number);
            case null, default -> null;
          };
      if (bytes == null) {
        return "Lua redis lib command arguments must be strings or integers";
      }
      lua.heap().charge(bytes.length);
      builder.add(bytes);
    }
    return null;
  }

  private static byte[] number(double value) {
    return DoubleFormat.format(value).getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Why a command may not be called now; null: it may. */
  private String refusal(ScriptRun run, CommandSpec spec, Request request) {
    if (spec == null) {
      return "Unknown Redis command called from script";
    }
    if (!spec.accepts(request.argumentCount())) {
      return "Wrong number of args calling Redis command from script";
    }
    boolean isForbidden =
        spec.is(CommandFlag.NOSCRIPT) && run.context().services().debug().refusesInScripts();
    if (isForbidden || spec.execution() == Execution.OWN_LOOP) {
      return "This Redis command is not allowed from script";
    }
    Denial denial = denial(run, spec, request);
    if (denial != null) {
      return denial.errorInScript();
    }
    if (run.isReadOnly() && (spec.is(CommandFlag.WRITE) || MAY_REPLICATE.contains(spec.name()))) {
      return "Write commands are not allowed from read-only scripts.";
    }
    int most = run.context().services().config().maxValueBytes();
    for (int i = 1; i < request.argumentCount(); i++) {
      if (request.argumentLength(i) > most) {
        return "string exceeds maximum allowed size (proto-max-bulk-len)";
      }
    }
    return null;
  }

  /** Why the user may not call a command, which is noted; null: he may. */
  private static Denial denial(ScriptRun run, CommandSpec spec, Request request) {
    CommandContext context = run.context();
    Session session = context.session();
    Denial denial = session.user().permissions().denial(spec, request, 0);
    if (denial != null && run.keeps(request.byteSize() + EFFECT_BYTES)) {
      Request copy = request.copy();
      Users users = context.services().users();
      context.effect(() -> users.denied(session, AclLog.Place.LUA, denial, spec, copy));
    }
    return denial;
  }

  private Object refused(String message, boolean counted) {
    values.reset();
    values.error("ERR " + message);
    LuaTable error = (LuaTable) values.take();
    if (!counted) {
      error.set(ReplyValues.NOT_COUNTED, null);
    }
    return error;
  }

  private LuaTable error(String message, boolean counted) {
    return ReplyValues.error(lua, "ERR " + message, counted);
  }

  /** Whether the user may call a command. */
  Object isAllowed(Object[] arguments) {
    if (scripts.run() == null) {
      throw new LuaError(
          error("redis.acl_check_cmd can only be called inside a script invocation", false));
    }
    String wrong = read(arguments);
    if (wrong != null) {
      throw new LuaError(error(wrong, false));
    }
    Request request = builder.build();
    CommandContext context = scripts.run().context();
    CommandSpec spec = context.services().commands().find(request);
    if (spec == null) {
      throw new LuaError(error("Invalid command passed to redis.acl_check_cmd()", false));
    }
    return context.session().user().permissions().denial(spec, request, 0) == null;
  }

  /** What {@code pcall} is for scripts: of a table with an error it gives the text. */
  static Object protectedCall(Interpreter lua, Object[] arguments) {
    if (arguments.length == 0) {
      return new Object[] {false, LuaString.of("attempt to call a boolean value")};
    }
    Object[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
    Interpreter.Outcome outcome = lua.protectedCall(arguments[0], null, rest);
    if (!outcome.ok() && outcome.result() instanceof LuaTable error) {
      Object text = lua.operations().index(error, ReplyValues.ERROR, null, null);
      return Values.string(text) != null
          ? new Object[] {false, text}
          : new Object[] {false, error, text};
    }
    Object[] all = Values.all(outcome.result());
    Object[] results = new Object[all.length + 1];
    results[0] = outcome.ok();
    System.arraycopy(all, 0, results, 1, all.length);
    return results;
  }
}

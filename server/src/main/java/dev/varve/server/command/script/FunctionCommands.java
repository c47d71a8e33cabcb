package dev.varve.server.command.script;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.GlobPattern;
import dev.varve.server.datatype.CommandMemory;
import dev.varve.server.datatype.FunctionLibraries;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.RunningScript;
import dev.varve.server.rdb.BadFormatException;
import dev.varve.server.rdb.Footer;
import dev.varve.server.rdb.FunctionPayload;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** FCALL, and FUNCTION. */
final class FunctionCommands {
  private static final byte[] REPLACE = Arguments.word("REPLACE");
  private static final byte[] FLUSH = Arguments.word("FLUSH");
  private static final byte[] APPEND = Arguments.word("APPEND");
  private static final byte[] WITH_CODE = Arguments.word("WITHCODE");
  private static final byte[] LIBRARY_NAME = Arguments.word("LIBRARYNAME");

  /**
   * The functions that say of themselves that they change no keys.
   *
   * @param of the libraries that they are of
   * @param names theirs, in lower case
   */
  private record Readers(Map<String, FunctionLibraries.Library> of, Set<String> names) {}

  /** Known once a command about functions has run: after a start, of none. */
  private volatile Readers readers = new Readers(Map.of(), Set.of());

  /** Any thread: whether the function of an FCALL may write, or isn't known. */
  boolean mayWrite(Request request) {
    return !readers.names().contains(request.argumentString(1).toLowerCase(Locale.ROOT));
  }

  /** Has those known that are among what the database has when the command counts. */
  @SuppressWarnings("ReferenceEquality") // what is not the same was loaded later
  private void knowReaders(CommandContext context) {
    if (readers.of() == context.keyspace().transaction().libraries()) {
      return;
    }
    context.effect(
        () -> {
          Libraries libraries = ScriptInterpreter.of(context).libraries();
          libraries.follow(context);
          readers = new Readers(context.keyspace().transaction().libraries(), libraries.readers());
        });
  }

  void call(CommandContext context) {
    call(context, false);
  }

  void callReadOnly(CommandContext context) {
    call(context, true);
  }

  private void call(CommandContext context, boolean readOnly) {
    ScriptInterpreter scripts = ScriptInterpreter.of(context);
    scripts.libraries().follow(context);
    knowReaders(context);
    Library.Function function = scripts.libraries().function(context.request().argumentString(1));
    if (function == null) {
      throw new CommandException("ERR Function not found");
    }
    long said = Arguments.longValue(context, 2, "ERR Bad number of keys provided");
    int keys = EvalCommands.keyCount(context, said);
    ScriptPower power = ScriptPower.of(context, function.flags(), readOnly);
    scripts.runFunction(context, function.body(), function.name(), keys, power);
  }

  void load(CommandContext context) {
    Request request = context.request();
    boolean replace = false;
    int at = 2;
    for (; at < request.argumentCount() - 1; at++) {
      if (!request.equalsIgnoreCase(at, REPLACE)) {
        throw new CommandException("ERR Unknown option given: " + Arguments.printed(request, at));
      }
      replace = true;
    }
    if (at >= request.argumentCount()) {
      throw new CommandException("ERR Function code is missing");
    }
    String name = load(context, request.argumentBytes(at), replace);
    knowReaders(context);
    context.reply().bulk(Libraries.bytes(name));
  }

  /** Loads a library and returns its name. */
  private static String load(CommandContext context, byte[] code, boolean replace) {
    Keyspace keyspace = context.keyspace();
    LibraryHeader header = LibraryHeader.of(code);
    if (!replace && keyspace.transaction().libraries().containsKey(header.name())) {
      throw new CommandException("ERR Library '" + header.name() + "' already exists");
    }
    Libraries libraries = ScriptInterpreter.of(context).libraries();
    libraries.follow(context);
    Library library = libraries.load(context, header, code);
    Library replaced = libraries.find(header.name());
    for (String function : library.functions().keySet()) {
      Library.Function known = libraries.function(function);
      if (known != null && (replaced == null || !replaced.functions().containsValue(known))) {
        throw new CommandException("ERR Function " + function + " already exists");
      }
    }
    checkRoom(context, code.length);
    put(context, library);
    return header.name();
  }

  private static void checkRoom(CommandContext context, long more) {
    long all = more;
    for (FunctionLibraries.Library library :
        context.keyspace().transaction().libraries().values()) {
      all += library.code().length;
    }
    if (all > context.services().config().scriptBytes() / 4) {
      throw new CommandException(CommandMemory.REFUSAL);
    }
  }

  static void dump(CommandContext context) {
    List<byte[]> codes = new ArrayList<>();
    context
        .keyspace()
        .transaction()
        .libraries()
        .values()
        .forEach(library -> codes.add(library.code()));
    context.reply().bulk(FunctionPayload.of(codes, context.keyspace()::holdsBeside));
  }

  void restore(CommandContext context) {
    Request request = context.request();
    if (request.argumentCount() > 4) {
      throw Errors.subcommand(context);
    }
    boolean flushes = request.argumentCount() == 4 && request.equalsIgnoreCase(3, FLUSH);
    boolean replaces = request.argumentCount() == 4 && request.equalsIgnoreCase(3, REPLACE);
    if (request.argumentCount() == 4
        && !flushes
        && !replaces
        && !request.equalsIgnoreCase(3, APPEND)) {
      throw new CommandException(
          "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");
    }
    List<Library> restored = read(context);
    if (flushes) {
      removeAll(context.keyspace());
    }
    for (Library library : restored) {
      if (context.keyspace().transaction().libraries().containsKey(library.name())) {
        if (!replaces) {
          throw new CommandException("ERR Library " + library.name() + " already exists");
        }
        context.keyspace().transaction().removeLibrary(library.name());
      }
    }
    checkFunctions(context, restored);
    for (Library library : restored) {
      checkRoom(context, library.code().length);
      put(context, library);
    }
    knowReaders(context);
    context.reply().ok();
  }

  /** Reads the libraries of a payload, none of which is linked yet. */
  private static List<Library> read(CommandContext context) {
    Request request = context.request();
    int offset = request.argumentOffset(2);
    int length = request.argumentLength(2);
    if (!Footer.isIntact(request.buffer(), offset, length)) {
      throw new CommandException("ERR DUMP payload version or checksum are wrong");
    }
    Libraries libraries = ScriptInterpreter.of(context).libraries();
    libraries.follow(context);
    List<Library> all = new ArrayList<>();
    Set<String> names = new HashSet<>();
    try {
      for (byte[] code :
          FunctionPayload.read(request.buffer(), offset, length, context.keyspace()::holdsBeside)) {
        LibraryHeader header = LibraryHeader.of(code);
        if (!names.add(header.name())) {
          throw new CommandException("ERR Library '" + header.name() + "' already exists");
        }
        all.add(libraries.load(context, header, code));
      }
    } catch (BadFormatException e) {
      throw new CommandException("ERR " + e.getMessage());
    }
    return all;
  }

  /** Checks that no function of some libraries is one of another's that stays, or of each other. */
  private static void checkFunctions(CommandContext context, List<Library> added) {
    Libraries libraries = ScriptInterpreter.of(context).libraries();
    Set<String> known = new HashSet<>();
    for (String name : context.keyspace().transaction().libraries().keySet()) {
      Library library = libraries.find(name);
      library.functions().keySet().forEach(each -> known.add(each.toLowerCase(Locale.ROOT)));
    }
    for (Library library : added) {
      for (String function : library.functions().keySet()) {
        if (!known.add(function.toLowerCase(Locale.ROOT))) {
          throw new CommandException("ERR Function " + function + " already exists");
        }
      }
    }
  }

  private static void put(CommandContext context, Library library) {
    context
        .keyspace()
        .transaction()
        .putLibrary(
            library.name(),
            new FunctionLibraries.Library(library.functions().size(), library.code()));
  }

  private static void removeAll(Keyspace keyspace) {
    List.copyOf(keyspace.transaction().libraries().keySet())
        .forEach(keyspace.transaction()::removeLibrary);
  }

  void delete(CommandContext context) {
    String name = context.request().argumentString(2);
    if (!context.keyspace().transaction().libraries().containsKey(name)) {
      throw new CommandException("ERR Library not found");
    }
    context.keyspace().transaction().removeLibrary(name);
    knowReaders(context);
    context.reply().ok();
  }

  void flush(CommandContext context) {
    if (context.request().argumentCount() > 3) {
      throw Errors.subcommand(context);
    }
    EvalCommands.checkFlush(context, "ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
    removeAll(context.keyspace());
    knowReaders(context);
    context.reply().ok();
  }

  static void kill(CommandContext context) {
    EvalCommands.kill(context, true);
  }

  // What there is

  static void list(CommandContext context) {
    Request request = context.request();
    boolean withCode = false;
    GlobPattern pattern = null;
    for (int i = 2; i < request.argumentCount(); i++) {
      if (!withCode && request.equalsIgnoreCase(i, WITH_CODE)) {
        withCode = true;
      } else if (pattern == null && request.equalsIgnoreCase(i, LIBRARY_NAME)) {
        if (++i == request.argumentCount()) {
          throw new CommandException("ERR library name argument was not given");
        }
        pattern = new GlobPattern(request.argumentBytes(i), true);
      } else {
        throw new CommandException("ERR Unknown argument " + Arguments.printed(request, i));
      }
    }
    Libraries libraries = ScriptInterpreter.of(context).libraries();
    libraries.follow(context);
    List<String> names = new ArrayList<>();
    for (String name : context.keyspace().transaction().libraries().keySet()) {
      if (pattern == null || pattern.matches(name)) {
        names.add(name);
      }
    }
    context.reply().arrayHeader(names.size());
    for (String name : names) {
      write(context.reply(), libraries.find(name), withCode);
    }
  }

  private static void write(ReplySink reply, Library library, boolean withCode) {
    reply.mapHeader(withCode ? 4 : 3);
    reply.bulk("library_name");
    reply.bulk(Libraries.bytes(library.name()));
    reply.bulk("engine");
    reply.bulk(LibraryHeader.ENGINE);
    reply.bulk("functions");
    reply.arrayHeader(library.functions().size());
    for (Library.Function function : library.functions().values()) {
      reply.mapHeader(3);
      reply.bulk("name");
      reply.bulk(Libraries.bytes(function.name()));
      reply.bulk("description");
      if (function.description() == null) {
        reply.nullBulk();
      } else {
        reply.bulk(function.description());
      }
      reply.bulk("flags");
      reply.setHeader(function.flags().size());
      function.flags().forEach(flag -> reply.simpleString(flag.label()));
    }
    if (withCode) {
      reply.bulk("library_code");
      reply.bulk(library.code());
    }
  }

  static void statistics(CommandContext context) {
    RunningScript.Run run = context.services().runningScript().run();
    if (run != null && !run.isFunction()) {
      throw new CommandException(RunningScript.BUSY_SCRIPT);
    }
    ReplySink reply = context.reply();
    reply.mapHeader(2);
    reply.bulk("running_script");
    if (run == null) {
      reply.nullBulk();
    } else {
      writeRun(reply, run, context.services().storage().nowMillis());
    }
    Map<String, FunctionLibraries.Library> all =
        context.services().storage().databases().libraries().newest();
    reply.bulk("engines");
    reply.mapHeader(1);
    reply.bulk(LibraryHeader.ENGINE);
    reply.mapHeader(2);
    reply.bulk("libraries_count");
    reply.integer(all.size());
    reply.bulk("functions_count");
    reply.integer(all.values().stream().mapToLong(FunctionLibraries.Library::functions).sum());
  }

  private static void writeRun(ReplySink reply, RunningScript.Run run, long nowMillis) {
    reply.mapHeader(3);
    reply.bulk("name");
    reply.bulk(Libraries.bytes(run.name()));
    reply.bulk("command");
    reply.arrayHeader(run.command().size());
    run.command().forEach(reply::bulk);
    reply.bulk("duration_ms");
    reply.integer(nowMillis - run.sinceMillis());
  }
}

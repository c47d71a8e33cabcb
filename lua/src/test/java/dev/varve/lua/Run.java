package dev.varve.lua;

import dev.varve.lua.library.Base;
import dev.varve.lua.library.Os;
import dev.varve.lua.library.RandomNumbers;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaFunction;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Runs programs: here, and by Debian's lua5.1. */
final class Run {
  static final long STACK_BYTES = 256L << 20;
  private static final int PEER_SECONDS = 30;

  /**
   * {@code P}: a protected call whose results are one string, so that several can stand in one
   * list.
   */
  private static final String PROTECTED =
      "local function P(f, ...) local r = {pcall(f, ...)} local n = table.maxn(r)"
          + " for i = 1, n do r[i] = tostring(r[i]) end return table.concat(r, ' ', 1, n) end ";

  private Run() {}

  /** Runs a file and prints what it prints, to try things by hand. */
  public static void main(String[] args) throws IOException {
    System.out.print(here(Files.readString(Path.of(args[0]), StandardCharsets.ISO_8859_1)));
  }

  /**
   * Returns the seed to use, and prints it with the test's name. With {@code VARVE_SEEDS} in the
   * environment it follows from that and the name, so that a run can be had again.
   */
  static long seed(String test) {
    String all = System.getenv("VARVE_SEEDS");
    long drawn = all == null ? System.nanoTime() : 31L * all.hashCode() + test.hashCode();
    long seed = Long.getLong("varve.seed", drawn);
    System.out.println(test + ": -Dvarve.seed=" + seed);
    return seed;
  }

  static boolean peer() {
    return Files.isExecutable(Path.of("/usr/bin/lua5.1"));
  }

  /** What a program prints, or the error that ends it. */
  static String here(String program) {
    return onStack(
        () -> {
          Interpreter lua = interpreter();
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          Base.installPrint(lua, out::writeBytes);
          Lua.installCodecs(lua);
          // The lua command has two calls of C around a program.
          LuaFunction f = Lua.load(lua, program, "=program");
          Interpreter.Outcome o =
              lua.protectedCall(lua.function((l, a) -> l.callback(a, 0, f)), null);
          if (!o.ok()) {
            out.writeBytes(
                ("lua5.1: " + new LuaError(o.result()).getMessage() + "\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
          }
          return out.toString(StandardCharsets.ISO_8859_1);
        });
  }

  static Interpreter interpreter() {
    Interpreter lua = Lua.interpreter(STACK_BYTES, new RandomNumbers(0));
    Os.install(
        lua,
        () ->
            java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime()
                / 1e9);
    return lua;
  }

  /**
   * Runs something on a thread with a stack that is large enough for what interpreters here are
   * allowed.
   */
  static <T> T onStack(Supplier<T> what) {
    return onStack(STACK_BYTES, what);
  }

  /** Runs something on a thread with a stack of so many bytes. */
  static <T> T onStack(long bytes, Supplier<T> what) {
    Object[] result = new Object[2];
    Thread t =
        new Thread(
            null,
            () -> {
              try {
                result[0] = what.get();
              } catch (Throwable e) {
                result[1] = e;
              }
            },
            "lua",
            bytes);
    t.start();
    try {
      t.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    if (result[1] instanceof RuntimeException e) {
      throw e;
    }
    if (result[1] instanceof Error e) {
      throw e;
    }
    @SuppressWarnings("unchecked")
    T value = (T) result[0];
    return value;
  }

  /** What lua5.1 prints. */
  static String byPeer(String program) {
    try {
      Path file = Files.createTempFile("varve", ".lua");
      Path out = Files.createTempFile("varve", ".out");
      try {
        Files.write(file, program.getBytes(StandardCharsets.ISO_8859_1));
        Process p =
            new ProcessBuilder("lua5.1", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        if (!p.waitFor(PEER_SECONDS, TimeUnit.SECONDS)) {
          p.destroyForcibly();
          throw new IllegalStateException("lua5.1 didn't end");
        }
        return Files.readString(out, StandardCharsets.ISO_8859_1)
            .replace(file.toString(), "program");
      } finally {
        Files.delete(file);
        Files.delete(out);
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A program that runs programs and prints what each comes to, a line each. */
  static String driver(Iterable<String> programs) {
    StringBuilder s = new StringBuilder();
    s.append(
        """
        local tostring, select, type, gsub, pcall, loadstring, print, concat = tostring, select, type, string.gsub, pcall, loadstring, print, table.concat
        local format = string.format
        local function show(v)
          if type(v) == 'string' then return (gsub(format('%q', v), '[%c\\128-\\255]', function(c) return '\\\\' .. string.byte(c) end)) end
          local t = tostring(v)
          if t == '-nan' then t = 'nan' elseif t == '-0' then t = '0' end
          return (gsub(t, '0[xX]%x+', 'ADDRESS'))
        end
        local function line(n, ...)
          local t = {}
          for i = 1, select('#', ...) do t[i] = show((select(i, ...))) end
          local line = gsub(concat(t, ' '), '0[xX]%x+', 'ADDRESS')
          -- Some are turned round.
          print(n .. ': ' .. (gsub(line, '%x+[xX]0', 'SSERDDA')))
        end
        local function run(n, source)
          local f, e = loadstring(source, '=s')
          if not f then line(n, 'syntax', e) else line(n, pcall(f)) end
        end
        """);
    int n = 0;
    for (String p : programs) {
      s.append("run(")
          .append(++n)
          .append(", ")
          .append(quoted(p.contains("P(") ? PROTECTED + p : p))
          .append(")\n");
    }
    return s.toString();
  }

  private static String quoted(String p) {
    StringBuilder s = new StringBuilder("\"");
    for (int i = 0; i < p.length(); i++) {
      char c = p.charAt(i);
      if (c >= ' ' && c < 127 && c != '"' && c != '\\') {
        s.append(c);
      } else {
        s.append(String.format("\\%03d", (int) c));
      }
    }
    return s.append('"').toString();
  }
}

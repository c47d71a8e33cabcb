package dev.varve.lua.library;

import static dev.varve.lua.library.Arguments.define;
import static dev.varve.lua.library.Arguments.int32;
import static dev.varve.lua.library.Arguments.integer;
import static dev.varve.lua.library.Arguments.string;

import dev.varve.lua.runtime.Events;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import java.util.Arrays;

/** The table {@code string}, which is also where strings' methods are. */
public final class StringLibrary {
  private static final int MAX_RESULTS = 8_000;

  private StringLibrary() {}

  public static void install(Interpreter lua) {
    LuaTable t = lua.table();
    lua.globals().set("string", t);
    lua.stringMetatable().set(Events.INDEX, t);
    define(lua, t, "len", (l, a) -> (double) string(l, a, 0).length());
    define(lua, t, "sub", StringLibrary::sub);
    define(lua, t, "upper", (l, a) -> shifted(l, string(l, a, 0), 'a', 'z', -32));
    define(lua, t, "lower", (l, a) -> shifted(l, string(l, a, 0), 'A', 'Z', 32));
    define(lua, t, "reverse", StringLibrary::reverse);
    define(lua, t, "rep", StringLibrary::rep);
    define(lua, t, "byte", StringLibrary::bytes);
    define(lua, t, "char", StringLibrary::chars);
    define(
        lua,
        t,
        "dump",
        (l, a) -> {
          Base.function(l, a, 0);
          throw l.error("unable to dump given function");
        });
    define(lua, t, "format", (l, a) -> new Format(l, a).format());
    define(lua, t, "find", (l, a) -> Search.find(l, a));
    define(lua, t, "match", (l, a) -> Search.match(l, a));
    define(lua, t, "gmatch", (l, a) -> Search.gmatch(l, a));
    t.set("gfind", t.get("gmatch"));
    define(lua, t, "gsub", (l, a) -> Search.gsub(l, a));
  }

  /** A position, from the end if it is negative. */
  static long position(long i, int length) {
    return i < 0 ? Math.max(0, i + length + 1) : i;
  }

  private static Object sub(Interpreter l, Object[] a) {
    LuaString s = string(l, a, 0);
    long from = Math.max(1, position(integer(l, a, 1), s.length()));
    long to = Math.min(s.length(), position(integer(l, a, 2, -1), s.length()));
    if (from > to) {
      return LuaString.EMPTY;
    }
    return from == 1 && to == s.length()
        ? s
        : l.string(Arrays.copyOfRange(s.bytes(), (int) from - 1, (int) to));
  }

  private static LuaString shifted(Interpreter l, LuaString s, int first, int last, int by) {
    LuaString r = l.string(s.bytes().clone());
    byte[] b = r.bytes();
    for (int i = 0; i < b.length; i++) {
      if (b[i] >= first && b[i] <= last) {
        b[i] += (byte) by;
      }
    }
    return r;
  }

  private static Object reverse(Interpreter l, Object[] a) {
    byte[] from = string(l, a, 0).bytes();
    byte[] b = new byte[from.length];
    for (int i = 0; i < b.length; i++) {
      b[i] = from[b.length - 1 - i];
    }
    return l.string(b);
  }

  private static Object rep(Interpreter l, Object[] a) {
    byte[] s = string(l, a, 0).bytes();
    int n = int32(l, a, 1);
    if (n <= 0 || s.length == 0) {
      return LuaString.EMPTY;
    }
    long length = (long) n * s.length;
    if (length > Integer.MAX_VALUE - 16) {
      throw new LuaError("not enough memory");
    }
    l.heap().charge(length + 40);
    byte[] b = new byte[(int) length];
    System.arraycopy(s, 0, b, 0, s.length);
    for (int done = s.length; done < b.length; done *= 2) {
      System.arraycopy(b, 0, b, done, Math.min(done, b.length - done));
      if (done > b.length / 2) {
        break;
      }
    }
    return new LuaString(b);
  }

  private static Object bytes(Interpreter l, Object[] a) {
    LuaString s = string(l, a, 0);
    long first = position(integer(l, a, 1, 1), s.length());
    long from = Math.max(1, first);
    long to = Math.min(s.length(), position(integer(l, a, 2, first), s.length()));
    if (from > to) {
      return Interpreter.NOTHING;
    }
    long n = to - from + 1;
    if (n + a.length > MAX_RESULTS) {
      throw l.error("stack overflow (string slice too long)");
    }
    Object[] all = new Object[(int) n];
    for (int i = 0; i < n; i++) {
      all[i] = (double) s.at((int) from - 1 + i);
    }
    return all;
  }

  private static Object chars(Interpreter l, Object[] a) {
    byte[] b = new byte[a.length];
    for (int i = 0; i < b.length; i++) {
      int c = int32(l, a, i);
      if (c < 0 || c > 255) {
        throw Arguments.error(l, i, "invalid value");
      }
      b[i] = (byte) c;
    }
    return l.string(b);
  }
}

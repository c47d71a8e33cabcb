package dev.varve.lua.codec;

import static dev.varve.lua.library.Arguments.define;

import dev.varve.lua.library.Arguments;
import dev.varve.lua.library.Buffer;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Values;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The table {@code struct}: numbers and strings as C's structures have them. One object walks over
 * one format.
 */
public final class Struct {
  private static final int MAX_INTEGER = 32;
  private static final int MAX_ALIGNMENT = 8;
  private static final int MAX_RESULTS = 8_000;
  private static final String INTEGERS = "bBhHlLTiI";

  private final Interpreter lua;
  private final byte[] format;
  private int at;
  private boolean big;
  private int alignment = 1;

  private Struct(Interpreter lua, LuaString format) {
    this.lua = lua;
    this.format = format.bytes();
  }

  public static void install(Interpreter lua) {
    LuaTable t = lua.table();
    lua.globals().set("struct", t);
    define(
        lua,
        t,
        "pack",
        (l, a) -> new Struct(l, Arguments.string(l, a, 0)).pack(Arrays.copyOf(a, a.length + 1)));
    define(lua, t, "unpack", (l, a) -> new Struct(l, Arguments.string(l, a, 0)).unpack(a));
    define(lua, t, "size", (l, a) -> new Struct(l, Arguments.string(l, a, 0)).size());
  }

  /** The next option; 0 at the end. */
  private int option() {
    return at < format.length ? format[at] == 0 ? 0 : format[at++] & 255 : 0;
  }

  private int number(int otherwise) {
    if (at >= format.length || !digit(format[at])) {
      return otherwise;
    }
    long n = 0;
    while (at < format.length && digit(format[at])) {
      n = n * 10 + format[at++] - '0';
      if (n > Integer.MAX_VALUE) {
        throw lua.error("integral size overflow");
      }
    }
    return (int) n;
  }

  private static boolean digit(int c) {
    return c >= '0' && c <= '9';
  }

  private int size(int option) {
    return switch (option) {
      case 'B', 'b', 'x' -> 1;
      case 'H', 'h' -> 2;
      case 'f' -> 4;
      case 'L', 'l', 'T', 'd' -> 8;
      case 'c' -> number(1);
      case 'i', 'I' -> {
        int n = number(4);
        if (n > MAX_INTEGER) {
          throw lua.error("integral size " + n + " is larger than limit of " + MAX_INTEGER);
        }
        yield n;
      }
      default -> 0;
    };
  }

  private long padding(long position, int option, int size) {
    if (size == 0 || option == 'c') {
      return 0;
    }
    long n = Math.min(size, alignment);
    return (n - (position & (n - 1))) & (n - 1);
  }

  private void control(int option) {
    switch (option) {
      case ' ' -> {}
      case '>' -> big = true;
      case '<' -> big = false;
      case '!' -> {
        int n = number(MAX_ALIGNMENT);
        if (Integer.bitCount(n) != 1) {
          throw lua.error("alignment " + n + " is not a power of 2");
        }
        alignment = n;
      }
      default -> throw Arguments.error(lua, 0, "invalid format option '" + (char) option + "'");
    }
  }

  private Object size() {
    long position = 0;
    for (int o = option(); o != 0; o = option()) {
      int size = size(o);
      position += padding(position, o, size);
      if (o == 's' || (o == 'c' && size == 0)) {
        throw Arguments.error(lua, 0, "option '" + (o == 's' ? "s" : "c0") + "' has no fixed size");
      }
      if (!digit(o) && !(o >= 'a' && o <= 'z') && !(o >= 'A' && o <= 'Z')) {
        control(o);
      }
      position += size;
    }
    return (double) position;
  }

  /** After the arguments stands a nil, which errors name. */
  private Object pack(Object[] a) {
    Buffer b = new Buffer(lua, 32);
    int next = 1;
    for (int o = option(); o != 0; o = option()) {
      int size = size(o);
      zeros(b, padding(b.length(), o, size));
      if (INTEGERS.indexOf(o) >= 0) {
        double d = Arguments.number(lua, a, next++);
        integer(b, d < 0x1p63 ? Arguments.toLong(d) : (long) (d - 0x1p63) ^ Long.MIN_VALUE, size);
        continue;
      }
      switch (o) {
        case 'x' -> b.add(0);
        case 'f' ->
            integer(b, Float.floatToRawIntBits((float) Arguments.number(lua, a, next++)), 4);
        case 'd' -> integer(b, Double.doubleToRawLongBits(Arguments.number(lua, a, next++)), 8);
        case 'c', 's' -> {
          LuaString s = Arguments.string(lua, a, next++);
          int n = size == 0 ? s.length() : size;
          if (s.length() < n) {
            throw Arguments.error(lua, next, "string too short");
          }
          b.add(s.bytes(), 0, n);
          if (o == 's') {
            b.add(0);
          }
        }
        default -> control(o);
      }
    }
    return b.string();
  }

  private static void zeros(Buffer b, long n) {
    for (long i = 0; i < n; i++) {
      b.add(0);
    }
  }

  private void integer(Buffer b, long v, int size) {
    for (int i = 0; i < size; i++) {
      int byteIndex = big ? size - 1 - i : i;
      b.add(byteIndex < 8 ? (int) (v >>> (8 * byteIndex)) : 0);
    }
  }

  private Object unpack(Object[] a) {
    byte[] data = Arguments.string(lua, a, 1).bytes();
    long position = Arguments.integer(lua, a, 2, 1);
    if (position == 0) {
      throw Arguments.error(lua, 2, "offset must be 1 or greater");
    }
    position--;
    List<Object> results = new ArrayList<>();
    for (int o = option(); o != 0; o = option()) {
      long size = size(o);
      position += padding(position, o, (int) size);
      check(data, position, size);
      if (results.size() + 2 + a.length > MAX_RESULTS) {
        throw lua.error("stack overflow (too many results)");
      }
      int p = (int) position;
      if (INTEGERS.indexOf(o) >= 0) {
        results.add(integer(data, p, (int) size, o >= 'a'));
      } else {
        size = unpackOther(o, data, p, size, results);
      }
      position += size;
    }
    results.add(position + 1.0);
    return results.size() == 1 ? results.getFirst() : results.toArray();
  }

  private void check(byte[] data, long position, long size) {
    if (size < 0 || size > data.length || position < 0 || position > data.length - size) {
      throw Arguments.error(lua, 1, "data string too short");
    }
  }

  /** What isn't an integer; gives how many bytes it took. */
  private long unpackOther(int o, byte[] data, int p, long size, List<Object> results) {
    switch (o) {
      case 'x' -> {}
      case 'f' -> results.add(plain(Float.intBitsToFloat((int) bits(data, p, 4))));
      case 'd' -> results.add(plain(Double.longBitsToDouble(bits(data, p, 8))));
      case 'c' -> {
        long n = size;
        if (n == 0) {
          Double d = results.isEmpty() ? null : Values.number(results.getLast());
          if (d == null) {
            throw lua.error("format 'c0' needs a previous size");
          }
          n = Arguments.toLong(d);
          results.removeLast();
          check(data, p, n);
        }
        results.add(lua.string(Arrays.copyOfRange(data, p, (int) (p + n))));
        return n;
      }
      case 's' -> {
        int end = p;
        while (end < data.length && data[end] != 0) {
          end++;
        }
        if (end == data.length) {
          throw lua.error("unfinished string in data");
        }
        results.add(lua.string(Arrays.copyOfRange(data, p, end)));
        return end - p + 1L;
      }
      default -> control(o);
    }
    return size;
  }

  /** One NaN for all, as the tree uses another for itself. */
  static Double plain(double d) {
    return Double.isNaN(d) ? Math.copySign(Double.longBitsToDouble(0x7ff8_0000_0000_0000L), d) : d;
  }

  private long bits(byte[] data, int p, int size) {
    long v = 0;
    for (int i = 0; i < size; i++) {
      v = v << 8 | (data[big ? p + i : p + size - 1 - i] & 255);
    }
    return v;
  }

  private double integer(byte[] data, int p, int size, boolean signed) {
    long v = bits(data, p, size);
    if (signed) {
      long mask = -1L << (size * 8 - 1);
      return (v & mask) != 0 ? v | mask : v;
    }
    return v >= 0 ? v : ((v >>> 1) | (v & 1)) * 2.0;
  }
}

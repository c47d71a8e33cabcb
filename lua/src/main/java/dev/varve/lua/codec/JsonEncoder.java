package dev.varve.lua.codec;

import dev.varve.lua.library.Buffer;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Numbers;
import dev.varve.lua.runtime.Userdata;
import dev.varve.lua.runtime.Values;

/** A value to JSON. */
final class JsonEncoder {
  private static final int LEVEL_BYTES = 500;
  private static final String[] ESCAPES = new String[128];

  static {
    for (int c = 0; c < 32; c++) {
      ESCAPES[c] = String.format("\\u%04x", c);
    }
    ESCAPES[127] = "\\u007f";
    ESCAPES['\b'] = "\\b";
    ESCAPES['\t'] = "\\t";
    ESCAPES['\n'] = "\\n";
    ESCAPES['\f'] = "\\f";
    ESCAPES['\r'] = "\\r";
    ESCAPES['"'] = "\\\"";
    ESCAPES['\\'] = "\\\\";
    ESCAPES['/'] = "\\/";
  }

  private final Interpreter lua;
  private final Json settings;
  private final Buffer out;

  JsonEncoder(Interpreter lua, Json settings) {
    this.lua = lua;
    this.settings = settings;
    out = new Buffer(lua, 256);
  }

  LuaString encode(Object v) {
    value(v, 0);
    return out.string();
  }

  private LuaError refused(Object v, String reason) {
    return lua.error("Cannot serialise " + Values.type(v) + ": " + reason);
  }

  private void value(Object v, int depth) {
    switch (v) {
      case LuaString s -> string(s);
      case Double d -> number(d);
      case Boolean b -> out.add(b ? "true" : "false");
      case LuaTable t -> table(t, depth + 1);
      case null -> out.add("null");
      case Userdata u when u.light() -> out.add("null");
      default -> throw refused(v, "type not supported");
    }
  }

  private void string(LuaString s) {
    byte[] b = s.bytes();
    out.add('"');
    int from = 0;
    for (int i = 0; i < b.length; i++) {
      String escape = b[i] >= 0 ? ESCAPES[b[i]] : null;
      if (escape != null) {
        out.add(b, from, i);
        out.add(escape);
        from = i + 1;
      }
    }
    out.add(b, from, b.length);
    out.add('"');
  }

  private void number(Double d) {
    if (d.isNaN() || d.isInfinite()) {
      switch (settings.encodeInvalid) {
        case 0 -> throw refused(d, "must not be NaN or Inf");
        case 1 -> out.add(d.isNaN() ? "nan" : d > 0 ? "inf" : "-inf");
        default -> out.add("null");
      }
    } else if (settings.precision == 14) {
      out.add(Numbers.string(d));
    } else {
      out.add(Numbers.general(d, settings.precision, false));
    }
  }

  private void table(LuaTable t, int depth) {
    lua.step();
    if (depth > settings.encodeDepth) {
      throw lua.error("Cannot serialise, excessive nesting (" + depth + ")");
    }
    lua.needStack((long) LEVEL_BYTES * depth);
    int length = arrayLength(t);
    if (length > 0) {
      out.add('[');
      for (int i = 1; i <= length; i++) {
        if (i > 1) {
          out.add(',');
        }
        value(t.get((double) i), depth);
      }
      out.add(']');
    } else {
      object(t, depth);
    }
  }

  /** The greatest key, if all are integers from 1 on; -1 if it is an object. */
  private int arrayLength(LuaTable t) {
    double max = 0;
    long items = 0;
    for (int p = t.placeFrom(0); p >= 0; p = t.placeFrom(p + 1)) {
      if (!(t.keyAt(p) instanceof Double d) || d < 1 || d != Math.floor(d)) {
        return -1;
      }
      max = Math.max(max, d);
      items++;
    }
    lua.spend(items >> 3);
    if (settings.sparseRatio > 0
        && max > items * settings.sparseRatio
        && max > settings.sparseSafe) {
      if (settings.sparseConvert == 0) {
        throw refused(t, "excessively sparse array");
      }
      return -1;
    }
    return (int) max;
  }

  private void object(LuaTable t, int depth) {
    out.add('{');
    boolean first = true;
    for (int p = t.placeFrom(0); p >= 0; p = t.placeFrom(p + 1)) {
      if (!first) {
        out.add(',');
      }
      first = false;
      switch (t.keyAt(p)) {
        case Double d -> {
          out.add('"');
          number(d);
          out.add('"');
        }
        case LuaString s -> string(s);
        default -> throw refused(t.keyAt(p), "table key must be a number or string");
      }
      out.add(':');
      value(t.valueAt(p), depth);
    }
    out.add('}');
  }
}

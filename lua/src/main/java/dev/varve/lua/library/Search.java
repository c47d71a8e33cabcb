package dev.varve.lua.library;

import static dev.varve.lua.library.Arguments.get;
import static dev.varve.lua.library.Arguments.int32;
import static dev.varve.lua.library.Arguments.integer;
import static dev.varve.lua.library.Arguments.string;

import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaFunction;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Values;

/** What {@code string} has for patterns. */
final class Search {
  private static final String SPECIALS = "^$*+?.([%-";

  private Search() {}

  static Object find(Interpreter l, Object[] a) {
    LuaString s = string(l, a, 0);
    LuaString p = string(l, a, 1);
    int from = start(l, a, s);
    if (Values.truth(get(a, 3)) || plain(p)) {
      int at = indexOf(l, s.bytes(), p.bytes(), from);
      return at < 0 ? null : new Object[] {at + 1.0, (double) (at + p.length())};
    }
    Matcher m = new Matcher(l, s, p);
    int at = search(m, s, from);
    if (at < 0) {
      return null;
    }
    int end = m.match(at);
    Object[] captures = m.captureCount() == 0 ? Interpreter.NOTHING : m.captures(at, end);
    Object[] all = new Object[captures.length + 2];
    all[0] = at + 1.0;
    all[1] = (double) end;
    System.arraycopy(captures, 0, all, 2, captures.length);
    return all;
  }

  static Object match(Interpreter l, Object[] a) {
    LuaString s = string(l, a, 0);
    Matcher m = new Matcher(l, s, string(l, a, 1));
    int at = search(m, s, start(l, a, s));
    return at < 0 ? null : m.captures(at, m.match(at));
  }

  private static int start(Interpreter l, Object[] a, LuaString s) {
    long from = StringLibrary.position(integer(l, a, 2, 1), s.length()) - 1;
    return Math.clamp(from, 0, s.length());
  }

  /** The first place from one on where the pattern matches. */
  private static int search(Matcher m, LuaString s, int from) {
    int last = m.anchored() ? from : s.length();
    for (int i = from; i <= last; i++) {
      if (m.match(i) >= 0) {
        return i;
      }
    }
    return -1;
  }

  private static boolean plain(LuaString p) {
    for (byte c : p.bytes()) {
      if (c == 0) {
        return true;
      }
      if (SPECIALS.indexOf(c) >= 0) {
        return false;
      }
    }
    return true;
  }

  private static int indexOf(Interpreter l, byte[] s, byte[] p, int from) {
    for (int i = from; i + p.length <= s.length; i++) {
      int k = 0;
      while (k < p.length && s[i + k] == p[k]) {
        k++;
      }
      if (k == p.length) {
        return i;
      }
      if ((i & 63) == 0 || k > 64) {
        l.spend(1 + (k >> 6));
      }
    }
    return -1;
  }

  static Object gmatch(Interpreter l, Object[] a) {
    LuaString s = string(l, a, 0);
    LuaString p = string(l, a, 1);
    int[] next = {0};
    return l.function(
        (l2, _) -> {
          // A '^' means nothing special here, but matches itself.
          Matcher m = new Matcher(l2, s, p);
          for (int i = next[0]; i <= s.length(); i++) {
            int end = m.matchUnanchored(i);
            if (end >= 0) {
              next[0] = end == i ? end + 1 : end;
              return m.captures(i, end);
            }
          }
          next[0] = s.length() + 1;
          return Interpreter.NOTHING;
        },
        s,
        p);
  }

  static Object gsub(Interpreter l, Object[] a) {
    LuaString s = string(l, a, 0);
    Matcher m = new Matcher(l, s, string(l, a, 1));
    Object by = get(a, 2);
    if (!(by instanceof LuaTable || by instanceof LuaFunction || Values.string(by) != null)) {
      throw Arguments.error(l, 2, "string/function/table expected");
    }
    int most = int32(l, a, 3, s.length() + 1);
    Buffer out = new Buffer(l, s.length() + 16);
    int n = 0;
    int i = 0;
    while (n < most) {
      int end = m.match(i);
      if (end >= 0) {
        n++;
        replace(l, a, m, s, i, end, out);
      }
      if (end > i) {
        i = end;
      } else if (i < s.length()) {
        out.add(s.at(i++));
      } else {
        break;
      }
      if (m.anchored()) {
        break;
      }
    }
    if (i < s.length()) {
      out.add(s.bytes(), i, s.length());
    }
    return new Object[] {out.string(), (double) n};
  }

  private static void replace(
      Interpreter l, Object[] a, Matcher m, LuaString s, int from, int to, Buffer out) {
    Object v;
    switch (a[2]) {
      case LuaTable t -> v = l.operations().index(t, m.capture(0, from, to), null, null);
      case LuaFunction f ->
          v = Values.first(l.callback(a, out.capacity(), f, m.captures(from, to)));
      default -> {
        expand(Values.string(a[2]), m, s, from, to, out);
        return;
      }
    }
    if (!Values.truth(v)) {
      out.add(s.bytes(), from, to);
      return;
    }
    LuaString r = Values.string(v);
    if (r == null) {
      throw l.error("invalid replacement value (a " + Values.type(v) + ")");
    }
    out.add(r);
  }

  private static void expand(LuaString by, Matcher m, LuaString s, int from, int to, Buffer out) {
    int k = 0;
    while (k < by.length()) {
      int c = by.at(k++);
      if (c != '%') {
        out.add(c);
        continue;
      }
      int d = k < by.length() ? by.at(k) : 0;
      k++;
      if (d < '0' || d > '9') {
        out.add(d);
      } else if (d == '0') {
        out.add(s.bytes(), from, to);
      } else {
        out.add(Values.string(m.capture(d - '1', from, to)));
      }
    }
  }
}

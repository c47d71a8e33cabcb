package dev.varve.lua.library;

import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.Numbers;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** {@code string.format}: C's printf, with what Lua makes of it. */
final class Format {
  private static final String FLAGS = "-+ #0";
  private static final int LONG_STRING = 100;

  private final Interpreter lua;
  private final Object[] arguments;
  private final byte[] format;
  private final Buffer out;
  private int at;
  private boolean left;
  private boolean plus;
  private boolean space;
  private boolean alternative;
  private boolean zeros;
  private int width;
  private int precision;

  Format(Interpreter lua, Object[] arguments) {
    this.lua = lua;
    this.arguments = arguments;
    format = Arguments.string(lua, arguments, 0).bytes();
    out = new Buffer(lua, format.length + 32);
  }

  LuaString format() {
    int n = 0;
    while (at < format.length) {
      byte c = format[at++];
      if (c != '%') {
        out.add(c);
      } else if (at < format.length && format[at] == '%') {
        out.add('%');
        at++;
      } else {
        specification();
        conversion(at < format.length ? format[at++] : 0, ++n);
      }
    }
    return out.string();
  }

  private void specification() {
    int start = at;
    left = plus = space = alternative = zeros = false;
    while (at < format.length && FLAGS.indexOf(format[at]) >= 0) {
      switch (format[at++]) {
        case '-' -> left = true;
        case '+' -> plus = true;
        case ' ' -> space = true;
        case '#' -> alternative = true;
        default -> zeros = true;
      }
    }
    if (at - start > FLAGS.length()) {
      throw lua.error("invalid format (repeated flags)");
    }
    width = twoDigits();
    precision = -1;
    if (at < format.length && format[at] == '.') {
      at++;
      precision = twoDigits();
    }
    if (at < format.length && digit()) {
      throw lua.error("invalid format (width or precision too long)");
    }
  }

  private boolean digit() {
    return format[at] >= '0' && format[at] <= '9';
  }

  private int twoDigits() {
    int v = 0;
    for (int i = 0; i < 2 && at < format.length && digit(); i++) {
      v = v * 10 + format[at++] - '0';
    }
    return v;
  }

  private void conversion(int c, int n) {
    if (n >= arguments.length) {
      throw Arguments.error(lua, n, "no value");
    }
    switch (c) {
      case 'c' -> character(Arguments.number(lua, arguments, n));
      case 'd', 'i' -> signed(Arguments.toLong(Arguments.number(lua, arguments, n)));
      case 'o', 'u', 'x', 'X' -> unsigned(Arguments.number(lua, arguments, n), c);
      case 'e', 'E', 'f', 'g', 'G' -> floating(Arguments.number(lua, arguments, n), c);
      case 'q' -> quoted(Arguments.string(lua, arguments, n));
      case 's' -> string(Arguments.string(lua, arguments, n));
      default -> throw invalid(c);
    }
  }

  private LuaError invalid(int c) {
    return lua.error(
        "invalid option '%" + (c == 0 ? "" : String.valueOf((char) c)) + "' to 'format'");
  }

  /** As C gives it a string, which a zero ends. */
  private void character(double d) {
    int c = (int) Arguments.toLong(d) & 255;
    if (c == 0) {
      // What stands before the zero is all that is left of it.
      pad(left ? 0 : width - 1, ' ');
      return;
    }
    padded("", String.valueOf((char) c), false);
  }

  private void pad(int n, char with) {
    for (int i = 0; i < n; i++) {
      out.add(with);
    }
  }

  private void padded(String sign, String body, boolean number) {
    int room = width - sign.length() - body.length();
    boolean withZeros = zeros && number && !left;
    if (!left && !withZeros) {
      pad(room, ' ');
    }
    out.add(sign);
    if (withZeros) {
      pad(room, '0');
    }
    out.add(body);
    if (left) {
      pad(room, ' ');
    }
  }

  private String sign(boolean negative) {
    return negative ? "-" : plus ? "+" : space ? " " : "";
  }

  private String digits(String s, boolean zero) {
    if (precision < 0) {
      return s;
    }
    return precision == 0 && zero ? "" : "0".repeat(Math.max(0, precision - s.length())) + s;
  }

  private void signed(long v) {
    String s = v < 0 ? Long.toString(v).substring(1) : Long.toString(v);
    padded(sign(v < 0), digits(s, v == 0), precision < 0);
  }

  private void unsigned(double d, int c) {
    long v = d >= 0x1p63 ? (long) (d - 0x1p63) ^ Long.MIN_VALUE : Arguments.toLong(d);
    String s =
        switch (c) {
          case 'u' -> Long.toUnsignedString(v);
          case 'o' -> Long.toOctalString(v);
          case 'x' -> Long.toHexString(v);
          default -> Long.toHexString(v).toUpperCase(Locale.ROOT);
        };
    s = digits(s, v == 0);
    String prefix = "";
    if (alternative && c == 'o' && !s.startsWith("0")) {
      s = "0" + s;
    } else if (alternative && v != 0 && (c == 'x' || c == 'X')) {
      prefix = "0" + (char) c;
    }
    padded(prefix, s, precision < 0);
  }

  private void floating(double d, int c) {
    int p = precision < 0 ? 6 : precision;
    String s =
        switch (c) {
          case 'f' -> Numbers.fixed(d, p, alternative);
          case 'e', 'E' -> Numbers.scientific(d, p, alternative);
          default -> Numbers.general(d, p, alternative);
        };
    boolean negative = s.startsWith("-");
    if (negative) {
      s = s.substring(1);
    }
    if (c == 'E' || c == 'G') {
      s = s.toUpperCase(Locale.ROOT);
    }
    padded(sign(negative), s, !Double.isNaN(d) && !Double.isInfinite(d));
  }

  private void quoted(LuaString s) {
    out.add('"');
    for (byte b : s.bytes()) {
      switch (b) {
        case '"', '\\', '\n' -> {
          out.add('\\');
          out.add(b);
        }
        case '\r' -> out.add("\\r");
        case 0 -> out.add("\\000");
        default -> out.add(b);
      }
    }
    out.add('"');
  }

  /** A long one goes as it is; C's printf, which takes the others, ends them at a zero. */
  private void string(LuaString s) {
    if (precision < 0 && s.length() >= LONG_STRING) {
      out.add(s);
      return;
    }
    int end = 0;
    while (end < s.length() && s.at(end) != 0 && (precision < 0 || end < precision)) {
      end++;
    }
    padded("", new String(s.bytes(), 0, end, StandardCharsets.ISO_8859_1), false);
  }
}

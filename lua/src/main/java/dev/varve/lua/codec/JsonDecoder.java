package dev.varve.lua.codec;

import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Numbers;
import dev.varve.lua.runtime.Userdata;
import java.util.Arrays;

/** JSON to a value. As C has it, a zero byte is the end of the text. */
final class JsonDecoder {
  private static final int LEVEL_BYTES = 500;

  private enum Token {
    OBJECT_BEGIN("T_OBJ_BEGIN"),
    OBJECT_END("T_OBJ_END"),
    ARRAY_BEGIN("T_ARR_BEGIN"),
    ARRAY_END("T_ARR_END"),
    STRING("T_STRING"),
    NUMBER("T_NUMBER"),
    BOOLEAN("T_BOOLEAN"),
    NULL("T_NULL"),
    COLON("T_COLON"),
    COMMA("T_COMMA"),
    END("T_END"),
    ERROR(null);

    private final String shown;

    Token(String shown) {
      this.shown = shown;
    }
  }

  private final Interpreter lua;
  private final Json settings;
  private final Userdata nothing;
  private final byte[] in;
  private int at;
  private int depth;
  private int start;
  private Object value;
  private String problem;

  JsonDecoder(Interpreter lua, Json settings, Userdata nothing, LuaString text) {
    this.lua = lua;
    this.settings = settings;
    this.nothing = nothing;
    in = text.bytes();
  }

  Object decode() {
    if (in.length >= 2 && (in[0] == 0 || in[1] == 0)) {
      throw lua.error("JSON parser does not support UTF-16 or UTF-32");
    }
    Object v = value(next());
    Token t = next();
    if (t != Token.END) {
      throw expected("the end", t);
    }
    return v;
  }

  private LuaError expected(String what, Token found) {
    String shown = found == Token.ERROR ? problem : found.shown;
    return lua.error("Expected " + what + " but found " + shown + " at character " + (start + 1));
  }

  private Object value(Token t) {
    return switch (t) {
      case STRING, NUMBER, BOOLEAN -> value;
      case NULL -> nothing;
      case OBJECT_BEGIN -> object();
      case ARRAY_BEGIN -> array();
      default -> throw expected("value", t);
    };
  }

  private void descend() {
    lua.step();
    if (++depth > settings.decodeDepth) {
      throw lua.error("Found too many nested data structures (" + depth + ") at character " + at);
    }
    lua.needStack((long) LEVEL_BYTES * depth);
  }

  private LuaTable object() {
    descend();
    LuaTable t = lua.table();
    Token token = next();
    while (token != Token.OBJECT_END) {
      if (token != Token.STRING) {
        throw expected("object key string", token);
      }
      Object key = value;
      token = next();
      if (token != Token.COLON) {
        throw expected("colon", token);
      }
      t.set(key, value(next()));
      token = next();
      if (token == Token.OBJECT_END) {
        break;
      }
      if (token != Token.COMMA) {
        throw expected("comma or object end", token);
      }
      token = afterComma();
    }
    depth--;
    return t;
  }

  /** The token after a comma: an end there is none of an object. */
  private Token afterComma() {
    Token t = next();
    if (t == Token.OBJECT_END) {
      throw expected("object key string", t);
    }
    return t;
  }

  private LuaTable array() {
    descend();
    LuaTable t = lua.table();
    Token token = next();
    if (token != Token.ARRAY_END) {
      for (int i = 1; ; i++) {
        t.set(i, value(token));
        token = next();
        if (token == Token.ARRAY_END) {
          break;
        }
        if (token != Token.COMMA) {
          throw expected("comma or array end", token);
        }
        token = next();
      }
    }
    depth--;
    return t;
  }

  private int byteAt(int i) {
    return i < in.length ? in[i] & 255 : 0;
  }

  private Token problem(String what) {
    problem = what;
    start = at;
    return Token.ERROR;
  }

  private Token take(Token t) {
    at++;
    return t;
  }

  private Token next() {
    int c = byteAt(at);
    while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      c = byteAt(++at);
    }
    start = at;
    return switch (c) {
      case 0 -> Token.END;
      case '{' -> take(Token.OBJECT_BEGIN);
      case '}' -> take(Token.OBJECT_END);
      case '[' -> take(Token.ARRAY_BEGIN);
      case ']' -> take(Token.ARRAY_END);
      case ':' -> take(Token.COLON);
      case ',' -> take(Token.COMMA);
      case '"' -> string();
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' ->
          settings.decodeInvalid == 0 && invalidNumber() ? problem("invalid number") : number();
      case 't', 'f', 'n', 'N', 'i', 'I', '+' -> word();
      default -> problem("invalid token");
    };
  }

  private boolean follows(String s) {
    for (int i = 0; i < s.length(); i++) {
      if (byteAt(at + i) != s.charAt(i)) {
        return false;
      }
    }
    at += s.length();
    return true;
  }

  private Token word() {
    if (follows("true")) {
      value = true;
      return Token.BOOLEAN;
    }
    if (follows("false")) {
      value = false;
      return Token.BOOLEAN;
    }
    if (follows("null")) {
      return Token.NULL;
    }
    return settings.decodeInvalid != 0 && invalidNumber() ? number() : problem("invalid token");
  }

  /**
   * Whether it looks like a number that JSON doesn't have: one with a plus, a zero ahead,
   * hexadecimal, inf, nan.
   */
  private boolean invalidNumber() {
    int p = at;
    if (byteAt(p) == '+') {
      return true;
    }
    if (byteAt(p) == '-') {
      p++;
    }
    int c = byteAt(p);
    if (c == '0') {
      int d = byteAt(p + 1);
      return (d | 32) == 'x' || (d >= '0' && d <= '9');
    }
    return c > '9' && (word(p, "inf") || word(p, "nan"));
  }

  private boolean word(int p, String s) {
    for (int i = 0; i < s.length(); i++) {
      if ((byteAt(p + i) | 32) != s.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The longest text here that C's {@code strtod} reads as a number. */
  private Token number() {
    int end = numberEnd();
    if (end == at) {
      return problem("invalid number");
    }
    value = Numbers.parse(Arrays.copyOfRange(in, at, end));
    at = end;
    return Token.NUMBER;
  }

  private int numberEnd() {
    int p = at;
    if (byteAt(p) == '-' || byteAt(p) == '+') {
      p++;
    }
    if (word(p, "infinity")) {
      return p + 8;
    }
    if (word(p, "inf") || word(p, "nan")) {
      return p + 3;
    }
    boolean hex = byteAt(p) == '0' && (byteAt(p + 1) | 32) == 'x' && fraction(p + 2, 16) > p + 2;
    int base = hex ? 16 : 10;
    int from = hex ? p + 2 : p;
    int end = fraction(from, base);
    if (end == from) {
      return at;
    }
    if ((byteAt(end) | 32) == (hex ? 'p' : 'e')) {
      int e = end + 1;
      if (byteAt(e) == '-' || byteAt(e) == '+') {
        e++;
      }
      int last = digits(e, 10);
      end = last > e ? last : end;
    }
    return end;
  }

  /** The end of digits with a point among them; the place itself if there is no digit. */
  private int fraction(int from, int base) {
    int end = digits(from, base);
    if (byteAt(end) == '.') {
      int last = digits(end + 1, base);
      return last > end + 1 || end > from ? last : from;
    }
    return end;
  }

  private int digits(int from, int base) {
    int i = from;
    while (byteAt(i) < 128 && Character.digit(byteAt(i), base) >= 0) {
      i++;
    }
    return i;
  }

  private Token string() {
    int p = at + 1;
    while (p < in.length && in[p] != '"' && in[p] != '\\' && in[p] != 0) {
      p++;
    }
    if (p < in.length && in[p] == '"') {
      value = lua.string(Arrays.copyOfRange(in, at + 1, p));
      at = p + 1;
      return Token.STRING;
    }
    return escapedString(p);
  }

  /** A string with escapes, of which so much is plain. */
  private Token escapedString(int plainEnd) {
    byte[] out = new byte[in.length - at];
    int n = plainEnd - at - 1;
    System.arraycopy(in, at + 1, out, 0, n);
    at = plainEnd;
    while (byteAt(at) != '"') {
      int c = byteAt(at);
      if (c == 0) {
        return problem("unexpected end of string");
      }
      if (c == '\\') {
        int escape = "\"\\/btnfru".indexOf(byteAt(at + 1));
        if (escape < 0 || byteAt(at + 1) == 0) {
          return problem("invalid escape code");
        }
        if (byteAt(at + 1) == 'u') {
          int code = codePoint();
          if (code < 0) {
            return problem("invalid unicode escape code");
          }
          n = utf8(code, out, n);
          continue;
        }
        c = "\"\\/\b\t\n\f\r".charAt(escape);
        at++;
      }
      out[n++] = (byte) c;
      at++;
    }
    at++;
    value = lua.string(Arrays.copyOf(out, n));
    return Token.STRING;
  }

  private int hex(int p) {
    int v = 0;
    for (int i = 0; i < 4; i++) {
      int c = byteAt(p + i);
      int d = c < 128 ? Character.digit(c, 16) : -1;
      if (d < 0) {
        return -1;
      }
      v = v << 4 | d;
    }
    return v;
  }

  /**
   * The code point of an escape, of two if they are surrogates; goes after them. -1 if they make
   * none.
   */
  private int codePoint() {
    int code = hex(at + 2);
    if (code < 0 || (code & 0xF800) != 0xD800) {
      at += code < 0 ? 0 : 6;
      return code;
    }
    boolean pair = (code & 0x400) == 0 && byteAt(at + 6) == '\\' && byteAt(at + 7) == 'u';
    int low = pair ? hex(at + 8) : -1;
    if (low < 0 || (low & 0xFC00) != 0xDC00) {
      return -1;
    }
    at += 12;
    return ((code & 0x3FF) << 10 | (low & 0x3FF)) + 0x10000;
  }

  private static int utf8(int code, byte[] out, int from) {
    int n = from;
    if (code < 0x80) {
      out[n++] = (byte) code;
    } else if (code < 0x800) {
      out[n++] = (byte) (0xC0 | code >> 6);
      out[n++] = (byte) (0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      out[n++] = (byte) (0xE0 | code >> 12);
      out[n++] = (byte) (0x80 | (code >> 6 & 0x3F));
      out[n++] = (byte) (0x80 | (code & 0x3F));
    } else {
      out[n++] = (byte) (0xF0 | code >> 18);
      out[n++] = (byte) (0x80 | (code >> 12 & 0x3F));
      out[n++] = (byte) (0x80 | (code >> 6 & 0x3F));
      out[n++] = (byte) (0x80 | (code & 0x3F));
    }
    return n;
  }
}

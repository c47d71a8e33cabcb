package dev.varve.lua.compiler;

import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.Numbers;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Bytes to tokens. */
final class Lexer {
  private static final int END = -1;

  /** The kind of long brackets that isn't one: a bracket alone, or one with signs after it. */
  private static final int ALONE = -1;

  private static final int BROKEN = -2;

  /** A token as it was read; the line is that of its end. */
  record Lexeme(Token token, int line, LuaString string, double number, String text) {}

  private final byte[] in;
  private final ChunkName chunk;
  private final Map<LuaString, LuaString> strings = new HashMap<>();
  private int at;
  private int start;
  private int line = 1;

  Lexer(byte[] in, ChunkName chunk) {
    this.in = in;
    this.chunk = chunk;
  }

  int line() {
    return line;
  }

  /** An error at the present line; what it is near may be null. */
  LuaError error(String message, String near) {
    String text = near == null ? "" : " near '" + cut(near) + "'";
    return new LuaError(chunk.inSyntaxErrors() + ":" + line + ": " + message + text);
  }

  /** As C shows it, which ends strings at a zero. */
  private static String cut(String s) {
    int zero = s.indexOf(0);
    return zero < 0 ? s : s.substring(0, zero);
  }

  private int current() {
    return at < in.length ? in[at] & 255 : END;
  }

  private String text() {
    return new String(in, start, at - start, StandardCharsets.ISO_8859_1);
  }

  private Lexeme plain(Token t) {
    return new Lexeme(t, line, null, 0, t.text);
  }

  private void newline() {
    int c = in[at++];
    if (at < in.length && (in[at] == '\n' || in[at] == '\r') && in[at] != c) {
      at++;
    }
    line++;
  }

  Lexeme next() {
    while (true) {
      int c = current();
      start = at;
      switch (c) {
        case END -> {
          return plain(Token.END_OF_FILE);
        }
        case '\n', '\r' -> newline();
        case ' ', '\t', 11, 12 -> at++;
        case '-' -> {
          at++;
          if (current() != '-') {
            return plain(Token.MINUS);
          }
          at++;
          comment();
        }
        default -> {
          return token(c);
        }
      }
    }
  }

  private Lexeme token(int c) {
    return switch (c) {
      case '[' -> bracket();
      case '"', '\'' -> quoted(c);
      case '=', '<', '>', '~' -> comparison(c);
      case '.' -> dots();
      default -> other(c);
    };
  }

  private void comment() {
    if (current() == '[') {
      int level = bracketLevel();
      if (level >= 0) {
        longText(level, true);
        return;
      }
    }
    while (at < in.length && in[at] != '\n' && in[at] != '\r') {
      at++;
    }
  }

  private Lexeme bracket() {
    int level = bracketLevel();
    if (level == ALONE) {
      return plain(Token.OPEN_BRACKET);
    }
    if (level == BROKEN) {
      throw error("invalid long string delimiter", text());
    }
    LuaString s = longText(level, false);
    return new Lexeme(Token.STRING, line, s, 0, text());
  }

  private Lexeme comparison(int c) {
    at++;
    if (current() != '=') {
      return c == '~' ? new Lexeme(Token.OTHER, line, null, 0, "~") : plain(Token.sign(c));
    }
    at++;
    return plain(
        switch (c) {
          case '=' -> Token.EQUAL;
          case '<' -> Token.LESS_EQUAL;
          case '>' -> Token.GREATER_EQUAL;
          default -> Token.NOT_EQUAL;
        });
  }

  private Lexeme dots() {
    at++;
    if (current() == '.') {
      at++;
      if (current() == '.') {
        at++;
        return plain(Token.DOTS);
      }
      return plain(Token.CONCAT);
    }
    return digit(current()) ? number() : plain(Token.DOT);
  }

  private Lexeme other(int c) {
    if (digit(c)) {
      return number();
    }
    if (letter(c)) {
      while (letter(current()) || digit(current())) {
        at++;
      }
      String s = text();
      Token word = Token.word(s);
      return word != null
          ? plain(word)
          : new Lexeme(Token.NAME, line, intern(LuaString.of(s)), 0, s);
    }
    at++;
    Token sign = Token.sign(c);
    if (sign != Token.OTHER) {
      return plain(sign);
    }
    return new Lexeme(Token.OTHER, line, null, 0, shown(c));
  }

  /** How errors tell a character; a zero byte, which they take for no token, they don't tell. */
  private static String shown(int c) {
    if (c == 0) {
      return null;
    }
    return c < 32 || c == 127 ? "char(" + c + ")" : String.valueOf((char) c);
  }

  private static boolean digit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean letter(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }

  /** One object for equal strings, so that comparing them is quick. */
  private LuaString intern(LuaString s) {
    LuaString known = strings.putIfAbsent(s, s);
    return known == null ? s : known;
  }

  /** At a bracket: the number of signs between it and a second one. */
  private int bracketLevel() {
    int from = at++;
    int n = 0;
    while (current() == '=') {
      at++;
      n++;
    }
    if (current() == '[') {
      at++;
      return n;
    }
    if (n == 0) {
      at = from + 1;
      return ALONE;
    }
    return BROKEN;
  }

  private LuaString longText(int level, boolean comment) {
    if (current() == '\n' || current() == '\r') {
      newline();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    while (true) {
      int c = current();
      switch (c) {
        case END ->
            throw error(comment ? "unfinished long comment" : "unfinished long string", "<eof>");
        case ']' -> {
          int from = at++;
          int n = 0;
          while (current() == '=') {
            at++;
            n++;
          }
          if (current() == ']' && n == level) {
            at++;
            return intern(new LuaString(out.toByteArray()));
          }
          out.write(in, from, at - from);
        }
        case '\n', '\r' -> {
          newline();
          out.write('\n');
        }
        case '[' -> {
          at++;
          out.write('[');
          if (level == 0 && current() == '[') {
            throw error("nesting of [[...]] is deprecated", "[");
          }
        }
        default -> {
          out.write(c);
          at++;
        }
      }
    }
  }

  private Lexeme quoted(int quote) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(quote);
    at++;
    while (current() != quote) {
      int c = current();
      if (c == END) {
        throw error("unfinished string", "<eof>");
      }
      if (c == '\n' || c == '\r') {
        throw error("unfinished string", out.toString(StandardCharsets.ISO_8859_1));
      }
      at++;
      if (c == '\\') {
        escape(out);
      } else {
        out.write(c);
      }
    }
    at++;
    byte[] all = out.toByteArray();
    LuaString s = intern(new LuaString(Arrays.copyOfRange(all, 1, all.length)));
    return new Lexeme(Token.STRING, line, s, 0, (char) quote + s.toString() + (char) quote);
  }

  private void escape(ByteArrayOutputStream out) {
    int c = current();
    int plain = "abfnrtv".indexOf(c);
    if (plain >= 0 && c != END) {
      out.write("\u0007\b\f\n\r\t\u000b".charAt(plain));
      at++;
    } else if (c == '\n' || c == '\r') {
      newline();
      out.write('\n');
    } else if (digit(c)) {
      int v = 0;
      for (int i = 0; i < 3 && digit(current()); i++) {
        v = v * 10 + in[at++] - '0';
      }
      if (v > 255) {
        throw error("escape sequence too large", out.toString(StandardCharsets.ISO_8859_1));
      }
      out.write(v);
    } else if (c != END) {
      out.write(c);
      at++;
    }
  }

  private Lexeme number() {
    while (digit(current()) || current() == '.') {
      at++;
    }
    if ((current() | 32) == 'e') {
      at++;
      if (current() == '+' || current() == '-') {
        at++;
      }
    }
    while (letter(current()) || digit(current())) {
      at++;
    }
    Double d = Numbers.parse(Arrays.copyOfRange(in, start, at));
    if (d == null) {
      throw error("malformed number", text());
    }
    return new Lexeme(Token.NUMBER, line, null, d, text());
  }
}

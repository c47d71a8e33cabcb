package dev.varve.lua.compiler;

import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaString;

/**
 * The tokens of a program one after another, with a look at the next, and the errors that wrong
 * ones are.
 */
abstract class TokenReader {
  private final Lexer lexer;
  private Lexer.Lexeme current;
  private Lexer.Lexeme ahead;
  private int lastLine = 1;

  TokenReader(Lexer lexer) {
    this.lexer = lexer;
  }

  final void begin() {
    current = lexer.next();
  }

  /** The line of the token before this one. */
  final int lastLine() {
    return lastLine;
  }

  final LuaString string() {
    return current.string();
  }

  final double number() {
    return current.number();
  }

  final LuaError errorWithoutToken(String message) {
    return lexer.error(message, null);
  }

  final Token token() {
    return current.token();
  }

  final int line() {
    return current.line();
  }

  final void next() {
    lastLine = current.line();
    if (ahead != null) {
      current = ahead;
      ahead = null;
    } else {
      current = lexer.next();
    }
  }

  final Token peek() {
    if (ahead == null) {
      ahead = lexer.next();
    }
    return ahead.token();
  }

  final LuaError error(String message) {
    return lexer.error(message, current.text());
  }

  final LuaError expected(Token t) {
    return error("'" + t.text + "' expected");
  }

  final boolean accept(Token t) {
    if (token() == t) {
      next();
      return true;
    }
    return false;
  }

  final void expect(Token t) {
    if (token() != t) {
      throw expected(t);
    }
    next();
  }

  final void match(Token what, Token who, int where) {
    if (token() == what) {
      next();
    } else if (where == line()) {
      throw expected(what);
    } else {
      throw error(
          "'" + what.text + "' expected (to close '" + who.text + "' at line " + where + ")");
    }
  }

  final LuaString name() {
    if (token() != Token.NAME) {
      throw expected(Token.NAME);
    }
    LuaString s = current.string();
    next();
    return s;
  }
}

package dev.varve.lua.compiler;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;

/** The kinds of tokens, with their text. */
enum Token {
  AND("and"),
  BREAK("break"),
  DO("do"),
  ELSE("else"),
  ELSEIF("elseif"),
  END("end"),
  FALSE("false"),
  FOR("for"),
  FUNCTION("function"),
  IF("if"),
  IN("in"),
  LOCAL("local"),
  NIL("nil"),
  NOT("not"),
  OR("or"),
  REPEAT("repeat"),
  RETURN("return"),
  THEN("then"),
  TRUE("true"),
  UNTIL("until"),
  WHILE("while"),
  CONCAT(".."),
  DOTS("..."),
  EQUAL("=="),
  GREATER_EQUAL(">="),
  LESS_EQUAL("<="),
  NOT_EQUAL("~="),
  PLUS("+"),
  MINUS("-"),
  STAR("*"),
  SLASH("/"),
  PERCENT("%"),
  CARET("^"),
  HASH("#"),
  LESS("<"),
  GREATER(">"),
  ASSIGN("="),
  OPEN("("),
  CLOSE(")"),
  OPEN_BRACE("{"),
  CLOSE_BRACE("}"),
  OPEN_BRACKET("["),
  CLOSE_BRACKET("]"),
  SEMICOLON(";"),
  COLON(":"),
  COMMA(","),
  DOT("."),
  NUMBER("<number>"),
  NAME("<name>"),
  STRING("<string>"),
  END_OF_FILE("<eof>"),
  /** A character that no token begins with. */
  OTHER("?");

  private static final Map<String, Token> WORDS = new HashMap<>();
  private static final Token[] SIGNS = new Token[128];

  static {
    for (Token t : EnumSet.range(AND, WHILE)) {
      WORDS.put(t.text, t);
    }
    for (Token t : EnumSet.range(PLUS, DOT)) {
      SIGNS[t.text.charAt(0)] = t;
    }
  }

  final String text;

  Token(String text) {
    this.text = text;
  }

  /** The keyword; null if it isn't one. */
  static Token word(String s) {
    return WORDS.get(s);
  }

  static Token sign(int c) {
    Token t = c < 128 ? SIGNS[c] : null;
    return t == null ? OTHER : t;
  }
}

package dev.varve.lua.compiler;

import dev.varve.lua.compiler.Syntax.Block;
import dev.varve.lua.compiler.Syntax.Expr;
import dev.varve.lua.compiler.Syntax.Stat;
import dev.varve.lua.runtime.LuaString;
import java.util.ArrayList;
import java.util.List;

/** Lua 5.1's grammar, with its limits and the texts of its errors. */
final class Parser extends TokenReader {
  private static final int MAX_LEVELS = 200;
  private static final int MAX_CHAIN = 2_000;
  private static final int UNARY_PRIORITY = 8;

  private int levels;
  private Scope scope;

  Parser(byte[] in, ChunkName chunk) {
    super(new Lexer(in, chunk));
  }

  Syntax.Body parse() {
    scope = new Scope(null, 0);
    scope.variable = true;
    begin();
    List<Stat> statements = statements();
    if (token() != Token.END_OF_FILE) {
      throw expected(Token.END_OF_FILE);
    }
    return new Syntax.Body(scope, statements);
  }

  private void enterLevel() {
    if (++levels > MAX_LEVELS) {
      throw errorWithoutToken("chunk has too many syntax levels");
    }
  }

  private void checkLimit(int n, int limit, String what) {
    if (n > limit) {
      throw errorWithoutToken(scope.describe() + " has more than " + limit + " " + what);
    }
  }

  private Variable declare(LuaString name, int pending) {
    checkLimit(scope.active.size() + pending + 1, Scope.MAX_LOCALS, "local variables");
    return scope.declare(name.toString());
  }

  // ---- statements

  private boolean blockEnds() {
    return switch (token()) {
      case END_OF_FILE, ELSE, ELSEIF, END, UNTIL -> true;
      default -> false;
    };
  }

  private Block block() {
    int n = scope.active.size();
    int free = scope.free();
    List<Stat> statements = statements();
    scope.leave(n, free);
    return new Block(statements);
  }

  private Block loopBody() {
    scope.loops++;
    Block b = block();
    scope.loops--;
    return b;
  }

  private List<Stat> statements() {
    List<Stat> list = new ArrayList<>();
    enterLevel();
    while (!blockEnds()) {
      boolean last = token() == Token.RETURN || token() == Token.BREAK;
      list.add(statement());
      accept(Token.SEMICOLON);
      if (last) {
        break;
      }
    }
    levels--;
    return list;
  }

  private Stat statement() {
    int where = line();
    return switch (token()) {
      case IF -> ifStatement(where);
      case WHILE -> {
        next();
        Expr condition = expression();
        expect(Token.DO);
        Block body = loopBody();
        match(Token.END, Token.WHILE, where);
        yield new Syntax.While(condition, body);
      }
      case DO -> {
        next();
        Block b = block();
        match(Token.END, Token.DO, where);
        yield b;
      }
      case FOR -> forStatement(where);
      case REPEAT -> repeatStatement(where);
      case FUNCTION -> functionStatement(where);
      case LOCAL -> {
        next();
        yield accept(Token.FUNCTION) ? localFunction() : localStatement();
      }
      case RETURN -> {
        next();
        yield new Syntax.Return(
            blockEnds() || token() == Token.SEMICOLON ? List.of() : expressions());
      }
      case BREAK -> {
        next();
        if (scope.loops == 0) {
          throw error("no loop to break");
        }
        yield new Syntax.Break();
      }
      default -> expressionStatement();
    };
  }

  private Stat ifStatement(int where) {
    List<Expr> conditions = new ArrayList<>();
    List<Block> blocks = new ArrayList<>();
    do {
      next();
      conditions.add(expression());
      expect(Token.THEN);
      blocks.add(block());
    } while (token() == Token.ELSEIF);
    Block otherwise = accept(Token.ELSE) ? block() : null;
    match(Token.END, Token.IF, where);
    return new Syntax.If(conditions, blocks, otherwise);
  }

  private Stat repeatStatement(int where) {
    next();
    int n = scope.active.size();
    int free = scope.free();
    scope.loops++;
    List<Stat> body = statements();
    scope.loops--;
    match(Token.UNTIL, Token.REPEAT, where);
    Expr condition = expression();
    scope.leave(n, free);
    return new Syntax.Repeat(new Block(body), condition);
  }

  private Stat forStatement(int where) {
    next();
    LuaString first = name();
    int n = scope.active.size();
    int free = scope.free();
    Stat s =
        switch (token()) {
          case ASSIGN -> numericFor(first);
          case COMMA, IN -> genericFor(first);
          default -> throw error("'=' or 'in' expected");
        };
    scope.leave(n, free);
    match(Token.END, Token.FOR, where);
    return s;
  }

  private Stat numericFor(LuaString name) {
    next();
    Expr from = expression();
    expect(Token.COMMA);
    Expr to = expression();
    Expr by = accept(Token.COMMA) ? expression() : null;
    int doLine = line();
    expect(Token.DO);
    // Three hidden variables count as locals, too.
    checkLimit(scope.active.size() + 3, Scope.MAX_LOCALS, "local variables");
    Variable v = declare(name, 3);
    v.unboxed = true;
    scope.active.add(v);
    return new Syntax.NumericFor(doLine, v, from, to, by, loopBody());
  }

  private Stat genericFor(LuaString first) {
    List<LuaString> names = new ArrayList<>(List.of(first));
    while (accept(Token.COMMA)) {
      names.add(name());
    }
    expect(Token.IN);
    int iteratorLine = line();
    List<Expr> iterator = expressions();
    expect(Token.DO);
    List<Variable> variables = new ArrayList<>();
    for (LuaString s : names) {
      variables.add(declare(s, 3 + variables.size()));
    }
    scope.active.addAll(variables);
    return new Syntax.GenericFor(iteratorLine, variables, iterator, loopBody());
  }

  private Stat functionStatement(int where) {
    next();
    Expr target = variable(name());
    boolean method = false;
    while (token() == Token.DOT || token() == Token.COLON) {
      method = token() == Token.COLON;
      next();
      target = new Syntax.Index(line(), target, new Syntax.Constant(name()));
      if (method) {
        break;
      }
    }
    Syntax.Fn f = body(method, where);
    return new Syntax.Assign(where, List.of(target), List.of(f));
  }

  private Stat localFunction() {
    Variable v = declare(name(), 0);
    scope.active.add(v);
    return new Syntax.LocalFunction(v, body(false, line()));
  }

  private Stat localStatement() {
    List<Variable> variables = new ArrayList<>();
    do {
      variables.add(declare(name(), variables.size()));
    } while (accept(Token.COMMA));
    List<Expr> values = accept(Token.ASSIGN) ? expressions() : List.of();
    scope.active.addAll(variables);
    return new Syntax.Declare(variables, values);
  }

  private Stat expressionStatement() {
    Expr e = suffixed();
    if (e instanceof Syntax.Call || e instanceof Syntax.Method) {
      return new Syntax.Evaluate(e);
    }
    List<Expr> targets = new ArrayList<>();
    checkTarget(e);
    targets.add(e);
    while (accept(Token.COMMA)) {
      e = suffixed();
      checkTarget(e);
      targets.add(e);
      checkLimit(targets.size(), MAX_LEVELS - levels, "variables in assignment");
    }
    expect(Token.ASSIGN);
    List<Expr> values = expressions();
    if (scope.loops > 0
        && targets.getFirst() instanceof Syntax.Local l
        && values.getFirst() instanceof Syntax.Binary b
        && isArithmetic(b.operator())) {
      l.variable().unboxed = true;
    }
    return new Syntax.Assign(lastLine(), targets, values);
  }

  private static boolean isArithmetic(Token operator) {
    return switch (operator) {
      case PLUS, MINUS, STAR, SLASH, PERCENT, CARET -> true;
      default -> false;
    };
  }

  private void checkTarget(Expr e) {
    switch (e) {
      case Syntax.Local l -> {}
      case Syntax.Upvalue u -> {}
      case Syntax.Global g -> {}
      case Syntax.Index i -> {}
      default -> throw error("syntax error");
    }
  }

  // ---- expressions

  private Expr variable(LuaString name) {
    String s = name.toString();
    Variable v = scope.local(s);
    if (v != null) {
      return new Syntax.Local(v);
    }
    int u = scope.upvalue(s);
    checkLimit(u + 1, Scope.MAX_UPVALUES, "upvalues");
    return u >= 0 ? new Syntax.Upvalue(u, s) : new Syntax.Global(lastLine(), name);
  }

  private Expr primary() {
    int where = line();
    if (token() == Token.NAME) {
      return variable(name());
    }
    if (token() == Token.OPEN) {
      next();
      Expr e = expression();
      match(Token.CLOSE, Token.OPEN, where);
      return new Syntax.Paren(e);
    }
    throw error("unexpected symbol");
  }

  private Expr suffixed() {
    Expr e = primary();
    for (int chain = 0; ; chain++) {
      checkChain(chain);
      switch (token()) {
        case DOT -> {
          next();
          LuaString key = name();
          e = new Syntax.Index(lastLine(), e, new Syntax.Constant(key));
        }
        case OPEN_BRACKET -> {
          next();
          Expr key = expression();
          expect(Token.CLOSE_BRACKET);
          e = new Syntax.Index(lastLine(), e, key);
        }
        case COLON -> {
          next();
          LuaString key = name();
          int where = line();
          e = new Syntax.Method(where, e, key, arguments());
        }
        case OPEN, STRING, OPEN_BRACE -> {
          int where = line();
          e = new Syntax.Call(where, e, arguments());
        }
        default -> {
          return e;
        }
      }
    }
  }

  /** What is nested to the left isn't bounded by levels. */
  private void checkChain(int n) {
    if (n > MAX_CHAIN) {
      throw errorWithoutToken("function or expression too complex");
    }
  }

  private List<Expr> arguments() {
    int where = line();
    return switch (token()) {
      case OPEN -> {
        if (where != lastLine()) {
          throw error("ambiguous syntax (function call x new statement)");
        }
        next();
        List<Expr> list = token() == Token.CLOSE ? List.of() : expressions();
        match(Token.CLOSE, Token.OPEN, where);
        yield list;
      }
      case OPEN_BRACE -> List.of(table());
      case STRING -> {
        LuaString s = string();
        next();
        yield List.of(new Syntax.Constant(s));
      }
      default -> throw error("function arguments expected");
    };
  }

  private List<Expr> expressions() {
    List<Expr> list = new ArrayList<>();
    do {
      list.add(expression());
    } while (accept(Token.COMMA));
    return list;
  }

  private Expr table() {
    int where = line();
    expect(Token.OPEN_BRACE);
    List<Expr> keys = new ArrayList<>();
    List<Expr> values = new ArrayList<>();
    while (token() != Token.CLOSE_BRACE) {
      if (token() == Token.NAME && peek() == Token.ASSIGN) {
        keys.add(new Syntax.Constant(name()));
        next();
      } else if (accept(Token.OPEN_BRACKET)) {
        keys.add(expression());
        expect(Token.CLOSE_BRACKET);
        expect(Token.ASSIGN);
      } else {
        keys.add(null);
      }
      values.add(expression());
      if (!accept(Token.COMMA) && !accept(Token.SEMICOLON)) {
        break;
      }
    }
    match(Token.CLOSE_BRACE, Token.OPEN_BRACE, where);
    return new Syntax.Table(lastLine(), keys, values);
  }

  private Syntax.Fn body(boolean method, int where) {
    scope = new Scope(scope, where);
    expect(Token.OPEN);
    if (method) {
      parameter(LuaString.of("self"));
    }
    if (token() != Token.CLOSE) {
      parameters();
    }
    expect(Token.CLOSE);
    List<Stat> statements = statements();
    match(Token.END, Token.FUNCTION, where);
    Scope done = scope;
    scope = done.parent;
    return new Syntax.Fn(new Syntax.Body(done, statements));
  }

  private void parameters() {
    do {
      switch (token()) {
        case NAME -> parameter(name());
        case DOTS -> {
          next();
          scope.variable = true;
          scope.hasArg = true;
          scope.active.add(declare(LuaString.of("arg"), 0));
          return;
        }
        default -> throw error("<name> or '...' expected");
      }
    } while (accept(Token.COMMA));
  }

  private void parameter(LuaString name) {
    Variable v = declare(name, 0);
    scope.active.add(v);
    scope.parameters.add(v);
  }

  private static int leftPriority(Token t) {
    return switch (t) {
      case OR -> 1;
      case AND -> 2;
      case EQUAL, NOT_EQUAL, LESS, GREATER, LESS_EQUAL, GREATER_EQUAL -> 3;
      case CONCAT -> 5;
      case PLUS, MINUS -> 6;
      case STAR, SLASH, PERCENT -> 7;
      case CARET -> 10;
      default -> -1;
    };
  }

  private static int rightPriority(Token t) {
    return switch (t) {
      case CONCAT -> 4;
      case CARET -> 9;
      default -> leftPriority(t);
    };
  }

  private Expr expression() {
    return expression(0);
  }

  private Expr expression(int limit) {
    enterLevel();
    Expr left;
    Token t = token();
    if (t == Token.NOT || t == Token.MINUS || t == Token.HASH) {
      next();
      Expr operand = expression(UNARY_PRIORITY);
      left =
          t == Token.MINUS && operand instanceof Syntax.Num n
              ? new Syntax.Num(-n.value())
              : new Syntax.Unary(lastLine(), t, operand);
    } else {
      left = simple();
    }
    for (int chain = 0; leftPriority(token()) > limit; chain++) {
      checkChain(chain);
      Token operator = token();
      next();
      Expr right = expression(rightPriority(operator));
      left = new Syntax.Binary(lastLine(), operator, left, right);
    }
    levels--;
    return left;
  }

  private Expr simple() {
    Expr e;
    switch (token()) {
      case NUMBER -> e = new Syntax.Num(number());
      case STRING -> e = new Syntax.Constant(string());
      case NIL -> e = new Syntax.Constant(null);
      case TRUE -> e = new Syntax.Constant(true);
      case FALSE -> e = new Syntax.Constant(false);
      case DOTS -> {
        if (!scope.variable) {
          throw error("cannot use '...' outside a vararg function");
        }
        scope.dotsUsed = true;
        e = new Syntax.Dots();
      }
      case OPEN_BRACE -> {
        return table();
      }
      case FUNCTION -> {
        int where = line();
        next();
        return body(false, where);
      }
      default -> {
        return suffixed();
      }
    }
    next();
    return e;
  }
}

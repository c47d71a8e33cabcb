package dev.varve.lua;

import java.util.random.RandomGenerator;

/**
 * Makes programs at random that end: loops are short, recursion is bounded, what is random doesn't
 * show addresses.
 */
final class Programs {
  private static final String[] NAMES = {"a", "b", "c", "t", "u", "f", "g", "s"};
  private static final String[] OPERATORS = {
    "+", "-", "*", "/", "%", "^", "..", "==", "~=", "<", ">", "<=", ">=", "and", "or"
  };
  private static final String[] LITERALS = {
    "nil", "true", "false", "1", "2", "3", "-1", "0.5", "10", "1e15", "255", "'x'", "'abc'", "'10'",
    "''", "' 7 '", "'0x1f'"
  };
  private static final String[] UNARY = {"-", "not ", "#"};
  private static final String[] CALLS = {
    "tostring(%s)",
    "tonumber(%s)",
    "type(%s)",
    "#%s",
    "pcall(%s, %s)",
    "select('#', %s, %s)",
    "math.floor(%s)",
    "math.max(%s, %s)",
    "('abc'):sub(%s, %s)",
    "string.rep(%s, 2)",
    "string.format('%%d', %s)",
    "string.format('%%s|%%g', %s, %s)",
    "('a,b,c'):gsub(%s, %s)",
    "('hello world'):find(%s)",
    "('k=v'):match(%s)",
    "table.concat({%s, %s}, ',')",
    "rawget(%s, %s)",
    "next(%s)",
    "unpack({%s, %s, %s})",
    "setmetatable(%s, %s)",
    "getmetatable(%s)",
    "rawequal(%s, %s)",
    "string.byte(%s, %s)",
    "table.insert(%s, %s)",
    "table.remove(%s)",
    "math.fmod(%s, %s)",
    "tostring(%s):upper()",
    "(%s)(%s)",
    "%s:len()",
    "%s.x(%s)",
    "string.reverse(%s)",
    "table.getn(%s)",
    "ipairs(%s)",
    "assert(%s, %s)",
    "tostring(%s) .. tostring(%s)",
    "loadstring(%s)"
  };

  private final RandomGenerator random;
  private final StringBuilder out = new StringBuilder();
  private int budget;

  private Programs(RandomGenerator random, int budget) {
    this.random = random;
    this.budget = budget;
  }

  static String next(RandomGenerator random) {
    Programs p = new Programs(random, 12 + random.nextInt(40));
    p.out.append(
        """
        local a, b, c, t, u, s = 1, 2, nil, {x = 1, 5, 6}, {}, 'str'
        local f, g, n = nil, nil, 0
        f = function(x, ...) n = n + 1 if n > 50 then return x end return ... end
        """);
    p.block(0, true);
    p.out.append("return a, b, c, s, n, #t, type(f)");
    for (int i = 0; i < 2; i++) {
      p.out.append(", ").append(p.expression(2));
    }
    return p.out.append('\n').toString();
  }

  private String pick(String[] of) {
    return of[random.nextInt(of.length)];
  }

  private void block(int depth, boolean loopAllowed) {
    int n = 1 + random.nextInt(4);
    for (int i = 0; i < n && budget > 0; i++) {
      budget--;
      statement(depth, loopAllowed);
    }
  }

  private void statement(int depth, boolean loops) {
    int kind = random.nextInt(depth > 3 ? 7 : 15);
    switch (kind) {
      case 0, 1 -> out.append(target()).append(" = ").append(expression(3)).append('\n');
      case 2 ->
          out.append("local ").append(pick(NAMES)).append(" = ").append(expression(3)).append('\n');
      case 3 ->
          out.append(
              target() + ", " + target() + " = " + expression(2) + ", " + expression(2) + "\n");
      case 4 -> out.append("t[" + expression(1) + "] = " + expression(2) + "\n");
      case 5 -> out.append("c = {pcall(function() return " + expression(3) + " end)}\n");
      case 6 -> out.append("local " + pick(NAMES) + ", " + pick(NAMES) + " = " + call(2) + "\n");
      case 7 -> conditional(depth, loops);
      case 8 ->
          loop("for i = " + random.nextInt(4) + ", " + random.nextInt(6) + " do", depth, loops);
      case 9 ->
          loop(
              "for k, v in pairs(t) do a = tostring(k) == 'x' and a or " + expression(1),
              depth,
              false);
      case 10 ->
          loop(
              "local w"
                  + depth
                  + " = 0 while w"
                  + depth
                  + " < 3 do w"
                  + depth
                  + " = w"
                  + depth
                  + " + 1",
              depth,
              false);
      case 11 -> function(depth);
      case 12 ->
          out.append(
              "setmetatable(u, {__"
                  + pick(
                      new String[] {
                        "index", "add", "concat", "call", "lt", "eq", "len", "unm", "newindex"
                      })
                  + " = function(x, y) n = n + 1 if n > 50 then error('deep') end return "
                  + expression(2)
                  + " end})\n");
      case 13 -> coroutine(depth);
      default -> loop("for i, v in ipairs(t) do", depth, loops);
    }
  }

  private void conditional(int depth, boolean loops) {
    out.append("if ").append(expression(2)).append(" then\n");
    block(depth + 1, loops);
    if (random.nextBoolean()) {
      out.append("else\n");
      block(depth + 1, loops);
    }
    out.append("end\n");
  }

  private void loop(String head, int depth, boolean allowed) {
    if (!allowed && depth > 1) {
      return;
    }
    out.append(head).append('\n');
    block(depth + 1, false);
    if (random.nextInt(4) == 0) {
      out.append("if ").append(expression(1)).append(" then break end\n");
    }
    out.append("end\n");
  }

  private void function(int depth) {
    String name = random.nextBoolean() ? "f" : "g";
    out.append(name + " = function(a, ...)\nn = n + 1 if n > 50 then return n end\n");
    block(depth + 1, false);
    out.append("return ").append(expression(2)).append(", ...\nend\n");
  }

  private void coroutine(int depth) {
    out.append("local co = coroutine.create(function(a)\n");
    block(depth + 1, false);
    out.append("a = coroutine.yield(" + expression(1) + ")\nreturn " + expression(2) + "\nend)\n");
    out.append(
        "b = {coroutine.resume(co, "
            + expression(1)
            + ")} c = select('#', coroutine.resume(co, 2)) s = coroutine.status(co)\n");
  }

  private String target() {
    return switch (random.nextInt(6)) {
      case 0 -> "t.x";
      case 1 -> "u[" + expression(1) + "]";
      case 2 -> "glob";
      default -> pick(new String[] {"a", "b", "c", "s"});
    };
  }

  private String expression(int depth) {
    if (depth == 0) {
      return random.nextInt(3) == 0 ? pick(LITERALS) : pick(NAMES);
    }
    return switch (random.nextInt(9)) {
      case 0 -> pick(LITERALS);
      case 1 -> pick(NAMES);
      case 2, 3 ->
          "(" + expression(depth - 1) + " " + pick(OPERATORS) + " " + expression(depth - 1) + ")";
      case 4 -> pick(UNARY) + expression(depth - 1);
      case 5 ->
          "{"
              + expression(depth - 1)
              + ", x = "
              + expression(depth - 1)
              + ", "
              + expression(depth - 1)
              + "}";
      case 6 -> pick(new String[] {"t", "u", "c"}) + "[" + expression(depth - 1) + "]";
      case 7 ->
          pick(
              new String[] {
                "t.x", "u.y", "f(" + expression(depth - 1) + ")", "g(1, 2)", "t:m()", "s:upper()"
              });
      default -> call(depth);
    };
  }

  private String call(int depth) {
    String s = pick(CALLS);
    while (s.contains("%s")) {
      int i = s.indexOf("%s");
      if (i > 0 && s.charAt(i - 1) == '%') {
        s = s.substring(0, i - 1) + "\0" + s.substring(i + 1);
        continue;
      }
      s = s.substring(0, i) + expression(depth - 1).replace("%", "\0") + s.substring(i + 2);
    }
    return s.replace("%%", "%").replace("\0", "%");
  }
}

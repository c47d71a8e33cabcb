package dev.varve.lua;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.Values;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that want more than their share: each ends by an error, and the interpreter goes on. */
final class HostileTest {
  private static final long MEMORY = 16L << 20;

  /** What ends a program that nobody lets run on. */
  private static final class Enough extends Error {
    private static final long serialVersionUID = 1;
  }

  private static Object run(Interpreter lua, String program) {
    lua.reset();
    return Values.first(lua.call(Lua.load(lua, program, "=program")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "while true do end",
        "repeat until false",
        "for i = 1, 1e18 do end",
        "for i = 1, 1, 0 do end",
        "while true do pcall(function() while true do end end) end",
        "while true do xpcall(function() while true do end end, function() while true do end end)"
            + " end",
        "local function f() return f() end return f()",
        "local t = {} function t:f() return self:f() end return t:f()",
        "repeat local x = pcall(error) until false",
        "local co = coroutine.wrap(function() while true do end end) co()",
        "local co = coroutine.wrap(function() while true do coroutine.yield() end end) while true"
            + " do co() end",
        "while true do coroutine.wrap(function() coroutine.yield() end)() end",
        "while true do local s = string.rep('x', 100000) end",
        "return string.find(('a'):rep(30000), ('a-'):rep(10) .. 'b')",
        "return string.find(('a'):rep(100000), '.-.-.-b')",
        "return string.match(('('):rep(50000), '%b()%b()')",
        "while true do local x = ('a'):rep(1000):gsub('a', 'b') end",
        "local t = {} for i = 1, 1e4 do t[i] = i end while true do table.sort(t, function(a, b)"
            + " return a > b end) end",
        "local t = {} table.insert(t, -2^30, 1)",
        "for w in ('x'):rep(1e6):gmatch('()') do while true do end end",
        "local t = setmetatable({}, {__index = function() while true do end end}) return t.x",
        "local t = setmetatable({}, {__call = function(self) return self() end}) t()",
        "return loadstring(('x = 1 '):rep(1e4) .. 'while true do end')()",
        "load(function() return ' ' end)",
        "for _ in function() return 1 end do end",
        "return table.concat({}, 'x', -2^31, 0)",
        "while true do table.concat({1, 2, 3}) end",
        "local t = {} for i = 1, 1e5 do t[i] = 1 end while true do table.remove(t, 1)"
            + " table.insert(t, 1, 1) end",
        "while true do local a = {} for k in pairs(a) do end end",
        "while true do setmetatable({}, {}) tostring(1) tonumber('1') end",
      })
  void endlessProgramsAreInterrupted(String program) {
    Run.onStack(
        () -> {
          Interpreter lua = Run.interpreter();
          lua.heap().limit(lua.heap().measure() + (MEMORY << 2));
          int[] left = {200};
          lua.watch(
              () -> {
                if (--left[0] < 0) {
                  throw new Enough();
                }
              });
          try {
            var _ = run(lua, program);
            throw new AssertionError("ended: " + program);
          } catch (Enough e) {
            assertTrue(left[0] < 0);
          } catch (LuaError e) {
            // Some run out of memory, or into an error of their own, first.
            assertFalse(e.getMessage().isEmpty());
          }
          lua.watch(() -> {});
          assertEquals(3.0, run(lua, "return 1 + 2"));
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "local t = {} while true do t[#t + 1] = {} end",
        "local t = {} for i = 1, 1e9 do t['k' .. i] = i end",
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "local t = {} for i = 1, 1e9 do t[i * 1.5] = i end",
        "local s = 'x' while true do s = s .. s end",
        "return string.rep('x', 1e9)",
        "local s = ('x'):rep(1e6) return (s:gsub('x', ('y'):rep(1e6)))",
        "local t = {} for i = 1, 1e6 do t[i] = ('x'):rep(1000) .. i end return table.concat(t)",
        "local s = ('x'):rep(2^20) return table.concat({s, s, s, s, s, s, s, s, s, s, s, s, s, s,"
            + " s, s, s})",
        "local fs = {} while true do local a = #fs fs[#fs + 1] = function() return a end end",
        "local cs = {} while true do cs[#cs + 1] = coroutine.create(function() end) end",
        "local cs = {} while true do local co = coroutine.wrap(function() coroutine.yield() end)"
            + " co() cs[#cs + 1] = co end",
        "local t = {} while true do t[#t + 1] = newproxy() end",
        "local t = {} while true do t[#t + 1] = loadstring('return function(a, b) return a + b + '"
            + " .. #t .. ' end') end",
        "local function f(n) local s = ('x'):rep(1e5 + n) return s .. f(n + 1) end return f(1)",
        "local function f(n) return ('x'):rep(1e5 + n) .. f(n + 1) end return f(1)",
        "local function g() end local function f(n) return g(('x'):rep(1e5 + n), f(n + 1)) end"
            + " return f(1)",
        "local function f(n) return {('x'):rep(1e5 + n), f(n + 1)} end return f(1)",
        "local function f(n) return ('x'):rep(1e5 + n) == f(n + 1) end return f(1)",
        "local function f(n) return (('x'):rep(1e5 + n)):sub(f(n + 1)) end return f(1)",
        "local t = {} for i = 1, 200 do t[i] = ('x'):rep(1e6 + i) end",
        "local x = {} local s = ('x'):rep(1e6) for i = 1, 1e6 do x[i] = s .. i end",
        "local s = '' for i = 1, 1e9 do s = s .. ('x'):rep(1e5) end",
        "return #string.format(('%s'):rep(100), unpack((function() local t = {} for i = 1, 100 do"
            + " t[i] = ('x'):rep(1e6) end return t end)()))",
        "local t = {} for i = 1, 1e7 do t = {t} end",
        "local t = {} setmetatable(t, {__index = function(t, k) t[k] = ('x'):rep(1e5) .. k return"
            + " t[k + 1] end}) while true do pcall(function() return t[#t + math.random(1e9)] end)"
            + " end",
        "assert(load(function() return ('x'):rep(1e5) end))",
        "return assert(loadstring('return \"' .. ('x'):rep(2e6) .. '\"'))",
      })
  void hungryProgramsRunOutOfMemory(String program) {
    Run.onStack(
        () -> {
          Interpreter lua = Run.interpreter();
          lua.heap().limit(lua.heap().measure() + MEMORY);
          LuaError e = assertThrows(LuaError.class, () -> ended(run(lua, program)));
          assertTrue(e.getMessage().contains("not enough memory"), e::getMessage);
          assertEquals(3.0, run(lua, "return 1 + 2"));
          return null;
        });
  }

  private static void ended(Object value) {
    throw new AssertionError("ended with " + Values.type(value));
  }

  @Test
  void protectedCallsCatchThatMemoryIsShort() {
    Run.onStack(
        () -> {
          Interpreter lua = Run.interpreter();
          lua.heap().limit(lua.heap().measure() + MEMORY);
          Object r =
              run(
                  lua,
                  "local ok, e = pcall(function() local t = {} while true do t[#t + 1] ="
                      + " ('x'):rep(1e4) end end) return e");
          assertEquals("not enough memory", r.toString());
          return null;
        });
  }

  @Test
  void garbageIsNobodysBurden() {
    Run.onStack(
        () -> {
          Interpreter lua = Run.interpreter();
          lua.heap().limit(lua.heap().measure() + MEMORY);
          assertEquals(
              300_000.0,
              run(
                  lua,
                  "local n = 0 while n < 3e5 do local g = {n, tostring(n), ('x'):rep(1000)} n = n +"
                      + " 1 end return n"));
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "local function f() return 1 + f() end return f()",
        "local function f(n) return 1 + (2 * (3 + (4 * (5 + (6 * (7 + f(n))))))) end return f(1)",
        "local function f() for i = 1, 2 do while true do if true then do local x = {f()} end end"
            + " end end end f()",
        "local function f(...) return f(1, ...) end return f()",
        "local function f(...) local a = {f(1, ...)} end return f()",
        "local function f(n) return #('x'):rep(1e5 + n) + #{f(n + 1), ('x'):rep(1e5)} end return"
            + " f(1)",
        "local t = {} t.__index = function(t, k) return t[k] end setmetatable(t, t) return t.x",
        "return ('x'):gsub('x', function() local function f() return ('x'):gsub('x', f) end return"
            + " f() end)",
        "local function f() return coroutine.wrap(f)() end return f()",
        "local t = setmetatable({}, {__tostring = function(t) return tostring(t) end}) return"
            + " tostring(t)",
        "return string.find(('a'):rep(200000), ('a?'):rep(5000) .. 'b')",
        "return string.find(('a'):rep(5000), ('('):rep(30) .. ('a?'):rep(4000) .. (')'):rep(30))",
        "return loadstring('return ' .. ('{'):rep(5000) .. ('}'):rep(5000))()",
        "return loadstring('return ' .. ('('):rep(5000) .. '1' .. (')'):rep(5000))()",
        "return loadstring('return ' .. ('- '):rep(5001) .. '1')()",
        "return loadstring('return ' .. ('1 + '):rep(5000) .. '1')()",
        "return loadstring('return x' .. ('.x'):rep(5000))()",
        "return loadstring('return x' .. ('()'):rep(5000))()",
        "return loadstring(('function f() '):rep(5000) .. ('end '):rep(5000))()",
        "return loadstring(('if x then '):rep(5000) .. ('end '):rep(5000))()",
        "return loadstring('return ' .. ('not '):rep(5000) .. '1')()",
        "return loadstring('return ' .. ('\"x\" .. '):rep(5000) .. '1')()",
        "table.sort({1, 2, 3, 4}, function(a, b) local function f() return 1 + f() end return f()"
            + " end)",
      })
  void depthIsBounded(String program) {
    Run.onStack(
        () -> {
          Interpreter lua = Run.interpreter();
          LuaError e = assertThrows(LuaError.class, () -> ended(run(lua, program)));
          assertFalse(e.getMessage().isEmpty());
          assertEquals(3.0, run(lua, "return 1 + 2"));
          return null;
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "local function f() return 1 + f() end return f()",
        "local function f(n) return 1 + (2 * (3 + (4 * (5 + (6 * (7 + f(n))))))) end return f(1)",
        "local function f() for i = 1, 2 do while true do if true then do local x = {f()} end end"
            + " end end end f()",
        "local function f(...) local a, b = f(...) return a end return f(1, 2, 3)",
        "local t = {} function t:f(x) return {self:f(x) .. 'x'} end return t:f(1)",
        "local function f() return coroutine.wrap(f)() .. 'x' end return f()",
        "local function f() return (('x'):gsub('x', f)) end return f()",
        "local t = setmetatable({}, {__index = function(t, k) return t[k .. 'x'] .. 'y' end})"
            + " return t.x",
        "local function f(a) table.sort({3, 2, 1}, f) end f()",
        "local function f() local ok, e = pcall(f) error(e) end f()",
        "local t = {} for i = 1, 900 do t = {t} end local function f() return cjson.encode(t) .."
            + " f() end return f()",
      })
  void theStackIsNeverUsedUp(String program) {
    // A third less is allowed than there is, as the estimate is for frames that are not compiled.
    long bytes = 6L << 20;
    Run.onStack(
        bytes,
        () -> {
          Interpreter lua =
              Lua.interpreter(bytes * 2 / 3, new dev.varve.lua.library.RandomNumbers(0));
          Lua.installCodecs(lua);
          assertThrows(LuaError.class, () -> ended(run(lua, program)));
          assertEquals(3.0, run(lua, "return 1 + 2"));
          return null;
        });
  }

  @Test
  void anInterruptionOfAnotherThreadIsCaughtByNothing() {
    Run.onStack(
        () -> {
          Interpreter lua = Run.interpreter();
          lua.interrupt(new Enough());
          assertThrows(
              Enough.class,
              () -> run(lua, "while true do pcall(function() while true do end end) end"));
          lua.interrupt(null);
          assertEquals(3.0, run(lua, "return 1 + 2"));
          return null;
        });
  }

  @Test
  void bytecodeIsRefused() {
    Run.onStack(
        () -> {
          Interpreter lua = Run.interpreter();
          assertEquals(
              "[string \"\33Lua\"]:1: unexpected symbol near 'char(27)'",
              run(lua, "return select(2, loadstring('\\27Lua'))").toString());
          assertThrows(LuaError.class, () -> run(lua, "return string.dump(function() end)"));
          return null;
        });
  }

  @Test
  void nothingLeadsOutside() {
    Run.onStack(
        () -> {
          Interpreter lua =
              dev.varve.lua.Lua.interpreter(
                  Run.STACK_BYTES, new dev.varve.lua.library.RandomNumbers(0));
          for (String name :
              new String[] {
                "io",
                "os",
                "package",
                "require",
                "module",
                "debug",
                "dofile",
                "loadfile",
                "print",
                "java"
              }) {
            assertEquals("nil", run(lua, "return type(" + name + ")").toString(), name);
          }
          return null;
        });
  }

  @Test
  void aReadonlyTableStaysAsItIs() {
    Run.onStack(
        () -> {
          Interpreter lua = Run.interpreter();
          run(lua, "t = {a = 1, 5, 6}");
          ((dev.varve.lua.runtime.LuaTable) lua.globals().get("t")).readonly(true);
          for (String s :
              new String[] {
                "t.a = 2",
                "t.b = 2",
                "t[1] = nil",
                "rawset(t, 'a', 2)",
                "table.insert(t, 7)",
                "table.insert(t, 1, 7)",
                "table.remove(t)",
                "table.sort(t, function(a, b) return a > b end)",
                "setmetatable(t, {})",
                "t.a, t.b = 1, 2"
              }) {
            LuaError e = assertThrows(LuaError.class, () -> run(lua, s), s);
            assertTrue(
                e.getMessage().contains("Attempt to modify a readonly table"), s + e.getMessage());
          }
          assertEquals("1562", run(lua, "return t.a .. t[1] .. t[2] .. #t").toString());
          return null;
        });
  }
}

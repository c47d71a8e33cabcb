package dev.varve.lua.runtime;

import java.util.ArrayList;
import java.util.List;

/**
 * One interpreter: its globals, the calls that are under way, and how far a program may go. Of one
 * thread at a time; only {@link #interrupt} may be called by others.
 */
public final class Interpreter {
  public static final Object[] NOTHING = new Object[0];

  /** Calls within calls of Lua functions, as in Lua 5.1. */
  private static final int MAX_CALLS = 16_382;

  /** Native functions that call back, and metamethods, within each other; as in Lua 5.1. */
  private static final int MAX_NATIVE_CALLS = 200;

  private static final int TICKS = 10_000;
  private static final int NATIVE_FRAME_BYTES = 2_000;

  private Runnable watch = () -> {};
  private int ticks = TICKS;
  private final Heap heap = new Heap(this);
  private LuaTable globals = new LuaTable(heap, 0, 0);
  private final LuaTable stringMetatable = new LuaTable(heap, 0, 0);
  private final List<Object> roots = new ArrayList<>();
  private final Operations operations = new Operations(this);
  private final long stackBytes;
  private volatile Error interruption;

  /** The innermost call. */
  private Frame top;

  private int calls;
  private int nativeCalls;
  private long stack;
  private Coroutine current;
  private LuaFunction next;

  /** What a function that returns another's call leaves for whoever called it. */
  public LuaFunction tailFunction;

  public Object[] tailArguments;

  /**
   * Makes an interpreter without any library.
   *
   * @param stackBytes how much of its thread's stack programs may take, by an estimate
   */
  public Interpreter(long stackBytes) {
    this.stackBytes = stackBytes;
  }

  public Heap heap() {
    return heap;
  }

  public LuaTable globals() {
    return globals;
  }

  /** Has chunks that are loaded from now on look for their globals there. */
  public void globals(LuaTable globals) {
    this.globals = globals;
  }

  /** The metatable that all strings have. */
  public LuaTable stringMetatable() {
    return stringMetatable;
  }

  public Operations operations() {
    return operations;
  }

  /** A value that is kept though no program can reach it. */
  public void root(Object value) {
    roots.add(value);
  }

  public LuaTable table() {
    return new LuaTable(heap, 0, 0);
  }

  /** A table with room for so many elements and so many other entries. */
  public LuaTable table(int elements, int entries) {
    return new LuaTable(heap, elements, entries);
  }

  /** A string of these bytes, which nobody changes any more. */
  public LuaString string(byte[] bytes) {
    heap.charge(LuaString.OVERHEAD + bytes.length);
    return new LuaString(bytes);
  }

  public NativeFunction function(NativeFunction.Body body) {
    return function(body, NOTHING);
  }

  /** A function that holds values. */
  public NativeFunction function(NativeFunction.Body body, Object... held) {
    heap.charge(48 + 8L * held.length);
    return new NativeFunction(heap, globals, body, held);
  }

  /** The function that {@code pairs} gives; loops know it. */
  public LuaFunction next() {
    return next;
  }

  public void next(LuaFunction next) {
    this.next = next;
  }

  // ---- time

  /** Sets who is called now and then while a program runs; what it throws ends the program. */
  public void watch(Runnable watch) {
    this.watch = watch;
  }

  /**
   * Ends the program that runs, or the next one, within some thousand steps, by an error that Lua
   * code can't catch. By any thread. Null takes it back.
   */
  public void interrupt(Error interruption) {
    this.interruption = interruption;
  }

  /** A step: a turn of a loop, a call. */
  public void step() {
    if (--ticks < 0) {
      tick();
    }
  }

  /** Steps of a library function, by what they cost. */
  public void spend(long steps) {
    if (steps >= ticks) {
      tick();
    } else {
      ticks -= (int) steps;
    }
  }

  private void tick() {
    ticks = TICKS;
    Error e = interruption;
    if (e != null) {
      throw e;
    }
    watch.run();
  }

  // ---- calls

  public Frame top() {
    return top;
  }

  public void enter(Frame f, int bytes) {
    step();
    calls++;
    stack += bytes;
    if (calls > MAX_CALLS || stack > stackBytes) {
      leave(top, bytes);
      throw error("stack overflow");
    }
    top = f;
  }

  public void leave(Frame parent, int bytes) {
    calls--;
    stack -= bytes;
    top = parent;
  }

  /** Calls any value; what isn't a function is asked for its metamethod. */
  public Object call(Object f, Object... arguments) {
    if (f instanceof LuaFunction fn) {
      return fn.call(this, arguments);
    }
    return operations.callable(f, null, null).call(this, operations.withSelf(f, arguments));
  }

  /** Where a run stands, so that an error's catcher can go back there. */
  private record Mark(Frame top, int calls, int nativeCalls, long stack) {}

  private Mark mark() {
    return new Mark(top, calls, nativeCalls, stack);
  }

  private void back(Mark m) {
    top = m.top;
    calls = m.calls;
    nativeCalls = m.nativeCalls;
    stack = m.stack;
  }

  /**
   * Counts a call that native code makes: such calls within each other are bounded, and nothing
   * yields across them.
   */
  public void enterNative() {
    nativeCalls++;
    stack += NATIVE_FRAME_BYTES;
    if (nativeCalls >= MAX_NATIVE_CALLS || stack > stackBytes) {
      throw error("C stack overflow");
    }
  }

  public void leaveNative() {
    nativeCalls--;
    stack -= NATIVE_FRAME_BYTES;
  }

  private Frame nativeFrame(Object[] arguments, long held) {
    Frame f = new Frame(this, null, top, 0, null);
    f.varargs = arguments;
    f.held = held;
    top = f;
    return f;
  }

  /** Calls for an operator: a metamethod. */
  Object invoke(Object f, Object... arguments) {
    enterNative();
    Object r = call(f, arguments);
    leaveNative();
    return r;
  }

  /**
   * Calls from within a native function.
   *
   * @param own the native function's own arguments
   * @param held bytes that it holds beside them
   */
  public Object callback(Object[] own, long held, Object f, Object... arguments) {
    Frame frame = nativeFrame(own, held);
    Object r = invoke(f, arguments);
    top = frame.parent;
    return r;
  }

  /** Whether a is less than b, asked from within a native function. */
  public boolean less(Object[] own, Object a, Object b) {
    Frame frame = nativeFrame(own, 0);
    boolean r = operations.less(a, b, null);
    top = frame.parent;
    return r;
  }

  /**
   * Checks that native code may go so much deeper on its stack.
   *
   * @throws LuaError if it may not
   */
  public void needStack(long bytes) {
    if (stack + bytes > stackBytes) {
      throw error("stack overflow");
    }
  }

  /** What a protected call came to. */
  public record Outcome(boolean ok, Object result) {}

  /**
   * Calls, and catches errors of Lua.
   *
   * @param handler is given the error's value, and gives another; or null
   */
  public Outcome protectedCall(Object f, Object handler, Object... arguments) {
    Mark m = mark();
    try {
      Object r = callback(arguments, 0, f, arguments);
      back(m);
      return new Outcome(true, r);
    } catch (LuaError e) {
      back(m);
      return new Outcome(false, handler == null ? e.value() : handled(m, handler, e));
    }
  }

  private Object handled(Mark m, Object handler, LuaError e) {
    try {
      Object r = Values.first(callback(new Object[] {e.value()}, 0, handler, e.value()));
      back(m);
      return r;
    } catch (LuaError again) {
      back(m);
      return LuaString.of("error in error handling");
    }
  }

  /** Forgets calls that an error has ended. For whoever starts programs. */
  public void reset() {
    top = null;
    calls = 0;
    nativeCalls = 0;
    stack = 0;
    current = null;
    tailFunction = null;
    tailArguments = null;
  }

  // ---- coroutines

  /** The coroutine that runs; null outside of all. */
  public Coroutine current() {
    return current;
  }

  /** Runs a coroutine on, on this stack, until it yields or ends. */
  Object[] run(Coroutine co, Object[] arguments) {
    Mark m = mark();
    Coroutine outer = current;
    current = co;
    top = co.top();
    nativeCalls = 0;
    try {
      stack += NATIVE_FRAME_BYTES + co.stack();
      if (stack > stackBytes) {
        throw new LuaError("C stack overflow");
      }
      calls += co.calls();
      return co.continueWith(m.top, arguments);
    } finally {
      co.left(top, calls - m.calls, stack - m.stack - NATIVE_FRAME_BYTES);
      current = outer;
      back(m);
    }
  }

  /** Whether a coroutine could yield now. */
  public boolean canYield() {
    return nativeCalls == 0;
  }

  // ---- errors

  /**
   * The function at a level: 1 is the innermost call; null if there are fewer, or a tail call took
   * its place.
   */
  public Frame level(int level) {
    int n = level;
    Frame f = top;
    while (n > 1 && f != null) {
      n -= 1 + f.tailCalls;
      f = f.parent;
    }
    return n == 1 ? f : null;
  }

  /** How many levels there are. */
  public boolean hasLevel(int level) {
    int n = level;
    Frame f = top;
    while (n > 1 && f != null) {
      n -= 1 + f.tailCalls;
      f = f.parent;
    }
    return f != null || n < 1;
  }

  /** {@code chunk:line: } of a level, or nothing if it isn't Lua. */
  public String where(int level) {
    Frame f = level(level);
    if (f == null || f.function == null || f.site == null) {
      return "";
    }
    return f.function.chunk() + ":" + f.site.line() + ": ";
  }

  /** An error of a native function, with the place where it was called. */
  public LuaError error(LuaString message) {
    return error(message.toString());
  }

  /** An error of a native function, with the place where it was called. */
  public LuaError error(String message) {
    return new LuaError(
        string((where(1) + message).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)));
  }

  /** An error of Lua code, at a place of the innermost call. */
  public LuaError error(Site site, String message) {
    if (site != null) {
      top.site = site;
    }
    return error(message);
  }

  void trace() {
    heap.reach(globals);
    heap.reach(stringMetatable);
    for (Object o : roots) {
      heap.reach(o);
    }
    if (tailArguments != null) {
      heap.reachAll(tailArguments);
    }
    traceFrames(top);
    for (Coroutine c = current; c != null; c = c.resumer()) {
      heap.reach(c);
      traceFrames(c.resumerTop());
    }
  }

  void traceFrames(Frame innermost) {
    for (Frame f = innermost; f != null; f = f.parent) {
      f.trace(heap);
    }
  }
}

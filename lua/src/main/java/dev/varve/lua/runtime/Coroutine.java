package dev.varve.lua.runtime;

/**
 * A coroutine: a stack of its own, made by the JDK's continuations, that runs on the thread of
 * whoever resumes it.
 */
public final class Coroutine extends Reference {
  private enum State {
    SUSPENDED,
    RUNNING,
    NORMAL,
    DEAD
  }

  private final LuaFunction function;
  private final Continuation continuation;
  private State state = State.SUSPENDED;
  private Coroutine resumer;
  private Frame resumerTop;
  private Frame top;
  private int calls;
  private long stack;
  private Object[] transfer;
  private Throwable failure;

  /** One that will run the function. */
  public Coroutine(Interpreter lua, LuaFunction function) {
    super(lua.heap());
    lua.heap().charge(1_000);
    this.function = function;
    continuation = new Continuation(() -> body(lua));
  }

  @SuppressWarnings("CatchingUnchecked")
  private void body(Interpreter lua) {
    try {
      transfer = Values.all(function.call(lua, transfer));
    } catch (RuntimeException | Error e) {
      failure = e;
    }
  }

  @Override
  public String type() {
    return "thread";
  }

  /** What {@code coroutine.status} says. */
  public String status() {
    return state.name().toLowerCase(java.util.Locale.ROOT);
  }

  /**
   * Runs it on.
   *
   * @return what it yields or returns
   * @throws LuaError what ended it
   */
  public Object[] resume(Interpreter lua, Object[] arguments) {
    if (state != State.SUSPENDED) {
      throw new LuaError("cannot resume " + status() + " coroutine");
    }
    resumer = lua.current();
    if (resumer != null) {
      resumer.state = State.NORMAL;
    }
    state = State.RUNNING;
    try {
      return lua.run(this, arguments);
    } finally {
      if (resumer != null) {
        resumer.state = State.RUNNING;
      }
      resumer = null;
      resumerTop = null;
    }
  }

  Object[] continueWith(Frame callersTop, Object[] arguments) {
    resumerTop = callersTop;
    transfer = arguments;
    continuation.run();
    if (failure != null || continuation.done()) {
      state = State.DEAD;
    } else {
      state = State.SUSPENDED;
    }
    Throwable t = failure;
    if (t instanceof RuntimeException e) {
      throw e;
    }
    if (t instanceof Error e) {
      throw e;
    }
    Object[] out = transfer;
    transfer = null;
    return out;
  }

  /**
   * Leaves the coroutine that runs, with values for whoever resumed it; gives what it is resumed
   * with.
   */
  public Object[] suspend(Object[] values) {
    transfer = values;
    continuation.leave();
    Object[] in = transfer;
    transfer = null;
    return in;
  }

  /** Where its calls stand while it doesn't run. */
  Frame top() {
    return top;
  }

  int calls() {
    return calls;
  }

  long stack() {
    return stack;
  }

  void left(Frame top, int calls, long stack) {
    boolean dead = state == State.DEAD;
    this.top = dead ? null : top;
    this.calls = dead ? 0 : calls;
    this.stack = dead ? 0 : stack;
  }

  Coroutine resumer() {
    return resumer;
  }

  Frame resumerTop() {
    return resumerTop;
  }

  @Override
  protected void trace(Heap heap) {
    heap.count(1_000);
    heap.reach(function);
    if (transfer != null) {
      heap.reachAll(transfer);
    }
    heap.interpreter().traceFrames(top);
  }
}

package dev.varve.lua.runtime;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * The JDK's own continuation, which virtual threads are made of: code that can leave the stack it
 * runs on and be put back there later. It is an internal class, so the JVM has to be started with
 * {@value #FLAG}. Of one thread at a time.
 */
final class Continuation {
  static final String FLAG = "--add-exports=java.base/jdk.internal.vm=ALL-UNNAMED";

  private static final MethodHandle MAKE;
  private static final MethodHandle RUN;
  private static final MethodHandle YIELD;
  private static final MethodHandle DONE;
  private static final Object SCOPE;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      Class<?> scope = Class.forName("jdk.internal.vm.ContinuationScope");
      Class<?> type = Class.forName("jdk.internal.vm.Continuation");
      SCOPE = scope.getConstructor(String.class).newInstance("lua");
      MAKE =
          lookup
              .findConstructor(type, MethodType.methodType(void.class, scope, Runnable.class))
              .bindTo(SCOPE)
              .asType(MethodType.methodType(Object.class, Runnable.class));
      RUN =
          lookup
              .findVirtual(type, "run", MethodType.methodType(void.class))
              .asType(MethodType.methodType(void.class, Object.class));
      YIELD =
          lookup
              .findStatic(type, "yield", MethodType.methodType(boolean.class, scope))
              .bindTo(SCOPE);
      DONE =
          lookup
              .findVirtual(type, "isDone", MethodType.methodType(boolean.class))
              .asType(MethodType.methodType(boolean.class, Object.class));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("coroutines need a JVM with " + FLAG, e);
    }
  }

  private final Object continuation;

  Continuation(Runnable body) {
    try {
      continuation = MAKE.invokeExact(body);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  void run() {
    try {
      RUN.invokeExact(continuation);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  boolean done() {
    try {
      return (boolean) DONE.invokeExact(continuation);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /**
   * Leaves the stack.
   *
   * @throws LuaError if there is more on the stack than the JVM keeps of one: half a region of its
   *     heap
   */
  void leave() {
    try {
      var _ = (boolean) YIELD.invokeExact();
    } catch (StackOverflowError e) {
      throw new LuaError("stack overflow");
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /** No checked exception comes from there. */
  private static RuntimeException rethrow(Throwable t) {
    if (t instanceof Error e) {
      throw e;
    }
    return t instanceof RuntimeException e ? e : new IllegalStateException(t);
  }
}

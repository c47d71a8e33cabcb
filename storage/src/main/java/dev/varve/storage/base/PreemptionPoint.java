package dev.varve.storage.base;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Where work in the background lets others have the processor. A kernel that preempts lazily takes
 * it from a thread that computes only at a tick of the clock, 4 ms behind whoever was woken, unless
 * the thread enters the kernel by itself: so it does every 100 µs or so, by a call that does
 * nothing. It is not {@link Thread#yield}, which gives up the thread's share as well: merges would
 * not keep up with writes. Safe for use by many threads.
 */
public final class PreemptionPoint {
  private static final MethodHandle GETPPID =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("getppid"),
              FunctionDescriptor.of(ValueLayout.JAVA_INT),
              Linker.Option.critical(false));

  private PreemptionPoint() {}

  /** Passes one. */
  public static void pass() {
    try {
      int _ = (int) GETPPID.invokeExact();
    } catch (Throwable e) {
      throw new LinkageError("getppid", e);
    }
  }
}

package dev.varve.storage.cache;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Gives pages of memory back to the system without giving up their addresses, by {@code
 * madvise(MADV_DONTNEED)}, see madvise(2): Java can only free what it has allocated as a whole.
 */
final class Pages {
  private static final int MADV_DONTNEED = 4;

  /** A multiple of the size of a page on x86-64 and on nearly every aarch64. */
  private static final long PAGE_BYTES = 64 << 10;

  private static final MethodHandle MADVISE =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("madvise"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_INT));

  private Pages() {}

  /**
   * Lets the system have the whole pages of {@code memory}, which is off the heap. Their bytes are
   * 0 afterwards; other bytes stay. That the system refuses changes nothing but how much it has.
   */
  static void giveBack(MemorySegment memory) {
    long begin = Math.ceilDiv(memory.address(), PAGE_BYTES) * PAGE_BYTES;
    long end = (memory.address() + memory.byteSize()) / PAGE_BYTES * PAGE_BYTES;
    if (begin >= end) {
      return;
    }
    try {
      int _ = (int) MADVISE.invokeExact(begin, end - begin, MADV_DONTNEED);
    } catch (Throwable e) {
      throw new LinkageError("madvise", e);
    }
  }
}

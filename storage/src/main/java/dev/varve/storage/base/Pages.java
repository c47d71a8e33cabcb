package dev.varve.storage.base;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * What Java can't do with pages of memory: take many that are neither touched nor zeroed before
 * they are written to, and give some of them back to the system without giving up their addresses.
 * Safe for use by many threads.
 */
public final class Pages {
  // See madvise(2).
  private static final int MADV_DONTNEED = 4;
  private static final int MADV_HUGEPAGE = 14;

  /**
   * From so many bytes on memory has huge pages, if the system gives any. The C library takes less
   * out of what it keeps for others, too, which is not to become larger by that.
   */
  private static final long HUGE_BYTES = 33 << 20;

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

  private static final MethodHandle MALLOC =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("malloc"),
              FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

  private static final MethodHandle FREE =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("free"),
              FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG));

  private Pages() {}

  /**
   * Takes memory for something large that will be written to all of it: its bytes are whatever they
   * are.
   *
   * @param arena whose end gives it back
   * @param alignment a power of two
   * @throws OutOfMemoryError if the system has none
   */
  public static MemorySegment allocate(Arena arena, long bytes, long alignment) {
    try {
      long address = (long) MALLOC.invokeExact(bytes + alignment);
      if (address == 0) {
        throw new OutOfMemoryError("no " + bytes + " bytes of memory");
      }
      long begin = Math.ceilDiv(address, alignment) * alignment;
      MemorySegment memory =
          MemorySegment.ofAddress(begin).reinterpret(bytes, arena, _ -> free(address));
      if (bytes >= HUGE_BYTES) {
        advise(memory, MADV_HUGEPAGE);
      }
      return memory;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new LinkageError("malloc", e);
    }
  }

  private static void free(long address) {
    try {
      FREE.invokeExact(address);
    } catch (Throwable e) {
      throw new LinkageError("free", e);
    }
  }

  /**
   * Lets the system have the whole pages of {@code memory}, which is off the heap. Their bytes are
   * 0 afterwards; other bytes stay. That the system refuses changes nothing but how much it has.
   */
  public static void giveBack(MemorySegment memory) {
    advise(memory, MADV_DONTNEED);
  }

  /** Tells the system of the whole pages of memory; it may refuse. */
  private static void advise(MemorySegment memory, int advice) {
    long begin = Math.ceilDiv(memory.address(), PAGE_BYTES) * PAGE_BYTES;
    long end = (memory.address() + memory.byteSize()) / PAGE_BYTES * PAGE_BYTES;
    if (begin >= end) {
      return;
    }
    try {
      int _ = (int) MADVISE.invokeExact(begin, end - begin, advice);
    } catch (Throwable e) {
      throw new LinkageError("madvise", e);
    }
  }
}

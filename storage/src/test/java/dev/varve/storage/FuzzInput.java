package dev.varve.storage;

import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/** The bytes that a fuzzer gives to a fuzz test, taken from front to back. */
public final class FuzzInput {
  /** Heap that a fuzz test may take beside what its input accounts for: classes are loaded, too. */
  private static final long FREE_HEAP = 64 << 20;

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();

  private final byte[] data;
  private int at;

  /** All of {@code data}. */
  public FuzzInput(byte[] data) {
    this.data = data;
  }

  /** Whether something is left. */
  public boolean hasMore() {
    return at < data.length;
  }

  /** The next byte; 0 if there is none. */
  public int u8() {
    return hasMore() ? data[at++] & 0xFF : 0;
  }

  /** The next two bytes, the lower one first. */
  public int u16() {
    return u8() | u8() << 8;
  }

  /** The next {@code length} bytes, or what is left of them. */
  public byte[] take(int length) {
    byte[] taken = Arrays.copyOfRange(data, at, at + Math.min(length, data.length - at));
    at += taken.length;
    return taken;
  }

  /** All that is left. */
  public byte[] rest() {
    return take(data.length);
  }

  /** Changes bytes of a file as the rest of the input says: offset, what to toggle, and so on. */
  public void damage(byte[] file) {
    while (hasMore()) {
      int offset = u16();
      file[offset % file.length] ^= (byte) u8();
    }
  }

  /** Runs what is to be tested; it must not take much more heap than it is given bytes. */
  public void withinHeap(Runnable test) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    test.run();
    long taken = THREADS.getCurrentThreadAllocatedBytes() - before;
    if (taken > FREE_HEAP + 256L * data.length) {
      throw new AssertionError(taken + " bytes of heap for an input of " + data.length);
    }
  }

  /** The content of a file. */
  public static byte[] read(FileSystem fileSystem, Path path) throws IOException {
    try (ReadableFile file = fileSystem.openForRead(path)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
      file.read(bytes, 0);
      return bytes.array();
    }
  }

  /** Makes a file, durably but for its name. */
  public static void write(FileSystem fileSystem, Path path, byte[] bytes) throws IOException {
    try (WritableFile file = fileSystem.create(path)) {
      file.write(ByteBuffer.wrap(bytes), 0);
      file.sync();
    }
  }
}

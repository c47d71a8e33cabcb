package dev.varve.integration.power;

import dev.varve.integration.ServerProcess;
import dev.varve.integration.Tools;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One process under {@code syscalls.c}: its trace, and the memory that is shared with it. Safe for
 * use by many threads.
 */
final class Interposer {

  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  // As struct control of syscalls.c has them.
  private static final int POSITION = 0;
  private static final int BUSY = 8;
  private static final int FROZEN = 16;
  private static final int INJECTED = 24;
  private static final int SHORTENED = 32;
  private static final int RANDOM = 40;
  private static final int CALLS = 48;
  private static final int RATE = 56;
  private static final int SHORT_RATE = 64;
  private static final int CONTROL_BYTES = 4096;

  private final Path library;
  private final Path folder;
  private final Path trace;
  private final Path controlFile;
  private final ByteBuffer control;

  /**
   * For a process to come.
   *
   * @param library what {@link #compile} has made
   * @param folder whose changes are traced
   * @param trace the file for them, and its name with {@code .control} after it
   */
  Interposer(Path library, Path folder, Path trace) throws IOException {
    this.library = library;
    this.folder = folder.toAbsolutePath();
    this.trace = trace.toAbsolutePath();
    controlFile = this.trace.resolveSibling(trace.getFileName() + ".control");
    Files.write(controlFile, new byte[CONTROL_BYTES]);
    Files.write(this.trace, new byte[0]);
    try (FileChannel channel =
        FileChannel.open(controlFile, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, CONTROL_BYTES);
      control = mapped.order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /** Builds the library in a folder. Skips the test that runs where there is no gcc. */
  static Path compile(Path in) throws IOException {
    Tools.require("gcc");
    Path source = in.resolve("syscalls.c");
    try (InputStream resource = Interposer.class.getResourceAsStream("syscalls.c")) {
      Files.copy(resource, source);
    }
    Path library = in.resolve("syscalls.so");
    Tools.run(
            List.of(
                "gcc",
                "-shared",
                "-fPIC",
                "-O2",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-fvisibility=hidden",
                "-o",
                library.toString(),
                source.toString(),
                "-lpthread"))
        .succeeded();
    return library;
  }

  /** Has the server to come run under the library. */
  ServerProcess.Builder attach(ServerProcess.Builder server) {
    environment().forEach(server::environment);
    return server;
  }

  /** With which a process runs under the library. */
  Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD",
        library.toString(),
        "SYSCALLS_FOLDER",
        folder.toString(),
        "SYSCALLS_TRACE",
        trace.toString(),
        "SYSCALLS_CONTROL",
        controlFile.toString());
  }

  /**
   * How many bytes of the trace are written. Whatever led to something that was seen before this is
   * asked lies before the answer.
   */
  long position() {
    return (long) LONGS.getVolatile(control, POSITION);
  }

  /** How many calls have failed on purpose. */
  long injected() {
    return (long) LONGS.getVolatile(control, INJECTED);
  }

  /** How many transfers were cut short on purpose. */
  long shortened() {
    return (long) LONGS.getVolatile(control, SHORTENED);
  }

  /**
   * From now on calls fail.
   *
   * @param kinds which ones
   * @param rate of 65,536 calls so many
   * @param shortRate of 65,536 transfers so many are cut short
   */
  void inject(Set<CallKind> kinds, int rate, int shortRate, long seed) {
    long mask = 0;
    for (CallKind kind : kinds) {
      mask |= kind.bit();
    }
    LONGS.setVolatile(control, RANDOM, seed == 0 ? 1 : seed);
    LONGS.setVolatile(control, CALLS, mask);
    LONGS.setVolatile(control, SHORT_RATE, (long) shortRate);
    LONGS.setVolatile(control, RATE, (long) rate);
  }

  /** From now on no call fails. */
  void stopInjecting() {
    LONGS.setVolatile(control, RATE, 0L);
    LONGS.setVolatile(control, SHORT_RATE, 0L);
    LONGS.setVolatile(control, CALLS, 0L);
  }

  /** The power is gone: no call begins or ends any more. */
  void freeze() {
    LONGS.setVolatile(control, FROZEN, 1L);
    while ((long) LONGS.getVolatile(control, BUSY) != 0) {
      Thread.onSpinWait();
    }
  }

  /** All that was done so far. */
  List<Trace.Event> events() throws IOException {
    return Trace.read(trace, position());
  }

  /** Deletes the trace. */
  void delete() throws IOException {
    Files.delete(trace);
    Files.delete(controlFile);
  }
}

package dev.varve.server.bootstrap;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Datagrams to unix sockets. Java has no such sockets; these are three calls of the C library. Safe
 * for use by many threads.
 */
@SuppressWarnings("restricted") // native access is allowed to the whole server
final class UnixDatagram {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;

  /** Bytes of a {@code sockaddr_un}: its family, and a path of up to 108 bytes. */
  private static final int MOST_PATH = 108;

  private UnixDatagram() {}

  /** The calls, found once. */
  private static final class Calls {
    private static final MethodHandle SOCKET = function("socket", 3);
    private static final MethodHandle CLOSE = function("close", 1);
    private static final MethodHandle SEND_TO =
        Linker.nativeLinker()
            .downcallHandle(
                symbol("sendto"),
                FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_INT));

    /** A function of {@code arguments} ints. */
    private static MethodHandle function(String name, int arguments) {
      MemoryLayout[] ints = new MemoryLayout[arguments];
      Arrays.fill(ints, ValueLayout.JAVA_INT);
      return Linker.nativeLinker()
          .downcallHandle(symbol(name), FunctionDescriptor.of(ValueLayout.JAVA_INT, ints));
    }

    private static MemorySegment symbol(String name) {
      SymbolLookup library = Linker.nativeLinker().defaultLookup();
      return library.findOrThrow(name);
    }
  }

  /**
   * Sends the first {@code length} bytes, without waiting for who receives them.
   *
   * @param socket a path; with {@code @} in front an abstract name
   * @throws IOException if nobody receives them there, or there is no room for them now
   */
  static void send(String socket, byte[] bytes, int length) throws IOException {
    byte[] path = socket.getBytes(StandardCharsets.UTF_8);
    if (path.length == 0 || path.length >= MOST_PATH) {
      throw new IOException("'" + socket + "' is no path of a socket");
    }
    if (path[0] == '@') {
      // An abstract name begins with a zero byte.
      path[0] = 0;
    }
    long sent;
    try (Arena arena = Arena.ofConfined()) {
      sent = send(arena, path, bytes, length);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IOException("the C library can't be called", e);
    }
    if (sent < 0) {
      throw new IOException("nothing can be sent to " + socket);
    }
  }

  private static long send(Arena arena, byte[] path, byte[] bytes, int length) throws Throwable {
    MemorySegment address = arena.allocate(Short.BYTES + MOST_PATH, Short.BYTES);
    address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
    MemorySegment.copy(path, 0, address, ValueLayout.JAVA_BYTE, Short.BYTES, path.length);
    MemorySegment text = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
    int descriptor = (int) Calls.SOCKET.invokeExact(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
      return descriptor;
    }
    long sent =
        (long)
            Calls.SEND_TO.invokeExact(
                descriptor,
                text,
                (long) length,
                MSG_DONTWAIT | MSG_NOSIGNAL,
                address,
                Short.BYTES + path.length);
    int _ = (int) Calls.CLOSE.invokeExact(descriptor);
    return sent;
  }
}

package dev.varve.server.bootstrap;

import dev.varve.server.config.Configuration;
import dev.varve.server.config.Settings;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd how the server is, as sd_notify(3) describes it: a datagram to the unix socket that
 * {@code NOTIFY_SOCKET} names. Java has no such sockets; these are three calls of the C library.
 */
@SuppressWarnings("restricted") // native access is allowed to the whole server
final class Supervisor {
  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;

  /** Bytes of a {@code sockaddr_un}: its family, and a path of up to 108 bytes. */
  private static final int MOST_PATH = 108;

  /** Null: there is nobody to tell. */
  private final String socket;

  /** Tells at a socket; null: nobody. */
  Supervisor(String socket) {
    this.socket = socket;
  }

  /** Returns whom the settings and the environment name. */
  static Supervisor of(Configuration configuration) {
    String socket = configuration.systemdSocket();
    if (socket == null && configuration.get(Settings.SUPERVISED) == Settings.Supervision.SYSTEMD) {
      LOG.warn("systemd supervision requested or auto-detected, but NOTIFY_SOCKET not found");
    }
    return new Supervisor(socket);
  }

  /** Tells that clients are served. */
  void ready() {
    tell("STATUS=Ready to accept connections\nREADY=1\n");
  }

  /** Tells that the server is about to end. */
  void stopping() {
    tell("STOPPING=1\n");
  }

  private void tell(String state) {
    if (socket == null) {
      return;
    }
    byte[] path = socket.getBytes(StandardCharsets.UTF_8);
    if (path.length == 0 || path.length >= MOST_PATH) {
      LOG.warn("NOTIFY_SOCKET is no path of a socket: {}", socket);
      return;
    }
    if (path[0] == '@') {
      // An abstract name begins with a zero byte.
      path[0] = 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      if (send(arena, path, state.getBytes(StandardCharsets.UTF_8)) < 0) {
        LOG.warn("systemd can't be told at {}", socket);
      }
    } catch (Throwable e) {
      // A method handle may throw anything; nothing of this is worth the server's end.
      LOG.warn("systemd can't be told at {}", socket, e);
    }
  }

  private static long send(Arena arena, byte[] path, byte[] state) throws Throwable {
    MethodHandle open = function("socket", ValueLayout.JAVA_INT, 3);
    MethodHandle close = function("close", ValueLayout.JAVA_INT, 1);
    MethodHandle sendTo =
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
    MemorySegment address = arena.allocate(Short.BYTES + MOST_PATH, Short.BYTES);
    address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
    MemorySegment.copy(path, 0, address, ValueLayout.JAVA_BYTE, Short.BYTES, path.length);
    MemorySegment text = arena.allocateFrom(ValueLayout.JAVA_BYTE, state);
    int descriptor = (int) open.invokeExact(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
      return descriptor;
    }
    long sent =
        (long)
            sendTo.invokeExact(
                descriptor,
                text,
                (long) state.length,
                MSG_NOSIGNAL,
                address,
                Short.BYTES + path.length);
    int _ = (int) close.invokeExact(descriptor);
    return sent;
  }

  /** A function of {@code arguments} ints. */
  private static MethodHandle function(String name, MemoryLayout result, int arguments) {
    MemoryLayout[] ints = new MemoryLayout[arguments];
    Arrays.fill(ints, ValueLayout.JAVA_INT);
    return Linker.nativeLinker().downcallHandle(symbol(name), FunctionDescriptor.of(result, ints));
  }

  private static MemorySegment symbol(String name) {
    SymbolLookup library = Linker.nativeLinker().defaultLookup();
    return library.findOrThrow(name);
  }
}

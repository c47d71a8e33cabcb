package dev.varve.integration.power;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What {@code syscalls.c} has written down, in the order in which it happened. */
final class Trace {

  private static final int HEADER_BYTES = 40;

  private Trace() {}

  /**
   * A call.
   *
   * @param fd the file descriptor, where there is one
   * @param error with which a sync ended; 0 if it was done
   * @param a flags of an open, offset of a write, length of a truncation, the copy of a descriptor,
   *     or the position at which a sync began
   * @param b how many bytes were written
   * @param first a path, or the bytes written; none if all of them are zero
   * @param second another path
   * @param end the position in the trace where it ends
   */
  record Event(
      EventKind kind, int fd, int error, long a, long b, byte[] first, byte[] second, long end) {

    Path path() {
      return Path.of(new String(first, StandardCharsets.UTF_8));
    }

    Path secondPath() {
      return Path.of(new String(second, StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
      String name =
          kind == EventKind.WRITE
              ? b + " bytes"
              : new String(first, StandardCharsets.UTF_8)
                  + " "
                  + new String(second, StandardCharsets.UTF_8);
      return "%d: %s fd %d at %d, error %d: %s".formatted(end, kind, fd, a, error, name);
    }
  }

  /** All events of a trace up to a position at which one ends. */
  static List<Event> read(Path file, long end) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.limit(Math.toIntExact(end));
    List<Event> events = new ArrayList<>();
    while (bytes.hasRemaining()) {
      int begin = bytes.position();
      int length = bytes.getInt();
      EventKind kind = EventKind.of(bytes.getInt());
      int fd = bytes.getInt();
      int error = bytes.getInt();
      long a = bytes.getLong();
      long b = bytes.getLong();
      byte[] first = new byte[bytes.getInt()];
      byte[] second = new byte[bytes.getInt()];
      bytes.get(first).get(second);
      if (length != HEADER_BYTES + first.length + second.length) {
        throw new IOException("not an event: at " + begin + " of " + file);
      }
      if (kind == EventKind.NOT_MODELLED) {
        throw new AssertionError(
            "the server changes files in a way that syscalls.c can't follow: "
                + new String(first, StandardCharsets.UTF_8));
      }
      events.add(new Event(kind, fd, error, a, b, first, second, bytes.position()));
    }
    return events;
  }
}

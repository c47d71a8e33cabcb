package dev.varve.server.datatype.hash;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.server.datatype.FoundBytes;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.Keyspace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What a field has, where it was found: its value, and its deadline. Not thread-safe. */
final class FieldValue {
  private static final int KNOWN_FLAGS = 0xC0;

  private final Keyspace keyspace;
  private final FoundBytes value;
  private long deadline;

  FieldValue(Keyspace keyspace) {
    this.keyspace = keyspace;
    value = new FoundBytes(keyspace);
  }

  /** It is a value and nothing else. */
  void plain(MemorySegment its, long itsOffset, int itsLength) {
    deadline = NO_DEADLINE;
    value.set(its, itsOffset, itsLength);
  }

  /** There are flags, and perhaps a deadline, in front of the value. */
  void flagged(MemorySegment its, long itsOffset, int itsLength) {
    int flags = itsLength == 0 ? ~KNOWN_FLAGS : its.get(ValueLayout.JAVA_BYTE, itsOffset);
    if (flags == 0) {
      plain(its, itsOffset + 1, itsLength - 1);
      return;
    }
    if ((flags & ~KNOWN_FLAGS & 0xFF) != 0 || itsLength <= Long.BYTES) {
      throw new IllegalStateException("a field's value is damaged, or of a newer version");
    }
    deadline = KeyLayout.deadline(its, itsOffset);
    int header = KeyLayout.headerBytes(deadline);
    value.set(its, itsOffset + header, itsLength - header);
  }

  MemorySegment segment() {
    return value.segment();
  }

  long offset() {
    return value.offset();
  }

  int length() {
    return value.length();
  }

  /** When it expires, or {@link KeyLayout#NO_DEADLINE}. */
  long deadline() {
    return deadline;
  }

  /** Whether its deadline has not passed. */
  boolean isLive() {
    return deadline == NO_DEADLINE || keyspace.time().remaining(deadline) > 0;
  }

  byte[] copy() {
    byte[] bytes = new byte[length()];
    MemorySegment.copy(segment(), ValueLayout.JAVA_BYTE, offset(), bytes, 0, bytes.length);
    return bytes;
  }
}

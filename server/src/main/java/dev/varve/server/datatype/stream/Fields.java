package dev.varve.server.datatype.stream;

import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.Keyspace;
import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Numbers and ids one after the other, each as a varint: what groups, consumers and the like are
 * kept as. Written from the beginning, or read from it. Not thread-safe.
 */
final class Fields {
  private static final int MOST_FIXED = 16 * Varint.MAX_LONG_BYTES;

  private byte[] bytes = new byte[MOST_FIXED];
  private int at;
  private int end;

  /** Begins to write. */
  Fields begin() {
    at = 0;
    return this;
  }

  /** Begins to read what was found. */
  Fields load(Elements elements) {
    return load(elements.valueSegment(), elements.valueOffset(), elements.valueLength());
  }

  /** Begins to read. */
  Fields load(MemorySegment segment, long offset, int length) {
    room(length);
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
    at = 0;
    end = length;
    return this;
  }

  /** Begins to read from a place of an array. */
  Fields load(byte[] source, int offset, int length) {
    return load(MemorySegment.ofArray(source), offset, length - offset);
  }

  private void room(int length) {
    if (bytes.length < length + Varint.MAX_LONG_BYTES) {
      bytes = Arrays.copyOf(bytes, Math.max(length + Varint.MAX_LONG_BYTES, 2 * bytes.length));
    }
  }

  /** Adds a number. */
  Fields put(long number) {
    room(at);
    at = Varint.put(bytes, at, number);
    return this;
  }

  /** Adds an id. */
  Fields put(StreamId id) {
    return put(id.millis()).put(id.sequence());
  }

  /** Adds bytes, of which there are no more after. */
  Fields put(byte[] rest) {
    room(at + rest.length);
    System.arraycopy(rest, 0, bytes, at, rest.length);
    at += rest.length;
    return this;
  }

  /** Reads a number. */
  long number() {
    long number = Varint.get(bytes, at);
    at += Varint.length(number);
    return number;
  }

  /** Reads an id. */
  StreamId id() {
    long millis = number();
    return new StreamId(millis, number());
  }

  /** Reads the bytes that are left. */
  byte[] rest() {
    return Arrays.copyOfRange(bytes, at, end);
  }

  /** What was written; its first {@link #length} bytes. */
  byte[] bytes() {
    return bytes;
  }

  /** How many bytes were written. */
  int length() {
    return at;
  }

  /** Puts what was written as the element whose key was built. */
  void store(Keyspace keyspace) {
    int target = keyspace.elements().put(at);
    System.arraycopy(bytes, 0, keyspace.batchBytes(), target, at);
  }
}

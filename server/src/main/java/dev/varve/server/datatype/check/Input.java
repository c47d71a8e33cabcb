package dev.varve.server.datatype.check;

import dev.varve.storage.base.Varint;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Reads bytes from their beginning. Whatever they are, it answers or throws {@link
 * IllegalArgumentException} or {@link IndexOutOfBoundsException}.
 */
final class Input {
  private final byte[] bytes;
  private int at;

  Input(byte[] bytes) {
    this.bytes = bytes;
  }

  boolean hasMore() {
    return at < bytes.length;
  }

  /** An unsigned varint that isn't beyond what is signed. */
  long number() {
    long number = Varint.get(bytes, at);
    at += Varint.length(number);
    return number;
  }

  long zigzag() {
    return Varint.unzigzag(number());
  }

  int u8() {
    return bytes[at++] & 0xFF;
  }

  int u32() {
    int number = ByteBuffer.wrap(bytes).getInt(at);
    at += Integer.BYTES;
    return number;
  }

  long u64() {
    long number = ByteBuffer.wrap(bytes).getLong(at);
    at += Long.BYTES;
    return number;
  }

  /** An id of two numbers of eight bytes. */
  Id id() {
    long millis = u64();
    return new Id(millis, u64());
  }

  /** An id of two varints. */
  Id shortId() {
    long millis = number();
    return new Id(millis, number());
  }

  byte[] bytes(long length) {
    if (length < 0 || length > bytes.length - at) {
      throw new IndexOutOfBoundsException("a length of " + length);
    }
    at += (int) length;
    return Arrays.copyOfRange(bytes, at - (int) length, at);
  }

  byte[] rest() {
    return bytes(bytes.length - (long) at);
  }
}

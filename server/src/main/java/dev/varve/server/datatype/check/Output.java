package dev.varve.server.datatype.check;

import dev.varve.storage.base.Varint;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Writes what {@link Input} reads. */
final class Output {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  Output number(long number) {
    byte[] room = new byte[Varint.MAX_LONG_BYTES];
    bytes.write(room, 0, Varint.put(room, 0, number));
    return this;
  }

  Output zigzag(long number) {
    return number(Varint.zigzag(number));
  }

  Output u8(int number) {
    bytes.write(number);
    return this;
  }

  Output u32(int number) {
    return bytes(ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
  }

  Output u64(long number) {
    return bytes(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
  }

  Output id(Id id) {
    return u64(id.millis()).u64(id.sequence());
  }

  Output shortId(Id id) {
    return number(id.millis()).number(id.sequence());
  }

  Output bytes(byte[] more) {
    bytes.writeBytes(more);
    return this;
  }

  byte[] done() {
    return bytes.toByteArray();
  }
}

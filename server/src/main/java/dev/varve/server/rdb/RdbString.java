package dev.varve.server.rdb;

import dev.varve.protocol.DecimalLong;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** A string that was read: where its bytes are. Valid until the next one is read into this. */
public final class RdbString {
  private final byte[] digits = new byte[DecimalLong.MAX_LENGTH];
  private final ByteBuf digitsBuffer = Unpooled.wrappedBuffer(digits);
  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;
  private int offset;
  private int length;

  /** Makes it some bytes of a buffer. */
  void set(ByteBuf its, int from, int itsLength) {
    buffer = its;
    offset = from;
    length = itsLength;
  }

  /** Makes it the digits of a number. */
  void set(long number) {
    int from = DecimalLong.write(number, digits, digits.length);
    set(digitsBuffer, from, digits.length - from);
  }

  /** Returns the buffer that has its bytes. */
  public ByteBuf buffer() {
    return buffer;
  }

  /** Returns where it begins in {@link #buffer}. */
  public int offset() {
    return offset;
  }

  /** Returns how many bytes it has. */
  public int length() {
    return length;
  }

  /** Returns whether it spells an integer of 64 bits, with no more digits than it must. */
  public boolean isLong() {
    if (length > DecimalLong.MAX_LENGTH) {
      return false;
    }
    byte[] text = new byte[length];
    buffer.getBytes(offset, text);
    return DecimalLong.isLong(text, 0, length);
  }

  /**
   * Returns the integer that it spells.
   *
   * @throws BadFormatException if it spells none
   */
  long number() {
    if (!isLong()) {
      throw new BadFormatException("a number that is none");
    }
    return Long.parseLong(text());
  }

  /** Returns it, each byte as a char. */
  String text() {
    return buffer.toString(offset, length, StandardCharsets.ISO_8859_1);
  }
}

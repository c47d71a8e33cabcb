package dev.varve.server.rdb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * A key's value in a file of RDB, which is read once: as a string, as what DUMP would answer, or
 * part by part. Not thread-safe.
 */
public final class SnapshotValue {
  private final RdbInput in;
  private final int version;
  private final RdbString content = new RdbString();
  private int type;
  private boolean taken;

  SnapshotValue(RdbInput in, int version) {
    this.in = in;
    this.version = version;
  }

  /** The next value has such a type. */
  void begin(int itsType) {
    type = itsType;
    taken = false;
  }

  /** Whether it was read. */
  boolean isTaken() {
    return taken;
  }

  /** Returns whether it is a string. */
  public boolean isString() {
    return type == RdbType.STRING;
  }

  /** Reads it as a string, which it is. */
  public RdbString string() {
    in.string(content);
    taken = true;
    return content;
  }

  /**
   * Reads it, and returns what RESTORE takes; null if that would be more bytes than {@code most},
   * and it has not been read yet.
   *
   * @throws BadFormatException if it is no value, or of a type that isn't read
   */
  public ByteBuf payload(int most) {
    in.mark(most);
    if (!isAtMost(most)) {
      in.reset();
      return null;
    }
    in.takeMarked(content);
    taken = true;
    ByteBuf payload = Unpooled.buffer(1 + content.length() + Footer.BYTES);
    payload.writeByte(type);
    payload.writeBytes(content.buffer(), content.offset(), content.length());
    payload.writeShortLE(version);
    payload.writeLongLE(Crc64.of(payload, 0, payload.writerIndex()));
    return payload;
  }

  private boolean isAtMost(int most) {
    try {
      ValueReader.read(type, in, IgnoredValue.INSTANCE);
      return in.sinceMark() <= most;
    } catch (RdbInput.TooMuchException _) {
      return false;
    }
  }

  /**
   * Reads it part by part.
   *
   * @throws BadFormatException if it is no value, or of a type that isn't read
   */
  public void read(ValueVisitor visitor) {
    taken = true;
    ValueReader.read(type, in, visitor);
  }
}

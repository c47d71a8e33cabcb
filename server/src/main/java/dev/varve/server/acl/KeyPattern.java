package dev.varve.server.acl;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.GlobPattern;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * A pattern of keys, and what may be done with those that match; or one of channels. Most are a
 * beginning and a star, or have no star: these are compared where the request is. Immutable.
 */
final class KeyPattern {
  /** Heap of one beside its text, which is there several times. */
  private static final int BYTES = 256;

  private final String text;
  private final boolean read;
  private final boolean write;
  private final byte[] literal;

  /** The first bytes of {@link #literal}, up to eight, the first one uppermost. */
  private final long head;

  /** Which bits of a word belong to {@link #head}. */
  private final long headBits;

  private final GlobPattern glob;

  /** Whether all of the pattern stands for itself, but for a star at its end. */
  private final boolean isLiteral;

  private final int leastLength;
  private final int mostLength;

  KeyPattern(String text, boolean read, boolean write) {
    this.text = text;
    this.read = read;
    this.write = write;
    this.glob = new GlobPattern(text.getBytes(StandardCharsets.ISO_8859_1), false);
    this.literal = glob.literalPrefix();
    int headBytes = Math.min(literal.length, Long.BYTES);
    long word = 0;
    for (int i = 0; i < headBytes; i++) {
      word |= (literal[i] & 0xFFL) << (Long.SIZE - Byte.SIZE * (i + 1));
    }
    this.head = word;
    this.headBits = headBytes == 0 ? 0 : -1L << (Long.SIZE - Byte.SIZE * headBytes);
    boolean isWhole = literal.length == text.length();
    this.isLiteral = isWhole || (literal.length == text.length() - 1 && text.endsWith("*"));
    // A star alone doesn't match the empty key.
    this.leastLength = isWhole ? literal.length : Math.max(1, literal.length);
    this.mostLength = isWhole ? literal.length : Integer.MAX_VALUE;
  }

  /** The pattern alone; its chars stand for bytes. */
  String text() {
    return text;
  }

  /** Returns about how much heap it takes. */
  long bytes() {
    return BYTES + 4L * text.length();
  }

  boolean isForAll() {
    return read && write;
  }

  boolean isStar() {
    return glob.matchesAll();
  }

  boolean read() {
    return read;
  }

  boolean write() {
    return write;
  }

  /** Whether keys may be read, if that is wanted, and written, if that is. */
  boolean allows(boolean reads, boolean writes) {
    return (read || !reads) && (write || !writes);
  }

  boolean matches(Request request, int index) {
    int length = request.argumentLength(index);
    return isLiteral
        ? length >= leastLength && length <= mostLength && begins(request, index)
        : glob.matches(request.argumentBytes(index), 0, length);
  }

  private boolean begins(Request request, int index) {
    ByteBuf bytes = request.buffer();
    int offset = request.argumentOffset(index);
    int compared = 0;
    if (offset + Long.BYTES <= bytes.capacity()) {
      if ((bytes.getLong(offset) & headBits) != head) {
        return false;
      }
      compared = Long.BYTES;
    }
    for (int i = compared; i < literal.length; i++) {
      if (bytes.getByte(offset + i) != literal[i]) {
        return false;
      }
    }
    return true;
  }

  boolean matches(byte[] name) {
    return glob.matches(name, 0, name.length);
  }

  /** As a rule; {@code ~*} would be another one, beside which there may be no pattern. */
  @Override
  public String toString() {
    if (isForAll()) {
      return (isStar() ? "%RW~" : "~") + text;
    }
    return (read ? "%R~" : "%W~") + text;
  }
}

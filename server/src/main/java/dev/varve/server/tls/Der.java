package dev.varve.server.tls;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** As much of DER as private keys need: elements of a tag, a length and content. */
final class Der {
  static final int INTEGER = 0x02;
  static final int OCTET_STRING = 0x04;
  static final int NULL = 0x05;
  static final int OBJECT_IDENTIFIER = 0x06;
  static final int SEQUENCE = 0x30;

  /** Tag of the first element that is optional, as it is in an EC key. */
  static final int FIRST_OPTIONAL = 0xA0;

  private final byte[] bytes;
  private int at;
  private final int end;

  /** Reads elements, one after the other. */
  Der(byte[] bytes) {
    this.bytes = bytes;
    this.end = bytes.length;
  }

  boolean hasNext() {
    return at < end;
  }

  /** Returns the tag of the next element. */
  int tag() throws TlsException {
    if (!hasNext()) {
      throw damaged();
    }
    return bytes[at] & 0xFF;
  }

  /** Returns the content of the next element, and goes after it. */
  byte[] next() throws TlsException {
    int content = at + 2;
    if (content > end) {
      throw damaged();
    }
    int length = bytes[at + 1] & 0xFF;
    if (length >= 0x80) {
      int digits = length & 0x7F;
      if (digits == 0 || digits > 3 || content + digits > end) {
        throw damaged();
      }
      length = 0;
      for (int i = 0; i < digits; i++) {
        length = (length << 8) | (bytes[content++] & 0xFF);
      }
    }
    if (length > end - content) {
      throw damaged();
    }
    at = content + length;
    return Arrays.copyOfRange(bytes, content, at);
  }

  /** As {@link #next()}, of an element that must have this tag. */
  byte[] next(int tag) throws TlsException {
    if (tag() != tag) {
      throw damaged();
    }
    return next();
  }

  private static TlsException damaged() {
    return new TlsException("damaged private key");
  }

  /** Returns an element whose content is all of these. */
  static byte[] element(int tag, byte[]... parts) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    int length = content.size();
    ByteArrayOutputStream element = new ByteArrayOutputStream();
    element.write(tag);
    if (length < 0x80) {
      element.write(length);
    } else {
      int digits = (39 - Integer.numberOfLeadingZeros(length)) / 8;
      element.write(0x80 | digits);
      for (int i = digits - 1; i >= 0; i--) {
        element.write(length >>> (8 * i));
      }
    }
    element.writeBytes(content.toByteArray());
    return element.toByteArray();
  }
}

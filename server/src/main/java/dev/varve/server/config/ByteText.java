package dev.varve.server.config;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Texts whose chars stand for bytes, as a configuration file, the command line and requests have
 * them: nothing is lost of what is no character.
 */
public final class ByteText {
  private ByteText() {}

  /** Returns the text that the bytes spell in UTF-8; null if they spell none. */
  public static String decode(String bytes) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
          .toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  /** Returns the bytes that spell a text in UTF-8. */
  public static String encode(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  /** Returns something to show to people in any case. */
  static String shown(String bytes) {
    return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }
}

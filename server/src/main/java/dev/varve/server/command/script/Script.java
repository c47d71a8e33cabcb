package dev.varve.server.command.script;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A script that clients can call by its name.
 *
 * @param sha the SHA-1 of its text, 40 digits in lower case
 * @param text as it was sent
 */
record Script(String sha, byte[] text, ScriptHeader header) {
  /** Returns the SHA-1 of a text, in hexadecimal digits. */
  static String sha1(byte[] text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }
}

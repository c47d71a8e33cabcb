package dev.varve.server.command.debug;

import dev.varve.server.datatype.string.StringValue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A digest of many pieces, by SHA-1. A piece may be <i>added</i>, whereupon the order of what was
 * added makes no difference, or <i>mixed</i> in, whereupon it does. Not thread-safe.
 */
final class Digest {
  private static final int BYTES = 20;
  private static final int PIECE_BYTES = 64 << 10;

  private final MessageDigest sha1;
  private final byte[] sum = new byte[BYTES];

  Digest() {
    try {
      sha1 = MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-1", e);
    }
  }

  /** Makes it what it was when it was new. */
  void clear() {
    Arrays.fill(sum, (byte) 0);
  }

  void add(byte[] bytes, int offset, int length) {
    sha1.update(bytes, offset, length);
    add(sha1.digest());
  }

  private void add(byte[] hash) {
    for (int i = 0; i < BYTES; i++) {
      sum[i] ^= hash[i];
    }
  }

  void add(Digest other) {
    add(other.sum, 0, BYTES);
  }

  void mix(byte[] bytes, int offset, int length) {
    add(bytes, offset, length);
    mixSum();
  }

  /** Mixes a string in, piece by piece. */
  void mix(StringValue string) {
    byte[] piece = new byte[PIECE_BYTES];
    for (int at = 0; at < string.length(); at += PIECE_BYTES) {
      int count = Math.min(PIECE_BYTES, string.length() - at);
      string.copy(at, count, piece, 0);
      sha1.update(piece, 0, count);
    }
    add(sha1.digest());
    mixSum();
  }

  private void mixSum() {
    byte[] hash = sha1.digest(sum);
    System.arraycopy(hash, 0, sum, 0, BYTES);
  }

  void mix(MemorySegment segment, long offset, int length) {
    byte[] copy = new byte[length];
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, copy, 0, length);
    mix(copy, 0, length);
  }

  void mix(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    mix(bytes, 0, bytes.length);
  }

  /** Mixes a number of 32 bits in. */
  void mix(int number) {
    byte[] bytes = {
      (byte) (number >>> 24), (byte) (number >>> 16), (byte) (number >>> 8), (byte) number
    };
    mix(bytes, 0, bytes.length);
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(sum);
  }
}
